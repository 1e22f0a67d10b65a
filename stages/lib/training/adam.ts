// Adam over one flat vector of all parameters: few large operations in place of many small ones. Each update makes new tensors,
// and must: the WASM backend keeps packed copies of convolution kernels per tensor, and would go on using stale ones.
import * as tf from '@tensorflow/tfjs-core';

const BETA1 = 0.9;
const BETA2 = 0.999;
/** PyTorch's default; TensorFlow.js' is 1e-7. */
const EPSILON = 1e-8;

export interface AdamState {
  readonly weights: tf.Tensor1D;
  /** Running means of the gradient and of its square. */
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
  readonly steps: number;
}

export function startAdam(weights: tf.Tensor1D): AdamState {
  return { weights, first: tf.zerosLike(weights), second: tf.zerosLike(weights), steps: 0 };
}

/** One update. The old state's tensors stay the caller's to dispose. */
export function adamStep(state: AdamState, gradient: tf.Tensor1D, learningRate: number): AdamState {
  const steps = state.steps + 1;
  const first = blend(state.first, gradient, BETA1);
  const second = blend(state.second, tf.square(gradient), BETA2);
  const size = learningRate / (1 - BETA1 ** steps);
  const deviation = tf.add(tf.sqrt(tf.mul(second, 1 / (1 - BETA2 ** steps))), EPSILON);
  const weights = tf.sub(state.weights, tf.mul(tf.div(first, deviation), size)) as tf.Tensor1D;
  return { weights, first, second, steps };
}

function blend(old: tf.Tensor1D, fresh: tf.Tensor1D, keep: number): tf.Tensor1D {
  return tf.add(tf.mul(old, keep), tf.mul(fresh, 1 - keep));
}
