// The WebGPU backend, for any GPU: Dawn in Node.js and kernels of our own, which train and denoise. What else TensorFlow.js computes
// is computed on WASM meanwhile. Used only where it computes correct gradients, which is checked at each start.
import * as tf from '@tensorflow/tfjs-core';
import { loadWasm } from './wasm/load.ts';
import { assertGpuGradients, gradientCheck, NARROW, WIDE } from './webgpu/check.ts';
import { checkedWhenWide } from './webgpu/checked-gpu.ts';
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
  const { device, name, software, version } = await openDevice();
  const gpu = gpuOn(device, name);
  const tensorflow = await loadWasm();
  await import('@tensorflow/tfjs-backend-cpu');
  // Software compiles the kernels of the wide layers for many seconds: there it waits until a network has such layers.
  const networks = software ? [NARROW] : [NARROW, WIDE];
  await Promise.all(networks.map((network) => assertGpuGradients(gpu, gradientCheck(network))));
  const versions = `webgpu ${version}, TensorFlow.js ${tensorflow}`;
  return {
    versions,
    gpu: software ? checkedWhenWide(gpu, () => checkWide(gpu)) : gpu,
  };
}

/** In the middle of other work, which goes on on its backend. */
async function checkWide(gpu: Gpu): Promise<void> {
  const before = tf.getBackend();
  await assertGpuGradients(gpu, gradientCheck(WIDE));
  await tf.setBackend(before);
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
