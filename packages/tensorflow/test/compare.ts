// Computations on two backends, side by side: values and gradients of the same function of the same numbers.
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { pseudoRandom } from '../src/pseudo-random.ts';

/** Largest difference, relative to the largest expected value. */
export function difference(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return actual.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0) / scale;
}

export async function on<T>(backend: string, compute: () => T | Promise<T>): Promise<T> {
  await tf.setBackend(backend);
  return compute();
}

/** A layer with all its inputs as tensors, in the order of their shapes. */
export type Layer = (...inputs: tf.Tensor[]) => tf.Tensor;

/** What the layer gives on the active backend, then the gradient of each input; the outputs are weighted by random numbers. */
export function valueAndGradients(layer: Layer, shapes: readonly (readonly number[])[]): Float32Array[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, at) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return tf.tensor(pseudoRandom(size, `input ${at}`), [...shape]);
    });
    const weighted: Layer = (...inputs) => {
      const y = layer(...inputs);
      return tf.sum(tf.mul(y, tf.tensor(pseudoRandom(y.size, 'weights'), y.shape)));
    };
    const gradients = tf.grads(weighted)(inputs);
    return [layer(...inputs), ...gradients].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
}

/** Computes on both and compares; leaks nothing on either. */
export async function compare(
  [expected, actual]: readonly [string, string],
  layer: Layer,
  shapes: readonly (readonly number[])[],
  tolerance: number,
): Promise<void> {
  const compute = (): { results: Float32Array[]; leaked: number } => {
    const before = tf.memory().numTensors;
    const results = valueAndGradients(layer, shapes);
    return { results, leaked: tf.memory().numTensors - before };
  };
  const theirs = await on(expected, compute);
  const ours = await on(actual, compute);
  assert.deepEqual([theirs.leaked, ours.leaked], [0, 0], 'leaks tensors');
  for (const [at, result] of theirs.results.entries()) {
    const apart = difference(ours.results[at]!, result);
    assert.ok(apart < tolerance, `${at === 0 ? 'value' : `gradient of input ${at - 1}`}: ${apart}`);
  }
}
