# The experiment in a container: `./build_image.sh` builds it, docs/experiment.md says how to run it.
#
# Arguments (--build-arg):
#   RUNTIME_IMAGE  the base of the image; a CUDA image for GPUs (`./build_image.sh --gpu`)
#   TENSORFLOW     cpu or gpu: TensorFlow's own library, more than twice as fast as WASM; default: none, so WASM
#   MLFLOW         pip requirement, so that runs are written to mlflow.db; empty: without MLflow
ARG BUILD_IMAGE=node:24-bookworm
ARG RUNTIME_IMAGE=node:24-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
# Packages change less often than sources: layers of their own. Their scripts are not needed: Node is part of the image.
COPY package.json package-lock.json .npmrc ./
COPY packages/mlflow/package.json packages/mlflow/
COPY packages/tensorflow/package.json packages/tensorflow/
COPY stages/package.json stages/
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts
ARG TENSORFLOW=""
RUN if [ -n "$TENSORFLOW" ]; then \
      apt-get update && \
      apt-get install -y --no-install-recommends g++ python3-pip && \
      npm run setup:tensorflow -- --from-wheel $(test "$TENSORFLOW" = cpu || echo "--$TENSORFLOW"); \
    fi
RUN npm prune --omit=dev --ignore-scripts

FROM ${RUNTIME_IMAGE}
WORKDIR /app
ARG MLFLOW="mlflow>=3.7"
RUN if [ -n "$MLFLOW" ]; then \
      apt-get update && \
      apt-get install -y --no-install-recommends python3-venv && \
      rm -rf /var/lib/apt/lists/* && \
      python3 -m venv .venv && \
      .venv/bin/pip install "$MLFLOW" && \
      rm -rf /root/.cache/pip; \
    fi
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app ./
# Any user (--user) may write state beside the sources. Lasting files are in Data, the cache included; the entry point copies the
# defaults that a mounted Data lacks.
RUN (id 1000 || useradd --uid 1000 --create-home experiment) && \
    cp -R Data defaults && \
    ln -s Data/cache cache && \
    ln -s /app/stages/bin/denoising-autoencoder.js /usr/local/bin/denoising-autoencoder && \
    ln -s /app/bin/pipe.js /usr/local/bin/pipe && \
    mkdir -p mlartifacts .tracking && \
    chmod a+rwx . Data mlartifacts .tracking && \
    chmod -R a+rwX Data
ENV HOME=/tmp \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000:1000
ENTRYPOINT ["/app/bin/container-entry.sh"]
CMD ["denoising-autoencoder", "info"]
