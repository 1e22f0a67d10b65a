// Which backends can be loaded on this machine, which is the best of them, and why the others cannot be loaded. Loads none of them;
// backend.ts does.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findNative, SETUP, type NativeBackend } from './native-install.ts';
import { findPackage, WEBGPU_PACKAGES } from './webgpu/dawn.ts';

/** By preference; `webgpu` only where it has an adapter that is faster than the processor. `cpu` is plain JavaScript, for tests. */
export const BACKENDS = ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

export interface BackendOffer {
  readonly name: BackendName;
  readonly loadable: boolean;
  /** Of the npm package that it comes from, where that is installed. */
  readonly version?: string;
  /** What it would compute on: `CPU`, or the GPU's name. */
  readonly device?: string;
  /** Where it is not loadable: why not, and what would make it so. */
  readonly why?: string;
}

export interface AvailableBackends {
  /** The best of those whose files are enough to know that they work: all but WebGPU, see webgpu/adapters.ts. */
  readonly best: BackendName;
  /** All, in the order of BACKENDS. */
  readonly offers: readonly BackendOffer[];
  /** Names of the GPUs that NVIDIA's driver lists; none without a driver. */
  readonly gpus: readonly string[];
}

/** Takes milliseconds: files are looked for, and `nvidia-smi` is asked where there is one. */
export async function availableBackends(): Promise<AvailableBackends> {
  const gpus = await nvidiaGpus();
  const offers = BACKENDS.map((name) => offerOf(name, gpus));
  const best = offers.find(({ name, loadable }) => loadable && name !== 'webgpu' && name !== 'cpu');
  return { best: best?.name ?? 'cpu', offers, gpus };
}

/** The backend that would be faster than WASM here and is installed; looks at files only. */
export function fasterThanWasm(): NativeBackend | undefined {
  return (['tfjs-node', 'tfjs-node-gpu'] as const).find((name) => findNative(name) !== undefined);
}

function offerOf(name: BackendName, gpus: readonly string[]): BackendOffer {
  switch (name) {
    case 'tfjs-node-gpu': {
      const install = findNative(name);
      const version = install === undefined ? {} : { version: install.version };
      if (gpus.length === 0)
        return { name, loadable: false, ...version, why: 'nvidia-smi lists no GPU on this machine' };
      if (install === undefined)
        return { name, loadable: false, device: gpus[0]!, why: `not installed: ${SETUP[name]}` };
      return { name, loadable: true, ...version, device: gpus[0]! };
    }
    case 'tfjs-node': {
      const install = findNative(name);
      return install === undefined
        ? { name, loadable: false, why: `not installed: ${SETUP[name]}` }
        : { name, loadable: true, version: install.version, device: 'CPU' };
    }
    case 'wasm':
    case 'cpu':
      return packaged(name);
    case 'webgpu':
      return webGpuOffer();
  }
}

/** A backend that is an npm package and nothing else. */
function packaged(name: BackendName): BackendOffer {
  const version = packageVersion(`@tensorflow/tfjs-backend-${name}`);
  return version === undefined
    ? { name, loadable: false, why: 'not installed: npm ci' }
    : { name, loadable: true, version, device: 'CPU' };
}

/** Whether there is an adapter is not asked: that takes some tenths of a second, and listAdapters does. */
function webGpuOffer(): BackendOffer {
  const found = Object.keys(WEBGPU_PACKAGES).map((name) => findPackage(name));
  return found.includes(undefined)
    ? { name: 'webgpu', loadable: false, why: `not installed: ${SETUP.webgpu}` }
    : { name: 'webgpu', loadable: true, version: found[0]!.version };
}

/** Of an installed package. */
export function packageVersion(name: string): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Milliseconds that a driver may take to answer. */
const PATIENCE = 10_000;

function nvidiaGpus(): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const query = ['--query-gpu=name', '--format=csv,noheader'];
    execFile('nvidia-smi', query, { timeout: PATIENCE }, (error, stdout) => {
      const names = stdout.split('\n').map((line) => line.trim());
      resolve(error === null ? names.filter((name) => name !== '') : []);
    });
  });
}
