// The GPU that is used, and a device on it.
import { BackendError } from '../backend-error.ts';
import { SETUP } from '../native-install.ts';
import { kindOf } from './adapter-kind.ts';
import { chosenAdapter } from './chosen-adapter.ts';
import { findPackage, importDawn } from './dawn.ts';
import { missingDriver } from './drivers.ts';

export interface OpenDevice {
  readonly device: GPUDevice;
  /** As the GPU and its driver call themselves. */
  readonly name: string;
  /** A processor computes what a GPU would. */
  readonly software: boolean;
  /** Of the package. */
  readonly version: string;
}

/**
 * Else Dawn lets each kernel clear the memory of its workgroups first, which SwiftShader compiles for seconds. Safe, since our kernels write
 * that memory before they read it: the tests fill it with large numbers.
 */
const NOT_CLEARED = 'enable-dawn-features=disable_workgroup_init';

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
  const adapter = await create([NOT_CLEARED, ...(chosen === undefined ? [] : [`adapter=${chosen.name}`])])
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => noAdapter(namedMissing(chosen?.name, String(error))));
  if (adapter === null) return noAdapter(missingDriver(''));
  const { architecture, description, device, vendor, isFallbackAdapter: isFallback } = adapter.info;
  // Large batches and sets of images fit where the GPU has room for them.
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return {
    device: await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } }),
    name: nameOf(
      [device.replace(/-+$/, ''), description].filter((text) => text !== ''),
      vendor,
    ),
    software: kindOf({ name: device, vendor, architecture, driver: description, isFallback }) === 'software',
    version: installed.version,
  };
}

function noAdapter(why: string): never {
  throw new BackendError(
    `the webgpu backend finds no GPU that it can use here: ${why}\n  on the processor: the wasm backend`,
  );
}

/** @param answer of Dawn to a name that no adapter has: it lists all */
function namedMissing(name: string | undefined, answer: string): string {
  const found = [...answer.matchAll(/name: '(.*)'$/gm)].map(([, other]) => other);
  const those = found.length === 0 ? 'there are none' : `there are ${[...new Set(found)].join(', ')}`;
  return name === undefined ? missingDriver('') : `none is named ${name}; ${those}`;
}

/** The card, and its driver in brackets. */
function nameOf([first, second]: readonly string[], vendor: string): string {
  if (first === undefined) return vendor;
  return second === undefined ? first : `${first} (${second})`;
}
