// What the autoencoder computes.
import * as tf from '@tensorflow/tfjs-core';
import { SIZE } from '../data/images.ts';
import { activeLayers } from '@pipe-engine/tensorflow/layers';
import { decoderBlocks, encoderBlocks, INNER, type Cdae } from './cdae-layers.ts';
import type { Normalise, Parameters } from './loaded-model.ts';

/** images and the result are [n, 28, 28, 1]. */
export function cdaeForward(
  cdae: Cdae,
  parameters: Parameters,
  images: tf.Tensor4D,
  normalise: Normalise,
): tf.Tensor4D {
  const { conv3x3, upConv3x3, halve, product, resizeSquare } = activeLayers();
  const matrix = (name: string): tf.Tensor2D => parameters.get(name) as tf.Tensor2D;
  const kernel = (name: string): tf.Tensor4D => parameters.get(`${name}.weight`) as tf.Tensor4D;
  const vector = (name: string): tf.Tensor1D => parameters.get(name) as tf.Tensor1D;
  const finish = (block: string, x: tf.Tensor4D): tf.Tensor4D =>
    normalise(block, x, vector(`${block}.norm.weight`), vector(`${block}.norm.bias`));
  const dense = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    tf.add(product(x, matrix(`${name}.weight`)), vector(`${name}.bias`));

  let x = images; // [n, 28, 28, 1]
  for (const { name } of encoderBlocks(cdae)) {
    x = finish(name, conv3x3(x, kernel(`${name}.conv`), x === images));
    x = halve(x); // 28 → 14 → 7 → 3
  }
  const [n, channels] = [images.shape[0], cdae.filters[2]];
  const code = dense('encoder.latent', tf.reshape(x, [n, INNER * INNER * channels]));
  x = tf.reshape(dense('decoder.latent', code), [n, INNER, INNER, channels]);
  for (const { name } of decoderBlocks(cdae)) x = finish(name, upConv3x3(x, kernel(`${name}.conv`))); // 3 → 6 → 12 → 24
  const small = tf.sigmoid(
    tf.add(conv3x3(x, kernel('decoder.output')), vector('decoder.output.bias')),
  ) as tf.Tensor4D; // [n, 24, 24, 1]
  return resizeSquare(small, SIZE);
}
