// Holds the parameters of a model in training, and updates them: one flat vector, few large operations in place of many small
// ones. Each update makes new tensors, and must: the WASM backend keeps packed copies of convolution kernels per tensor, and would go
// on using stale ones.
import * as tf from '@tensorflow/tfjs-core';
import type { AdamNumbers, Moments } from './adam-update.ts';

export interface Optimiser {
  /** The parameters as they are now. The tensors are the optimiser's, and gone with the next update. */
  readonly parameters: () => readonly tf.Tensor[];
  /** @param gradients one for each parameter, in the same order */
  readonly update: (gradients: readonly tf.Tensor[], numbers: AdamNumbers) => void;
  readonly dispose: () => void;
}

/** @param start what the parameters start from; stays the caller's */
export function flatOptimiser(
  start: readonly tf.Tensor[],
  adamUpdate: (state: Moments, gradient: tf.Tensor1D, numbers: AdamNumbers) => Moments,
): Optimiser {
  const shapes = start.map(({ shape }) => shape);
  let state: Moments;
  let parameters: readonly tf.Tensor[];
  const become = (next: Moments): void => {
    for (const part of [next.weights, next.first, next.second]) tf.keep(part);
    state = next;
    parameters = unpack(shapes, next.weights).map((part) => tf.keep(part));
  };
  const dispose = (): void => tf.dispose([state.weights, state.first, state.second, ...parameters]);

  tf.tidy(() => {
    const weights = flatten(start);
    become({ weights, first: tf.zerosLike(weights), second: tf.zerosLike(weights) });
  });
  return {
    parameters: () => parameters,
    update: (gradients, numbers) =>
      tf.tidy(() => {
        const next = adamUpdate(state, flatten(gradients), numbers);
        dispose();
        become(next);
      }),
    dispose,
  };
}

function flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tf.reshape(tensor, [tensor.size]))) as tf.Tensor1D;
}

function unpack(shapes: readonly number[][], flat: tf.Tensor1D): tf.Tensor[] {
  let from = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = tf.reshape(tf.slice(flat, [from], [size]), shape);
    from += size;
    return part;
  });
}
