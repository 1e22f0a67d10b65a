// Pairs of images on the GPU, in as many parts as the limit of a binding asks for, and the dispatches that gather batches of them.
import type { Binding, Dispatch } from './dispatches.ts';
import { gather } from './kernels/batch.ts';
import type { Memory } from './memory.ts';

export interface ImagePairs {
  /** One after the other, values 0 … 1. */
  readonly noisy: Float32Array;
  /** The same, or bytes 0 … 255. */
  readonly clean: Float32Array | Uint8Array;
}

export interface ImageSet {
  /** @param numbers of the step, which name the images */
  gather(count: number, numbers: Binding, noisy: Binding, clean: Binding): readonly Dispatch[];
}

interface Part extends Binding {
  readonly range: readonly [from: number, to: number];
}

export function upload(
  device: GPUDevice,
  memory: Memory,
  { noisy, clean }: ImagePairs,
  pixels: number,
): ImageSet {
  const sets = [noisy, clean].map((images) => ({ parts: partsOf(images), stored: storedAs(images) }));
  return {
    gather: (count, numbers, ...batches) =>
      sets.flatMap(({ parts, stored }, at) =>
        parts.map(({ range, buffer }) => ({
          kernel: gather(count, pixels, stored, range),
          bindings: [numbers, { buffer }, batches[at]!],
        })),
      ),
  };

  function partsOf(images: Float32Array | Uint8Array): readonly Part[] {
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const ofImage = pixels * images.BYTES_PER_ELEMENT;
    // Bytes are read in words: parts of four images begin and end with one.
    const inPart = Math.floor(most / ofImage / 4) * 4;
    const total = images.length / pixels;
    return Array.from({ length: Math.ceil(total / inPart) }, (_, part) => {
      const range = [part * inPart, Math.min(total, (part + 1) * inPart)] as const;
      const values = images.subarray(range[0] * pixels, range[1] * pixels);
      return { range, buffer: filled(values) };
    });
  }

  function filled(values: Float32Array | Uint8Array): GPUBuffer {
    const buffer = memory.bytes(Math.ceil(values.byteLength / 4) * 4, 'images');
    const whole = Math.floor(values.byteLength / 4) * 4;
    device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, whole);
    if (whole < values.byteLength) {
      const last = new Uint8Array(4);
      last.set(new Uint8Array(values.buffer, values.byteOffset + whole, values.byteLength - whole));
      device.queue.writeBuffer(buffer, whole, last);
    }
    return buffer;
  }
}

const storedAs = (images: Float32Array | Uint8Array): 'floats' | 'bytes' =>
  images instanceof Uint8Array ? 'bytes' : 'floats';
