// The GPU that Dawn chooses, and a device on it.
import { BackendError } from '../backend-error.ts';

export interface Adapter {
  readonly adapter: GPUAdapter;
  /** As the GPU and its driver call themselves. */
  readonly name: string;
  /** Computes on the processor. */
  readonly isSoftware: boolean;
}

/** @returns undefined where there is none @throws BackendError where the package `webgpu` is not installed or does not load */
export async function findAdapter(): Promise<Adapter | undefined> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  dawn ??= create([]);
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return undefined;
  const { description, device, vendor } = adapter.info;
  const name = [description, device].find((name) => name !== '') ?? vendor;
  return { adapter, name, isSoftware: adapter.info.isFallbackAdapter || /llvmpipe|swiftshader/i.test(name) };
}

let dawn: ReturnType<Dawn['create']> | undefined;

/** With the limits of the adapter, so that large batches and sets of images fit. */
export function openDevice({ adapter }: Adapter): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
}

type Dawn = typeof import('webgpu');

async function loadDawn(): Promise<Dawn> {
  try {
    return await import('webgpu');
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
      throw new BackendError(
        'the webgpu backend is not installed\n  install it: npm install --no-save webgpu',
      );
    throw new BackendError(`the webgpu backend does not load: ${message.split('\n', 1)[0]}`);
  }
}
