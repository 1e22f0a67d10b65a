// The GPU that is used, and a device on it.
import { BackendError } from '../backend-error.ts';
import { SETUP } from '../native-install.ts';
import { chosenAdapter } from './chosen-adapter.ts';
import { findPackage, importDawn } from './dawn.ts';

export interface OpenDevice {
  readonly device: GPUDevice;
  /** As the GPU and its driver call themselves. */
  readonly name: string;
  /** Of the package. */
  readonly version: string;
}

/** Not collected as long as devices of it are in use. */
let dawn: ReturnType<Awaited<ReturnType<typeof importDawn>>['create']> | undefined;

/** @throws BackendError where Dawn is not installed or does not load, or finds no GPU */
export async function openDevice(): Promise<OpenDevice> {
  const installed = findPackage('webgpu');
  if (installed === undefined)
    throw new BackendError(`the webgpu backend is not installed\n  install it: ${SETUP.webgpu}`);
  const { create, globals } = await importDawn(installed).catch((error: Error) => {
    throw new BackendError(`the webgpu backend does not load: ${error.message.split('\n', 1)[0]}`);
  });
  Object.assign(globalThis, globals);
  const chosen = chosenAdapter();
  dawn ??= create(chosen === undefined ? [] : [`adapter=${chosen.name}`]);
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (adapter === null)
    throw new BackendError(
      'the webgpu backend finds no GPU that it can use here: it needs a driver for Vulkan 1.3, Metal or Direct3D 12\n' +
        '  on the processor: the wasm backend',
    );
  const { description, device, vendor } = adapter.info;
  // Large batches and sets of images fit where the GPU has room for them.
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return {
    device: await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } }),
    name: [description, device].find((name) => name !== '') ?? vendor,
    version: installed.version,
  };
}
