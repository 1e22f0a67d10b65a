// Matrix products whose gradients transpose explicitly: the WASM backend multiplies plain matrices fast, and transposed
// ones slowly.
import * as tf from '@tensorflow/tfjs-core';
import { ownGradient } from './own-gradient.ts';

/** a [m, k] · b [k, n] → [m, n]; both have gradients. */
export function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return ownGradient(
    [a, b] as const,
    (a, b) => ({ value: tf.matMul(a, b), saved: [a, b] }),
    (dy, ...saved) => {
      const [a, b] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy, tf.transpose(b)), tf.matMul(tf.transpose(a), dy)];
    },
  );
}

/** constant [m, k] · x [k, n] → [m, n]; only x has a gradient. */
export function constantTimes(constant: tf.Tensor2D, x: tf.Tensor2D): tf.Tensor2D {
  return ownGradient(
    [x] as const,
    (x) => ({ value: tf.matMul(constant, x), saved: [constant] }),
    (dy, constant) => [tf.matMul(tf.transpose(constant), dy)],
  );
}

/** x [m, k] · constant [k, n] → [m, n]; only x has a gradient. */
export function timesConstant(x: tf.Tensor2D, constant: tf.Tensor2D): tf.Tensor2D {
  return ownGradient(
    [x] as const,
    (x) => ({ value: tf.matMul(x, constant), saved: [constant] }),
    (dy, constant) => [tf.matMul(dy, tf.transpose(constant))],
  );
}
