// The arithmetic of one update of Adam. The caller decides its numbers.
import * as tf from '@tensorflow/tfjs-core';

/** All parameters as one vector, and running means of their gradient and of its square. */
export interface Moments {
  readonly weights: tf.Tensor1D;
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
}

export interface AdamNumbers {
  /** Shares of the old means in the new ones. */
  readonly beta1: number;
  readonly beta2: number;
  /** The learning rate, and a factor for `second`, both corrected for means that started at zero. */
  readonly rate: number;
  readonly correction: number;
  readonly epsilon: number;
}

/** weights − rate · first / (√(second · correction) + epsilon), with the means after this gradient. */
export function adamUpdate(
  state: Moments,
  gradient: tf.Tensor1D,
  { beta1, beta2, rate, correction, epsilon }: AdamNumbers,
): Moments {
  const first = blend(state.first, gradient, beta1);
  const second = blend(state.second, tf.square(gradient), beta2);
  const deviation = tf.add(tf.sqrt(tf.mul(second, correction)), epsilon);
  const weights = tf.sub(state.weights, tf.mul(tf.div(first, deviation), rate)) as tf.Tensor1D;
  return { weights, first, second };
}

function blend(old: tf.Tensor1D, fresh: tf.Tensor1D, keep: number): tf.Tensor1D {
  return tf.add(tf.mul(old, keep), tf.mul(fresh, 1 - keep));
}
