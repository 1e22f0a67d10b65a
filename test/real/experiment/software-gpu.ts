// WebGPU without a card: Dawn as a user would install it, on drivers that compute in software. Runs single kernels, too.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Pipelines } from '../../../packages/tensorflow/src/webgpu/dispatches.ts';
import { openDevice } from '../../../packages/tensorflow/src/webgpu/device.ts';
import { WEBGPU_PACKAGES } from '../../../packages/tensorflow/src/webgpu/dawn.ts';
import type { Kernel } from '../../../packages/tensorflow/src/webgpu/kernel.ts';
import { kept } from '../kept.ts';
import { poisoned } from './poisoned-memory.ts';

/** @returns a folder for `TFJS_NODE_HOME`: the packages of WebGPU are where `setup:gpu` would put them */
function installFolder(): string {
  const wanted = Object.entries(WEBGPU_PACKAGES).map(([name, version]) => `${name}@${version}`);
  return kept(
    'webgpu',
    'mkdir "$KEPT/webgpu" && cd "$KEPT/webgpu" && echo \'{ "private": true }\' >package.json && ' +
      `npm install --no-save --no-audit --ignore-scripts ${wanted.join(' ')}`,
  );
}

/** Their folder in `node_modules`. */
export const installedPackages = (): readonly string[] =>
  Object.keys(WEBGPU_PACKAGES).map((name) => join(installFolder(), 'webgpu/node_modules', name));

/** SwiftShader, which comes with Chromium: computes in software, and rightly. */
export function softwareDriver(): string {
  const [driver] = globSync('/usr/{lib,lib64,share}/chromium/vk_swiftshader_icd.json');
  assert.ok(driver !== undefined, 'chromium brings SwiftShader');
  return driver;
}

/**
 * Mesa's lavapipe, of the newest Mesa that is made for this Debian: Dawn finds no GPU in the one of Debian 12 itself.
 * Its libraries come with the ordinary package, which stays as it is.
 */
export function mesaDriver(): string {
  const folder = kept(
    'mesa',
    `. /etc/os-release; cd "$KEPT"; mkdir -p lists/partial cache/archives/partial
key=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $VERSION_CODENAME" | head -n 1)
for suite in $VERSION_CODENAME $VERSION_CODENAME-backports; do
  echo "deb [signed-by=$key] $mirror $suite main"
done >sources.list
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$KEPT/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$KEPT/lists" \
    -o Dir::Cache="$KEPT/cache" -o APT::Sandbox::User=root -t $VERSION_CODENAME-backports "$@" >&2
}
apt update; apt download mesa-vulkan-drivers
dpkg-deb -x mesa-vulkan-drivers_*.deb .; rm -r lists cache
printf '{"file_format_version": "1.0.0", "ICD": {"api_version": "1.3.0", "library_path": "%s"}}' \
  usr/lib/*/libvulkan_lvp.so >driver.json
sed -i "s#usr/lib#$PWD/usr/lib#" driver.json`,
  );
  return join(folder, 'driver.json');
}

/** A process with these sees no other driver, and asks for no card of this machine. */
export const driverVariables = (driver: string): NodeJS.ProcessEnv => ({
  VK_DRIVER_FILES: driver,
  VK_ICD_FILENAMES: driver,
  WEBGPU_ADAPTER: '',
  CUDA_VISIBLE_DEVICES: '',
});

/** In this process and those that it starts: the package is found, and computes with SwiftShader. */
export function useSoftwareGpu(): void {
  Object.assign(process.env, driverVariables(softwareDriver()), { TFJS_NODE_HOME: installFolder() });
}

export interface SoftwareGpu {
  /**
   * Runs kernels after one another in one submission.
   * @param dispatches each with its buffers, in the order of its bindings @returns what is in these buffers afterwards
   */
  readonly run: (dispatches: readonly Dispatched[], wanted: readonly GPUBuffer[]) => Promise<Float32Array[]>;
  /** With these values, or of so many that are nonsense. */
  readonly buffer: (values: ArrayLike<number> | number) => GPUBuffer;
  readonly dispose: () => void;
}

export interface Dispatched {
  readonly kernel: Kernel;
  readonly buffers: readonly GPUBuffer[];
}

export async function softwareGpu(): Promise<SoftwareGpu> {
  useSoftwareGpu();
  const { device } = await openDevice();
  const made: GPUBuffer[] = [];
  const pipelines: Pipelines = new Map();

  const make = (size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size, usage });
    made.push(buffer);
    return buffer;
  };

  return {
    buffer: (values) => {
      const count = typeof values === 'number' ? values : values.length;
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      const buffer = make(4 * count, STORAGE | COPY_SRC | COPY_DST);
      // What is to be written starts as nonsense, so that what is left out shows.
      const start =
        typeof values === 'number' ? new Float32Array(count).fill(1e9) : Float32Array.from(values);
      device.queue.writeBuffer(buffer, 0, start);
      return buffer;
    },
    run: async (dispatches, wanted) => {
      for (const { kernel, buffers } of dispatches)
        assert.equal(buffers.length, kernel.access.length, `${kernel.label}: one buffer for each binding`);
      device.pushErrorScope('validation');
      const compiled = await compile(
        device,
        pipelines,
        dispatches.map(({ kernel, buffers }) => ({
          kernel: { ...kernel, code: poisoned(kernel.code) },
          bindings: buffers.map((buffer) => ({ buffer })),
        })),
      );
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      compiled.record(pass);
      pass.end();
      const read = wanted.map((buffer) => {
        const copy = make(buffer.size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
        encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
        return copy;
      });
      device.queue.submit([encoder.finish()]);
      assert.equal((await device.popErrorScope())?.message, undefined);
      await Promise.all(read.map((copy) => copy.mapAsync(GPUMapMode.READ)));
      return read.map((copy) => Float32Array.from(new Float32Array(copy.getMappedRange())));
    },
    dispose: () => {
      for (const buffer of made) buffer.destroy();
      device.destroy();
    },
  };
}
