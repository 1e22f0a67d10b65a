// Denoising with fixed statistics, a chunk of a fixed size at a time, and measuring what comes out, without bringing it back.
import { compile, type Compiled, type Pipelines } from './dispatches.ts';
import { forward } from './forward.ts';
import type { ImageSet } from './image-set.ts';
import { measures } from './kernels/losses.ts';
import { INDICES } from './kernels/step-numbers.ts';
import type { Memory } from './memory.ts';
import type { ModelState } from './model-state.ts';
import type { Network } from './network.ts';

/** Images of a chunk, at most. */
const MOST = 256;

/** The next power of two: few sizes have to be compiled. */
export function chunkFor(images: number): number {
  return Math.min(MOST, 2 ** Math.ceil(Math.log2(images)));
}

/** Of each image. */
export interface Measures {
  readonly squaredErrors: Float32Array;
  readonly similarities: Float32Array;
}

export interface Denoiser {
  denoise(noisy: Float32Array, indices: ArrayLike<number>): Promise<Float32Array>;
}

/** Compiled for chunks of so many images; fewer are computed, too. */
export async function compileDenoiser(
  device: GPUDevice,
  pipelines: Pipelines,
  memory: Memory,
  network: Network,
  images: number,
  state: ModelState,
): Promise<Denoiser> {
  const pixels = network.size ** 2;
  const { dispatches, values } = forward(network, images, state, memory, false);
  const compiled = await compile(device, pipelines, dispatches);
  const readable = memory.readable(4 * images * pixels, 'denoised images');
  const [input, output] = [values[0]!.buffer, values.at(-1)!.buffer];
  const chunk = new Float32Array(images * pixels);
  return {
    denoise: async (noisy, indices) => {
      const result = new Float32Array(indices.length * pixels);
      for (let from = 0; from < indices.length; from += images) {
        const count = Math.min(images, indices.length - from);
        for (let at = 0; at < count; at++) {
          const first = indices[from + at]! * pixels;
          chunk.set(noisy.subarray(first, first + pixels), at * pixels);
        }
        device.queue.writeBuffer(input, 0, chunk);
        submit(device, [compiled], (encoder) =>
          encoder.copyBufferToBuffer(output, 0, readable, 0, 4 * images * pixels),
        );
        await readable.mapAsync(GPUMapMode.READ);
        const denoised = new Float32Array(readable.getMappedRange(), 0, count * pixels);
        result.set(denoised, from * pixels);
        readable.unmap();
      }
      return result;
    },
  };
}

export interface Validator {
  /** Of these images of the set, in this order. */
  measure(indices: ArrayLike<number>): Promise<Measures>;
}

/** @param most images that are measured at once, however many chunks they are */
export async function compileValidator(
  device: GPUDevice,
  pipelines: Pipelines,
  memory: Memory,
  network: Network,
  most: number,
  set: ImageSet,
  state: ModelState,
): Promise<Validator> {
  const images = chunkFor(most);
  const pixels = network.size ** 2;
  const words = new Uint32Array(INDICES + images);
  const numbers = { buffer: memory.bytes(words.byteLength, 'indices') };
  const { dispatches, values } = forward(network, images, state, memory, false);
  const expected = memory.floats(images * pixels, 'clean images');
  const found = memory.floats(2 * images, 'measures');
  const compiled = await compile(device, pipelines, [
    ...set.gather(images, numbers, values[0]!, expected),
    ...dispatches,
    {
      kernel: measures(images, network.size),
      bindings: [values.at(-1)!, expected, { buffer: state.mark }, found],
    },
  ]);
  const ofChunk = 8 * images;
  const readable = memory.readable(Math.ceil(most / images) * ofChunk, 'measures');
  return {
    measure: async (indices) => {
      for (let from = 0; from < indices.length; from += images) {
        // What is left of the last chunk measures images again, in vain.
        for (let at = 0; at < images; at++) words[INDICES + at] = indices[from + at] ?? indices[0]!;
        device.queue.writeBuffer(numbers.buffer, 0, words);
        submit(device, [compiled], (encoder) =>
          encoder.copyBufferToBuffer(found.buffer, 0, readable, (from / images) * ofChunk, ofChunk),
        );
      }
      await readable.mapAsync(GPUMapMode.READ);
      const pairs = new Float32Array(readable.getMappedRange(), 0, 2 * indices.length);
      const result = {
        squaredErrors: pairs.filter((_, at) => at % 2 === 0),
        similarities: pairs.filter((_, at) => at % 2 === 1),
      };
      readable.unmap();
      return result;
    },
  };
}

function submit(
  device: GPUDevice,
  parts: readonly Compiled[],
  after: (encoder: GPUCommandEncoder) => void,
): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const part of parts) part.record(pass);
  pass.end();
  after(encoder);
  device.queue.submit([encoder.finish()]);
}
