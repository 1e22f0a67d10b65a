// What the autoencoder computes, once for all backends: noisy images in, clean images out.
import * as tf from '@tensorflow/tfjs-core';
import { SIZE } from '../images.ts';
import type { RunningStatistics } from '../tensorflow/batch-norm.ts';
import { activeLayers } from '../tensorflow/layers.ts';
import { decoderBlocks, encoderBlocks, INNER, type Architecture } from './architecture.ts';

/** Trained parameters by name. */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

/** Statistics of each normalisation by the name of its block. */
export type Statistics = ReadonlyMap<string, RunningStatistics>;

/** How a block normalises: by its batch (training) or by running statistics (inference). */
type Normalise = (block: string, x: tf.Tensor4D, scale: tf.Tensor1D, shift: tf.Tensor1D) => tf.Tensor4D;

/** Denoises with fixed statistics. x and the result are [n, 28, 28, 1]. */
export function infer(
  architecture: Architecture,
  parameters: Parameters,
  running: Statistics,
  x: tf.Tensor4D,
): tf.Tensor4D {
  const { normaliseRelu } = activeLayers();
  return forward(architecture, parameters, x, (block, x, scale, shift) =>
    normaliseRelu(x, scale, shift, running.get(block)!),
  );
}

/** The same, normalising by this batch; returns the running statistics after it, too, which the caller has to dispose of. */
export function forwardTraining(
  architecture: Architecture,
  parameters: Parameters,
  running: Statistics,
  x: tf.Tensor4D,
): { output: tf.Tensor4D; running: Statistics } {
  const { batchNormRelu } = activeLayers();
  const next = new Map<string, RunningStatistics>();
  const output = forward(architecture, parameters, x, (block, x, scale, shift) => {
    const normalised = batchNormRelu(x, scale, shift, running.get(block)!);
    next.set(block, normalised.running);
    return normalised.y;
  });
  return { output, running: next };
}

function forward(
  architecture: Architecture,
  parameters: Parameters,
  images: tf.Tensor4D,
  normalise: Normalise,
): tf.Tensor4D {
  const { conv3x3, upConv3x3, product, resizeSquare } = activeLayers();
  const matrix = (name: string): tf.Tensor2D => parameters.get(name) as tf.Tensor2D;
  const kernel = (name: string): tf.Tensor4D => parameters.get(`${name}.weight`) as tf.Tensor4D;
  const vector = (name: string): tf.Tensor1D => parameters.get(name) as tf.Tensor1D;
  const finish = (block: string, x: tf.Tensor4D): tf.Tensor4D =>
    normalise(block, x, vector(`${block}.norm.weight`), vector(`${block}.norm.bias`));
  const dense = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    tf.add(product(x, matrix(`${name}.weight`)), vector(`${name}.bias`));

  let x = images; // [n, 28, 28, 1]
  for (const { name } of encoderBlocks(architecture)) {
    x = finish(name, conv3x3(x, kernel(`${name}.conv`), x === images));
    x = tf.maxPool(x, 2, 2, 'valid'); // 28 → 14 → 7 → 3
  }
  const [n, channels] = [images.shape[0], architecture.filters[2]];
  const code = dense('encoder.latent', tf.reshape(x, [n, INNER * INNER * channels]));
  x = tf.reshape(dense('decoder.latent', code), [n, INNER, INNER, channels]);
  for (const { name } of decoderBlocks(architecture)) x = finish(name, upConv3x3(x, kernel(`${name}.conv`))); // 3 → 6 → 12 → 24
  const small = tf.sigmoid(
    tf.add(conv3x3(x, kernel('decoder.output')), vector('decoder.output.bias')),
  ) as tf.Tensor4D; // [n, 24, 24, 1]
  return resizeSquare(small, SIZE);
}
