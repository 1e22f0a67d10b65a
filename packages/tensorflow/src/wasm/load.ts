// Loads TensorFlow.js' WASM backend and puts our kernels into it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { provideLayers } from '../active-layers.ts';
import { adam } from './adam.ts';
import { doublings } from './doubling.ts';
import { openHeap } from './heap.ts';
import { registerConvBackpropFilter } from './missing-kernel.ts';
import { normalisation } from './normalisation.ts';
import { products } from './products.ts';
import { replaceKernels } from './replaced-kernels.ts';
import { sameConvolution } from './same-convolution.ts';

/** Its name in TensorFlow.js' registries. */
export const WASM = 'wasm';

let version: string | undefined;

/**
 * Makes it the active backend; a second call finds it loaded.
 * @returns its version
 * @throws BackendError where our kernels are not compiled
 */
export async function loadWasm(): Promise<string> {
  version ??= await load();
  return version;
}

async function load(): Promise<string> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const main = fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(join(dirname(main), '/'));
  await tf.setBackend(WASM);
  const heap = openHeap();
  registerConvBackpropFilter();
  replaceKernels(heap);
  provideLayers(WASM, {
    ...sameConvolution(heap),
    ...doublings(heap),
    ...normalisation(heap),
    ...products(heap),
    ...adam(heap),
  });
  return wasm.version_wasm;
}
