// What the U-Net computes: the clean image, or the noise, which is subtracted.
import * as tf from '@tensorflow/tfjs-core';
import { activeLayers } from '@pipe-engine/tensorflow/layers';
import type { Normalise, Parameters } from './loaded-model.ts';
import { downLevels, upLevels, type Level, type Unet } from './unet-layers.ts';

/** images and the result are [n, 28, 28, 1]. */
export function unetForward(
  unet: Unet,
  parameters: Parameters,
  images: tf.Tensor4D,
  normalise: Normalise,
): tf.Tensor4D {
  const { conv3x3, upConv2x2, halve, product } = activeLayers();
  const matrix = (name: string): tf.Tensor2D => parameters.get(name) as tf.Tensor2D;
  const vector = (name: string): tf.Tensor1D => parameters.get(name) as tf.Tensor1D;
  const through = (x: tf.Tensor4D, { blocks }: Level): tf.Tensor4D =>
    blocks.reduce((x, { name }) => {
      const kernel = parameters.get(`${name}.conv.weight`) as tf.Tensor4D;
      const y = conv3x3(x, kernel, x === images);
      return normalise(name, y, vector(`${name}.norm.weight`), vector(`${name}.norm.bias`));
    }, x);

  const [whole, half, quarter] = downLevels(unet);
  const [upToHalf, upToWhole] = upLevels(unet);
  const join = (below: tf.Tensor4D, { up: { name } }: typeof upToHalf, beside: tf.Tensor4D): tf.Tensor4D => {
    const doubled = tf.add(upConv2x2(below, matrix(`${name}.weight`)), vector(`${name}.bias`)) as tf.Tensor4D;
    return tf.concat([doubled, beside], 3);
  };
  const found = through(images, whole); // [n, 28, 28, a]
  const foundAtHalf = through(halve(found), half); // [n, 14, 14, b]
  const bottom = through(halve(foundAtHalf), quarter); // [n, 7, 7, c]
  const atHalf = through(join(bottom, upToHalf, foundAtHalf), upToHalf); // [n, 14, 14, b]
  const made = through(join(atHalf, upToWhole, found), upToWhole); // [n, 28, 28, a]
  const [n, height, width, channels] = made.shape;
  const pixels = tf.reshape(made, [n * height * width, channels]) as tf.Tensor2D;
  const values = tf.add(product(pixels, matrix('decoder.output.weight')), vector('decoder.output.bias'));
  if (unet.model === 'residual_unet')
    return tf.sub(images, tf.reshape(values, [n, height, width, 1])) as tf.Tensor4D;
  return tf.reshape(tf.sigmoid(values), [n, height, width, 1]);
}
