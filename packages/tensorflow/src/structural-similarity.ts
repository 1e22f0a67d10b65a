// Structural similarity of images with a gradient, for training: windows of 7 × 7 with equal weights, sample covariance, data range 1,
// windows that leave the image left out (scikit-image's defaults). Sums over windows are products with a constant matrix, which every
// backend computes fast, forwards and backwards.
import * as tf from '@tensorflow/tfjs-core';
import { timesConstant } from './product.ts';

const WINDOW = 7;
/** Of a window's sample covariance to the mean of the products. */
const SAMPLE = WINDOW ** 2 / (WINDOW ** 2 - 1);
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** Mean over all windows of all images, [n, size, size, 1]; `target` has no gradient. */
export function structuralSimilarity(output: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  const [n, size] = output.shape;
  const [x, y] = [output, target].map((images) => tf.reshape(images, [n, size, size])) as [
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const [mx, mxx, mxy] = windowMeans([x, tf.square(x), tf.mul(x, y)]) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [my, myy] = windowMeans([y, tf.square(y)]) as [tf.Tensor, tf.Tensor];
  const [squares, product] = [tf.add(tf.square(mx), tf.square(my)), tf.mul(mx, my)];
  const variances = tf.mul(tf.sub(tf.add(mxx, myy), squares), SAMPLE);
  const covariance = tf.mul(tf.sub(mxy, product), SAMPLE);
  const above = tf.mul(tf.add(tf.mul(product, 2), C1), tf.add(tf.mul(covariance, 2), C2));
  const below = tf.mul(tf.add(squares, C1), tf.add(variances, C2));
  return tf.mean(tf.div(above, below));
}

/** Of each of these sets of images. The windows of each are in columns before rows. */
function windowMeans(sets: readonly tf.Tensor3D[]): readonly tf.Tensor[] {
  const [n, size] = sets[0]!.shape;
  const images = n * sets.length;
  const windows = size - WINDOW + 1;
  const mean = tf.tensor2d(
    Array.from({ length: size }, (_, at) =>
      Array.from({ length: windows }, (_, window) => (at >= window && at < window + WINDOW ? 1 / WINDOW : 0)),
    ),
  );
  const rows = tf.reshape(tf.concat([...sets], 0), [images * size, size]) as tf.Tensor2D;
  const across = tf.reshape(timesConstant(rows, mean), [images, size, windows]);
  const columns = tf.reshape(tf.transpose(across, [0, 2, 1]), [images * windows, size]) as tf.Tensor2D;
  return tf.split(timesConstant(columns, mean), sets.length, 0);
}
