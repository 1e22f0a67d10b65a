// The only place that knows which TensorFlow.js backend is active: chooses it, makes it ready, and says so in one line.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
// Imported for what it registers: the gradients of TensorFlow.js' operations.
import '@tensorflow/tfjs-layers';
import { StageError } from '../fail.ts';
import { say } from '../progress.ts';
import { registerWasmKernels } from './wasm-kernels.ts';

/** `cpu` is plain JavaScript, hundreds of times slower: for tests. */
export const BACKENDS = ['wasm', 'cpu'] as const;

/**
 * Makes a backend the active one and prints its line.
 * @throws StageError where it does not exist, cannot be had with so many threads, or contradicts `TFJS_BACKEND`
 */
export async function useBackend(name: string, threads: number): Promise<void> {
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
  if (threads !== 1)
    throw new StageError(`--threads ${threads}: the ${backend} backend runs one thread in Node.js; use 1`);
  // It advises on packages for the browser, on the console, at each start.
  tf.env().set('PROD', true);
  const version = await (backend === 'wasm' ? loadWasm() : loadCpu());
  if (!(await tf.setBackend(backend))) throw new StageError(`the ${backend} backend does not start here`);
  await tf.ready();
  const simd = backend === 'wasm' && tf.env().getBool('WASM_HAS_SIMD_SUPPORT') ? ' with SIMD' : '';
  say(`backend ${backend}${simd} · TensorFlow.js ${version} · device CPU · 1 thread`);
}

async function loadWasm(): Promise<string> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const main = fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(join(dirname(main), '/'));
  registerWasmKernels();
  return wasm.version_wasm;
}

async function loadCpu(): Promise<string> {
  const cpu = await import('@tensorflow/tfjs-backend-cpu');
  return cpu.version_cpu;
}
