// The only place that knows which TensorFlow.js backend is active: chooses it, makes it ready, and says so in one line.
import * as tf from '@tensorflow/tfjs-core';
// Imported for what it registers: the gradients of TensorFlow.js' operations.
import '@tensorflow/tfjs-layers';
import { StageError } from '../fail.ts';
import { say } from '../progress.ts';
import { BACKENDS, fasterThanWasm, type BackendName } from './available.ts';
import { findNative, SETUP, type NativeBackend } from './native-install.ts';

/** What the line about the backend says of it. */
interface Active {
  /** Its name in TensorFlow.js' registries. */
  readonly registered: string;
  /** Versions, and what it was built for. */
  readonly about: string;
  readonly device: string;
}

/**
 * Makes a backend the active one and prints its line.
 * @throws StageError where it does not exist, is not installed, cannot be had with so many threads, or contradicts `TFJS_BACKEND`
 */
export async function useBackend(name: string, threads: number): Promise<void> {
  const backend = checked(name, threads);
  // It advises on packages for the browser, on the console, at each start.
  tf.env().set('PROD', true);
  const { registered, about, device } = await load(backend, threads);
  if (!(await tf.setBackend(registered))) throw new StageError(`the ${backend} backend does not start here`);
  await tf.ready();
  say(`backend ${backend} · ${about} · device ${device} · ${threads} thread${threads === 1 ? '' : 's'}`);
  const faster = backend === 'wasm' ? fasterThanWasm() : undefined;
  if (faster !== undefined) say(`note: ${faster} is installed and faster: base.backend: ${faster}`);
}

function checked(name: string, threads: number): BackendName {
  const backend = BACKENDS.find((known) => known === name);
  if (backend === undefined) {
    const why =
      name === 'auto' ? 'a backend is part of what a result depends on, so it is named' : `unknown: ${name}`;
    throw new StageError(`--backend: ${why}; choose one of ${BACKENDS.join(', ')}`);
  }
  const wanted = process.env['TFJS_BACKEND'];
  if (wanted !== undefined && wanted !== '' && wanted !== backend)
    throw new StageError(
      `TFJS_BACKEND=${wanted} contradicts --backend ${backend}; unset the one, or change the parameter base.backend`,
    );
  if (threads < 1) throw new StageError(`--threads ${threads}: must be at least 1`);
  if (threads !== 1 && backend !== 'tfjs-node' && backend !== 'tfjs-node-gpu')
    throw new StageError(`--threads ${threads}: the ${backend} backend runs one thread in Node.js; use 1`);
  return backend;
}

function load(backend: BackendName, threads: number): Promise<Active> {
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

async function loadTensorFlow(backend: NativeBackend, threads: number): Promise<Active> {
  const install = findNative(backend);
  if (install === undefined)
    throw new StageError(`the ${backend} backend is not installed\n  install it: ${SETUP[backend]}`);
  const { loadNative, NATIVE } = await import('./native.ts');
  const { tensorflow, gpu } = await loadNative(install, threads);
  if (backend === 'tfjs-node-gpu' && !gpu)
    throw new StageError(
      'TensorFlow finds no GPU that it can use here\n  on the processor: base.backend: tfjs-node',
    );
  return {
    registered: NATIVE,
    about: `TensorFlow ${tensorflow}, TensorFlow.js ${install.version}`,
    device: gpu ? 'GPU' : 'CPU',
  };
}

async function loadWasm(): Promise<Active> {
  const { loadWasm: load, WASM } = await import('./wasm/load.ts');
  return { registered: WASM, about: `TensorFlow.js ${await load()}, SIMD`, device: 'CPU' };
}

async function loadGpu(): Promise<Active> {
  const { loadWebGpu, WEBGPU } = await import('./webgpu.ts');
  const { versions, device } = await loadWebGpu();
  return { registered: WEBGPU, about: versions, device };
}

async function loadCpu(): Promise<Active> {
  const cpu = await import('@tensorflow/tfjs-backend-cpu');
  return { registered: 'cpu', about: `TensorFlow.js ${cpu.version_cpu}`, device: 'CPU' };
}
