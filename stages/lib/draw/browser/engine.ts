// TensorFlow.js in the browser: the WASM backend from bytes that the page carries, else plain JavaScript. It computes with the same
// code as the stages.
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';

/**
 * Starts a backend.
 * @param wasm the backend's module for machines with SIMD, base64
 * @returns its name for readers
 */
export async function startEngine(wasm: string): Promise<string> {
  tf.env().set('PROD', true);
  // Only this module is at hand, and threads need a server.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const address = `data:application/wasm;base64,${wasm}`;
  setWasmPaths({
    'tfjs-backend-wasm.wasm': address,
    'tfjs-backend-wasm-simd.wasm': address,
    'tfjs-backend-wasm-threaded-simd.wasm': address,
  });
  const fast = await tf.setBackend('wasm').catch(() => false);
  if (!fast) await tf.setBackend('cpu');
  await tf.ready();
  return `TensorFlow.js ${version_wasm}, ${fast ? 'WebAssembly' : 'plain JavaScript'}`;
}
