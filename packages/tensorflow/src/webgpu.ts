// The WebGPU backend, for any GPU: Dawn in Node.js and kernels of our own, which train and denoise. What else TensorFlow.js computes
// is computed on WASM meanwhile. Used only where it computes correct gradients, which is checked at each start.
import { loadWasm } from './wasm/load.ts';
import { assertGpuGradients } from './webgpu/check.ts';
import { openDevice } from './webgpu/device.ts';
import { watchDevice, type WatchedDevice } from './webgpu/device-errors.ts';
import type { Pipelines } from './webgpu/dispatches.ts';
import type { Gpu } from './webgpu/gpu.ts';
import { denoiseOnce, startTraining } from './webgpu/training.ts';

export interface WebGpu {
  /** Of the packages. */
  readonly versions: string;
  readonly gpu: Gpu;
}

let loaded: WebGpu | undefined;

/**
 * A second call finds it loaded and checked.
 * @throws BackendError where its package is not installed, no GPU is found, or the gradients are wrong
 */
export async function loadWebGpu(): Promise<WebGpu> {
  loaded ??= await load();
  return loaded;
}

async function load(): Promise<WebGpu> {
  const { device, name, version } = await openDevice();
  const gpu = gpuOn(device, name);
  const tensorflow = await loadWasm();
  await import('@tensorflow/tfjs-backend-cpu');
  await assertGpuGradients(gpu);
  return { versions: `webgpu ${version}, TensorFlow.js ${tensorflow}`, gpu };
}

/** @param name of the GPU, for messages. What it computes fails with a DeviceError where the device does. */
export function gpuOn(device: GPUDevice, name: string): Gpu {
  const pipelines: Pipelines = new Map();
  const watch = watchDevice(device as unknown as WatchedDevice, name);
  return {
    name,
    train: (...start) => {
      const training = startTraining(device, pipelines, ...start);
      return {
        step: (...batch) => watch.guard(training.step(...batch)),
        losses: () => watch.guard(training.losses()),
        measure: (indices) => watch.guard(training.measure(indices)),
        denoise: (...images) => watch.guard(training.denoise(...images)),
        values: () => watch.guard(training.values()),
        dispose: () => training.dispose(),
      };
    },
    denoise: (...model) => watch.guard(denoiseOnce(device, pipelines, ...model)),
  };
}
