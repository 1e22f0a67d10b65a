// The step size of Adam. The backend's optimiser holds the parameters and updates them.
import type * as tf from '@tensorflow/tfjs-core';
import type { Optimiser } from '@pipe-engine/tensorflow/layers';

const BETA1 = 0.9;
const BETA2 = 0.999;
/** PyTorch's default; TensorFlow.js' is 1e-7. */
const EPSILON = 1e-8;

/** @returns takes one step: gradients in the order of the parameters */
export function adam(optimiser: Optimiser): (gradients: readonly tf.Tensor[], learningRate: number) => void {
  let steps = 0;
  return (gradients, learningRate) => {
    steps++;
    optimiser.update(gradients, {
      beta1: BETA1,
      beta2: BETA2,
      rate: learningRate / (1 - BETA1 ** steps),
      correction: 1 / (1 - BETA2 ** steps),
      epsilon: EPSILON,
    });
  };
}
