// Bilinear enlargement of one-channel images, as two products with a constant matrix. (The gradient of TensorFlow.js' own
// `resizeBilinear` ignores `halfPixelCenters`: it is wrong.)
import * as tf from '@tensorflow/tfjs-core';
import { timesConstant } from './product.ts';

/**
 * @param x [n, size, size, 1]
 * @returns [n, target, target, 1], sampled at half-pixel centres (PyTorch's `interpolate(…, align_corners=False)`)
 */
export function resizeSquare(x: tf.Tensor4D, target: number): tf.Tensor4D {
  const [n, size] = x.shape;
  const weights = tf.transpose(tf.tensor2d(bilinearMatrix(size, target)));
  const wide = timesConstant(tf.reshape(x, [n * size, size]) as tf.Tensor2D, weights);
  const turned = tf.transpose(tf.reshape(wide, [n, size, target]), [0, 2, 1]);
  const both = timesConstant(tf.reshape(turned, [n * target, size]) as tf.Tensor2D, weights);
  return tf.reshape(tf.transpose(tf.reshape(both, [n, target, target]), [0, 2, 1]), [n, target, target, 1]);
}

/** Row o holds the shares of the inputs in output o: [target][size]. */
export function bilinearMatrix(size: number, target: number): number[][] {
  return Array.from({ length: target }, (_, o) => {
    const row = Array.from({ length: size }, () => 0);
    const at = Math.max(0, ((o + 0.5) * size) / target - 0.5);
    const before = Math.min(Math.floor(at), size - 1);
    const after = Math.min(before + 1, size - 1);
    row[before]! += 1 - (at - before);
    row[after]! += at - before;
    return row;
  });
}
