// The step size of Adam. The backend's optimiser holds the parameters and updates them.
import type * as tf from '@tensorflow/tfjs-core';
import type { AdamNumbers, Optimiser } from '@pipe-engine/tensorflow/layers';

/** PyTorch's defaults; TensorFlow.js' epsilon is 1e-7. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** @param step counted from 1 */
export function adamNumbers(step: number, learningRate: number): Pick<AdamNumbers, 'rate' | 'correction'> {
  return { rate: learningRate / (1 - ADAM.beta1 ** step), correction: 1 / (1 - ADAM.beta2 ** step) };
}

/** @returns takes one step: gradients in the order of the parameters */
export function adam(optimiser: Optimiser): (gradients: readonly tf.Tensor[], learningRate: number) => void {
  let steps = 0;
  return (gradients, learningRate) =>
    optimiser.update(gradients, { ...ADAM, ...adamNumbers(++steps, learningRate) });
}
