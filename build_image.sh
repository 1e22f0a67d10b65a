#!/usr/bin/env bash
# Builds the image denoisingautoencoder:latest.
#
#   ./build_image.sh              WASM: small
#   ./build_image.sh --cpu        with TensorFlow's own library: more than twice as fast
#   ./build_image.sh --gpu        for NVIDIA GPUs, on a CUDA image
#
# Further arguments go to `docker build`, for example --no-cache or --build-arg MLFLOW=
set -euo pipefail
cd "$(dirname "$0")"

arguments=()
case "${1:-}" in
  --cpu)
    arguments=(--build-arg TENSORFLOW=cpu)
    shift
    ;;
  --gpu)
    arguments=(
      --build-arg TENSORFLOW=gpu
      --build-arg RUNTIME_IMAGE=nvidia/cuda:12.5.1-cudnn-runtime-ubuntu24.04
    )
    shift
    ;;
esac
exec docker build --tag denoisingautoencoder:latest "${arguments[@]}" "$@" .
