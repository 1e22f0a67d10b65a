// Batch normalisation followed by ReLU, as PyTorch's BatchNorm2d defines it: training on the batch's own statistics,
// inference on running ones.
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON, MOMENTUM } from './normalisation-constants.ts';
import { ownGradient } from './own-gradient.ts';

/** Per channel, each [c]; the variance is the unbiased one. */
export interface RunningStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

export interface Normalised {
  readonly y: tf.Tensor4D;
  /** The running statistics after this batch: no scope disposes of them, the caller has to. */
  readonly running: RunningStatistics;
}

/** Normalises by the batch's own statistics; the gradient goes through them. x and y are [n, h, w, c]. */
export function batchNormRelu(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  running: RunningStatistics,
): Normalised {
  const mean = channelMean(x);
  const variance = channelMean(tf.square(tf.sub(x, mean)));
  const y = ownGradient(
    [x, scale, shift] as const,
    (x, scale, shift) => {
      const inverse = tf.rsqrt(tf.add(variance, EPSILON));
      const centred = tf.sub(x, mean);
      const y = tf.relu(tf.add(tf.mul(centred, tf.mul(scale, inverse)), shift)) as tf.Tensor4D;
      return { value: y, saved: [y, centred, inverse, scale] };
    },
    (dy, ...saved) => {
      const [y, centred, inverse, scale] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
      const gated = tf.mul(dy, tf.step(y)) as tf.Tensor4D;
      const meanGated = channelMean(gated);
      const meanProduct = channelMean(tf.mul(gated, centred));
      const along = tf.mul(centred, tf.mul(meanProduct, tf.square(inverse)));
      const dx = tf.mul(tf.sub(tf.sub(gated, meanGated), along), tf.mul(scale, inverse));
      const count = y.size / scale.size;
      return [dx, tf.mul(tf.mul(meanProduct, inverse), count), tf.mul(meanGated, count)];
    },
  );
  return { y, running: nextRunning(running, { mean, variance }, x.size / scale.size) };
}

/** The same with fixed statistics. */
export function normaliseRelu(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  running: RunningStatistics,
): tf.Tensor4D {
  const factor = tf.mul(scale, tf.rsqrt(tf.add(running.variance, EPSILON)));
  return tf.relu(tf.add(tf.mul(tf.sub(x, running.mean), factor), shift));
}

/** PyTorch counts the unbiased variance. `count` is the number of values per channel in the batch. */
export function nextRunning(
  running: RunningStatistics,
  batch: RunningStatistics,
  count: number,
): RunningStatistics {
  const blend = (old: tf.Tensor1D, fresh: tf.Tensor1D): tf.Tensor1D =>
    tf.keep(tf.add(tf.mul(old, 1 - MOMENTUM), tf.mul(fresh, MOMENTUM)));
  return {
    mean: blend(running.mean, batch.mean),
    variance: blend(running.variance, tf.mul(batch.variance, count / (count - 1))),
  };
}

/** Mean per channel by pooling, image by image and then over the images: fast everywhere, and small rounding errors. */
function channelMean(x: tf.Tensor4D): tf.Tensor1D {
  const [n, h, w, c] = x.shape;
  const perImage = tf.reshape(tf.avgPool(x, [h, w], 1, 'valid'), [1, n, 1, c]) as tf.Tensor4D;
  return tf.reshape(n === 1 ? perImage : tf.avgPool(perImage, [n, 1], 1, 'valid'), [c]);
}
