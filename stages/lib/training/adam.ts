// Adam over one flat vector of all parameters: few large operations in place of many small ones. Each update makes new tensors,
// and must: the WASM backend keeps packed copies of convolution kernels per tensor, and would go on using stale ones.
import * as tf from '@tensorflow/tfjs-core';
import type { Moments } from '../tensorflow/adam-update.ts';
import { activeLayers } from '../tensorflow/layers.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
/** PyTorch's default; TensorFlow.js' is 1e-7. */
const EPSILON = 1e-8;

export interface AdamState extends Moments {
  readonly steps: number;
}

export function startAdam(weights: tf.Tensor1D): AdamState {
  return { weights, first: tf.zerosLike(weights), second: tf.zerosLike(weights), steps: 0 };
}

/** One update. The old state's tensors stay the caller's to dispose. */
export function adamStep(state: AdamState, gradient: tf.Tensor1D, learningRate: number): AdamState {
  const steps = state.steps + 1;
  const next = activeLayers().adamUpdate(state, gradient, {
    beta1: BETA1,
    beta2: BETA2,
    rate: learningRate / (1 - BETA1 ** steps),
    correction: 1 / (1 - BETA2 ** steps),
    epsilon: EPSILON,
  });
  return { ...next, steps };
}
