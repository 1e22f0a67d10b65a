// The WebGPU backend, for any GPU: Dawn in Node.js and kernels of our own, which train and denoise. What else TensorFlow.js computes
// is computed on WASM meanwhile. Used only where it computes correct gradients, which is checked at each start.
import { BackendError } from './backend-error.ts';
import { packageVersion } from './available.ts';
import { loadWasm } from './wasm/load.ts';
import { assertGpuGradients } from './webgpu/check.ts';
import { findAdapter, openDevice } from './webgpu/device.ts';
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
  const adapter = await findAdapter();
  if (adapter === undefined)
    throw new BackendError(
      'the webgpu backend finds no GPU that it can use here: it needs a driver for Vulkan 1.3, Metal or Direct3D 12\n' +
        '  on the processor: the wasm backend',
    );
  const gpu = gpuOn(await openDevice(adapter), adapter.name);
  const tensorflow = await loadWasm();
  await import('@tensorflow/tfjs-backend-cpu');
  await assertGpuGradients(gpu);
  return { versions: `webgpu ${packageVersion('webgpu')}, TensorFlow.js ${tensorflow}`, gpu };
}

/** @param name of the GPU */
export function gpuOn(device: GPUDevice, name: string): Gpu {
  const pipelines: Pipelines = new Map();
  return {
    name,
    train: (...training) => startTraining(device, pipelines, ...training),
    denoise: (...model) => denoiseOnce(device, pipelines, ...model),
  };
}
