// The WebGPU backend, for GPUs without CUDA: Dawn in Node.js. Never a default, and used only where it computes correct gradients, which
// is checked at each start.
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';
import { packageVersion } from './available.ts';
import { assertGradients } from './gradient-check.ts';

/** Its name in TensorFlow.js' registries. */
export const WEBGPU = 'webgpu';

const PACKAGES = ['@tensorflow/tfjs-backend-webgpu', 'webgpu'] as const;

export interface WebGpu {
  /** Of the packages. */
  readonly versions: string;
  /** The GPU and its driver, as they call themselves. */
  readonly device: string;
}

let loaded: WebGpu | undefined;

/**
 * Makes it the active backend; a second call finds it loaded and checked.
 * @throws BackendError where its packages are not installed, no GPU is found, or the gradients are wrong
 */
export async function loadWebGpu(): Promise<WebGpu> {
  loaded ??= await load();
  return loaded;
}

async function load(): Promise<WebGpu> {
  const { create, globals } = await optional(() => import('webgpu'));
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null)
    throw new BackendError(
      'the webgpu backend finds no GPU that it can use here: it needs a driver for Vulkan 1.3, Metal or Direct3D 12\n' +
        '  on the processor: the wasm backend',
    );
  const { description, device, vendor } = adapter.info;
  // Where TensorFlow.js looks for it.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  await optional(() => import('@tensorflow/tfjs-backend-webgpu'));
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend(WEBGPU))) throw new BackendError('the webgpu backend does not start here');
  const name = [description, device].find((name) => name !== '') ?? vendor;
  await assertGradients(WEBGPU, name);
  return { versions: PACKAGES.map((name) => `${name} ${packageVersion(name)}`).join(', '), device: name };
}

async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
      throw new BackendError(
        `the webgpu backend is not installed\n  install it: npm install --no-save ${PACKAGES.join(' ')}`,
      );
    throw new BackendError(`the webgpu backend does not load: ${message.split('\n', 1)[0]}`);
  }
}
