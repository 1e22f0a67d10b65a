// A trained model outside of any backend: its architecture and plain arrays of numbers. What a model file holds.
import * as tf from '@tensorflow/tfjs-core';
import { PIXELS, SIZE } from '../data/images.ts';
import { activeGpu, type RunningStatistics } from '@pipe-engine/tensorflow/layers';
import { parameters, type Architecture } from './architecture.ts';
import { infer } from './forward.ts';
import type { Parameters, Statistics } from './loaded-model.ts';
import { networkOf } from './network.ts';

export interface RunningValues {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface Model {
  readonly architecture: Architecture;
  /** By parameter name, in TensorFlow.js' layouts. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** By block name. */
  readonly running: ReadonlyMap<string, RunningValues>;
}

/** Images per call of the backend: bounds its memory. */
const CHUNK = 100;

/**
 * Denoises on the GPU in use, else on the active backend of TensorFlow.js.
 * @param indices which of the images, in the order of the result
 * @returns values 0 … 1, [indices × 784]
 */
export async function denoise(
  model: Model,
  noisy: Float32Array,
  indices: ArrayLike<number>,
): Promise<Float32Array> {
  const gpu = activeGpu();
  if (gpu !== undefined) return gpu.denoise(networkOf(model.architecture), model, noisy, indices);
  const weights: Parameters = new Map(
    parameters(model.architecture).map(({ name, shape }) => [
      name,
      tf.tensor(model.weights.get(name)!, [...shape]),
    ]),
  );
  const running: Statistics = new Map(
    [...model.running].map(([name, { mean, variance }]): [string, RunningStatistics] => [
      name,
      { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance) },
    ]),
  );
  const denoised = await denoiseWith(model.architecture, weights, running, noisy, indices);
  tf.dispose([
    ...weights.values(),
    ...[...running.values()].flatMap(({ mean, variance }) => [mean, variance]),
  ]);
  return denoised;
}

/** The same with weights that are already in the backend. */
export async function denoiseWith(
  architecture: Architecture,
  weights: Parameters,
  running: Statistics,
  noisy: Float32Array,
  indices: ArrayLike<number>,
): Promise<Float32Array> {
  const result = new Float32Array(indices.length * PIXELS);
  for (let from = 0; from < indices.length; from += CHUNK) {
    const count = Math.min(CHUNK, indices.length - from);
    const images = new Float32Array(count * PIXELS);
    for (let at = 0; at < count; at++) {
      const image = indices[from + at]!;
      images.set(noisy.subarray(image * PIXELS, (image + 1) * PIXELS), at * PIXELS);
    }
    const denoised = tf.tidy(() =>
      infer(architecture, weights, running, tf.tensor4d(images, [count, SIZE, SIZE, 1])),
    );
    result.set(await denoised.data(), from * PIXELS);
    denoised.dispose();
  }
  return result;
}

/** Indices of a whole set. */
export function allOf(images: Float32Array): Uint32Array {
  return Uint32Array.from({ length: images.length / PIXELS }, (_, at) => at);
}
