// What a model computes, once for all backends: noisy images in, clean images out.
import * as tf from '@tensorflow/tfjs-core';
import { activeLayers, type RunningStatistics } from '@pipe-engine/tensorflow/layers';
import type { Architecture } from './architecture.ts';
import { cdaeForward } from './cdae-forward.ts';
import type { Normalise, Parameters, Statistics } from './loaded-model.ts';
import { unetForward } from './unet-forward.ts';

/** Denoises with fixed statistics. x and the result are [n, 28, 28, 1], values 0 … 1. */
export function infer(
  architecture: Architecture,
  parameters: Parameters,
  running: Statistics,
  x: tf.Tensor4D,
): tf.Tensor4D {
  const { normaliseRelu } = activeLayers();
  const output = forward(architecture, parameters, x, (block, x, scale, shift) =>
    normaliseRelu(x, scale, shift, running.get(block)!),
  );
  return architecture.model === 'residual_unet' ? tf.clipByValue(output, 0, 1) : output;
}

/**
 * The same, normalising by this batch, and without limits to the values: those outside have a gradient, too.
 * @returns the running statistics after it, too, which the caller has to dispose of
 */
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
  switch (architecture.model) {
    case 'cdae':
      return cdaeForward(architecture, parameters, images, normalise);
    case 'unet':
    case 'residual_unet':
      return unetForward(architecture, parameters, images, normalise);
  }
}
