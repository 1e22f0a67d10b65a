// The only place that changes the active backend of TensorFlow.js: checks a choice, loads it and makes it active.
import * as tf from '@tensorflow/tfjs-core';
// Imported for what it registers: the gradients of TensorFlow.js' operations.
import '@tensorflow/tfjs-layers';
import { BACKENDS, type BackendName } from './available.ts';
import { BackendError } from './backend-error.ts';
import { useGpu, type Gpu } from './webgpu/gpu.ts';
import { findNative, SETUP, type NativeBackend } from './native-install.ts';

export interface BackendOptions {
  /** More than one with TensorFlow's own libraries only (default 1). */
  readonly threads?: number;
}

export interface ActiveBackend {
  readonly name: BackendName;
  /** Name in TensorFlow.js' registries of what computes its operations; with `webgpu` that is WASM (see `activeGpu`). */
  readonly registered: string;
  /** Versions, and what it was built for. */
  readonly about: string;
  /** `CPU`, or the GPU's name. */
  readonly device: string;
  readonly threads: number;
}

/**
 * Makes a backend the active one.
 * @throws BackendError where it does not exist, is not installed, does not start, or cannot run so many threads
 */
export async function useBackend(name: string, { threads = 1 }: BackendOptions = {}): Promise<ActiveBackend> {
  const backend = checked(name, threads);
  // Otherwise it prints advice for browsers at each start.
  tf.env().set('PROD', true);
  const { gpu, ...loaded } = await load(backend, threads);
  if (!(await tf.setBackend(loaded.registered)))
    throw new BackendError(`the ${backend} backend does not start here`);
  await tf.ready();
  useGpu(gpu);
  return { name: backend, threads, ...loaded };
}

function checked(name: string, threads: number): BackendName {
  const backend = BACKENDS.find((known) => known === name);
  if (backend === undefined)
    throw new BackendError(`backend ${name}: unknown; choose one of ${BACKENDS.join(', ')}`, 'backend');
  if (!Number.isInteger(threads) || threads < 1)
    throw new BackendError(`threads ${threads}: must be at least 1`, 'threads');
  if (threads !== 1 && backend !== 'tfjs-node' && backend !== 'tfjs-node-gpu')
    throw new BackendError(
      `threads ${threads}: the ${backend} backend runs one thread in Node.js; use 1`,
      'threads',
    );
  return backend;
}

type Loaded = Omit<ActiveBackend, 'name' | 'threads'> & { readonly gpu?: Gpu };

function load(backend: BackendName, threads: number): Promise<Loaded> {
  switch (backend) {
    case 'tfjs-node-gpu':
    case 'tfjs-node':
      return loadTensorFlow(backend, threads);
    case 'wasm':
      return loadWasm();
    case 'webgpu':
      return loadGpu();
    case 'cpu':
      return loadCpu();
  }
}

async function loadTensorFlow(backend: NativeBackend, threads: number): Promise<Loaded> {
  const install = findNative(backend);
  if (install === undefined)
    throw new BackendError(`the ${backend} backend is not installed\n  install it: ${SETUP[backend]}`);
  const { loadNative, NATIVE } = await import('./native.ts');
  const { tensorflow, gpu } = await loadNative(install, threads);
  if (backend === 'tfjs-node-gpu' && !gpu)
    throw new BackendError(
      'TensorFlow finds no GPU that it can use here\n  on the processor: the tfjs-node backend',
    );
  return {
    registered: NATIVE,
    about: `TensorFlow ${tensorflow}, TensorFlow.js ${install.version}`,
    device: gpu ? 'GPU' : 'CPU',
  };
}

async function loadWasm(): Promise<Loaded> {
  const { loadWasm: load, WASM } = await import('./wasm/load.ts');
  return { registered: WASM, about: `TensorFlow.js ${await load()}, SIMD`, device: 'CPU' };
}

async function loadGpu(): Promise<Loaded> {
  const { loadWebGpu } = await import('./webgpu.ts');
  const { WASM } = await import('./wasm/load.ts');
  const { versions, gpu } = await loadWebGpu();
  return { registered: WASM, about: versions, device: gpu.name, gpu };
}

async function loadCpu(): Promise<Loaded> {
  const cpu = await import('@tensorflow/tfjs-backend-cpu');
  return { registered: 'cpu', about: `TensorFlow.js ${cpu.version_cpu}`, device: 'CPU' };
}
