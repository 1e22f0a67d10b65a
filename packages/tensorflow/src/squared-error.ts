// The loss: mean squared error, whose gradient is one product in place of the chain that automatic differentiation makes.
import * as tf from '@tensorflow/tfjs-core';
import { ownGradient } from './own-gradient.ts';

/** Mean over all values; `target` has no gradient. */
export function squaredError(output: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  return ownGradient(
    [output] as const,
    (output) => {
      const difference = tf.sub(output, target);
      return { value: tf.mean(tf.square(difference)), saved: [difference] };
    },
    (dy, ...saved) => {
      const [difference] = saved as [tf.Tensor4D];
      return [tf.mul(difference, tf.mul(dy, 2 / difference.size))];
    },
  );
}
