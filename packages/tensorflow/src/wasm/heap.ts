// The memory of TensorFlow.js' WASM backend, and our own kernels computing in it:
// tensors as addresses, outputs, and room for intermediate values.
import * as tf from '@tensorflow/tfjs-core';
import { readCompiled } from './compiled.ts';
import type { Kernels } from './kernels.ts';

/** What is used of the backend beyond the common interface. */
export interface WasmBackend extends tf.KernelBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    readonly HEAPU8: Uint8Array;
    readonly _malloc: (bytes: number) => number;
    readonly _free: (address: number) => void;
  };
  incRef(dataId: object): void;
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

export interface Heap {
  readonly kernels: Kernels;
  address(tensor: tf.TensorInfo): number;
  /** A new tensor of floats; what is in it has to be written. */
  output(shape: readonly number[]): tf.Tensor;
  /** Room for so many bytes, which the next call gives away again. */
  room(bytes: number): number;
  /** Writes zeros. */
  clear(address: number, bytes: number): void;
  /** The backend's whole memory; views of it end where a tensor or room is made. */
  bytes(): Uint8Array;
}

/**
 * Puts the kernels into the memory of the active backend.
 * @throws BackendError where they were not compiled, or from other sources
 */
export function openHeap(): Heap {
  const backend = tf.backend() as WasmBackend;
  const { memory } = backend.wasm.asm;
  const { exports } = new WebAssembly.Instance(readCompiled(), { env: { memory } });
  const kernels = exports as unknown as Kernels;
  let room = { at: 0, bytes: 0 };
  return {
    kernels,
    address: ({ dataId }) => backend.getMemoryOffset(dataId),
    output: (shape) => tf.engine().makeTensorFromTensorInfo(backend.makeOutput([...shape], 'float32')),
    room: (bytes) => {
      if (bytes > room.bytes) {
        backend.wasm._free(room.at);
        room = { at: backend.wasm._malloc(bytes) >>> 0, bytes };
      }
      return room.at;
    },
    clear: (address, bytes) => backend.wasm.HEAPU8.fill(0, address, address + bytes),
    bytes: () => backend.wasm.HEAPU8,
  };
}
