// Pairs of images on the GPU, in as many parts as the limit of a binding asks for, and the dispatches that gather batches of them.
import type { Binding, Dispatch } from './dispatches.ts';
import { gather, type Stored } from './kernels/batch.ts';
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

export function upload(
  device: GPUDevice,
  memory: Memory,
  { noisy, clean }: ImagePairs,
  pixels: number,
): ImageSet {
  const sets = [noisy, clean] as const;
  const parts = ranges().map(([from, to]) => ({
    range: [from, to] as const,
    sets: sets.map((images) => ({ buffer: filled(images.subarray(from * pixels, to * pixels)) })),
  }));
  return {
    gather: (count, numbers, ...batches) =>
      parts.map(({ range, sets: [one, other] }) => ({
        kernel: gather(count, pixels, [storedAs(noisy), storedAs(clean)], range),
        bindings: [numbers, one!, other!, ...batches],
      })),
  };

  function ranges(): readonly (readonly [from: number, to: number])[] {
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const ofImage = pixels * Math.max(...sets.map(({ BYTES_PER_ELEMENT }) => BYTES_PER_ELEMENT));
    // Bytes are read in words: parts of four images begin and end with one.
    const inPart = Math.floor(most / ofImage / 4) * 4;
    const total = noisy.length / pixels;
    return Array.from({ length: Math.ceil(total / inPart) }, (_, part) => [
      part * inPart,
      Math.min(total, (part + 1) * inPart),
    ]);
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

const storedAs = (images: Float32Array | Uint8Array): Stored =>
  images instanceof Uint8Array ? 'bytes' : 'floats';
