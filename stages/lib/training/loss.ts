// What a training minimises: the parameter `loss`.
import * as tf from '@tensorflow/tfjs-core';
import { squaredError, structuralSimilarity, type LossShares } from '@pipe-engine/tensorflow/layers';
import type { Loss } from '../measure/training-metrics.ts';

/** Of 1 − SSIM in the mixed loss: with it both parts are of about the same size after the first epochs. */
export const SSIM_SHARE = 0.1;

/** Of the mean squared error and of 1 − SSIM in what is minimised. */
export function lossShares(loss: Loss): LossShares {
  switch (loss) {
    case 'mse':
      return { error: 1, dissimilarity: 0 };
    case 'ssim':
      return { error: 0, dissimilarity: 1 };
    case 'mixed':
      return { error: 1, dissimilarity: SSIM_SHARE };
  }
}

export interface StepLoss {
  readonly minimised: tf.Scalar;
  /** The same whatever is minimised, so that courses can be compared. */
  readonly mse: tf.Scalar;
}

/** @param target has no gradient */
export function lossOf(loss: Loss, output: tf.Tensor4D, target: tf.Tensor4D): StepLoss {
  const mse = squaredError(output, target);
  const dissimilarity = (): tf.Scalar => tf.sub(1, structuralSimilarity(output, target));
  switch (loss) {
    case 'mse':
      return { minimised: mse, mse };
    case 'ssim':
      return { minimised: dissimilarity(), mse };
    case 'mixed':
      return { minimised: tf.add(mse, tf.mul(dissimilarity(), SSIM_SHARE)), mse };
  }
}
