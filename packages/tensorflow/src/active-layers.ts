// The layers of the active backend. Each has a composed form, made of TensorFlow.js' operations; a backend may provide a faster form of
// some, which is used while that backend is active.
import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate, type AdamNumbers, type Moments } from './adam-update.ts';
import { batchNormRelu, normaliseRelu, type Normalised, type RunningStatistics } from './batch-norm.ts';
import { conv3x3, upConv2x2, upConv3x3 } from './conv.ts';
import { flatOptimiser, type Optimiser } from './optimiser.ts';
import { product } from './product.ts';
import { resizeSquare } from './resize.ts';

/** The composed forms say what each computes. */
export interface Layers {
  readonly conv3x3: (x: tf.Tensor4D, kernel: tf.Tensor4D, firstLayer?: boolean) => tf.Tensor4D;
  readonly upConv3x3: (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D;
  readonly upConv2x2: (x: tf.Tensor4D, kernel: tf.Tensor2D) => tf.Tensor4D;
  readonly batchNormRelu: (
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    shift: tf.Tensor1D,
    running: RunningStatistics,
  ) => Normalised;
  readonly normaliseRelu: (
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    shift: tf.Tensor1D,
    running: RunningStatistics,
  ) => tf.Tensor4D;
  /** Max-pooling 2×2; an odd last row or column is left out. */
  readonly halve: (x: tf.Tensor4D) => tf.Tensor4D;
  readonly product: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D;
  readonly resizeSquare: (x: tf.Tensor4D, target: number) => tf.Tensor4D;
  /** Not layers: these train them. */
  readonly optimiser: (start: readonly tf.Tensor[]) => Optimiser;
  readonly adamUpdate: (state: Moments, gradient: tf.Tensor1D, numbers: AdamNumbers) => Moments;
}

const COMPOSED: Layers = {
  conv3x3,
  upConv3x3,
  upConv2x2,
  batchNormRelu,
  normaliseRelu,
  halve: (x) => tf.maxPool(x, 2, 2, 'valid'),
  product,
  resizeSquare,
  optimiser: (start) => flatOptimiser(start, activeLayers().adamUpdate),
  adamUpdate,
};

const provided = new Map<string, Layers>();

/** @param backend its name in TensorFlow.js' registries */
export function provideLayers(backend: string, layers: Partial<Layers>): void {
  provided.set(backend, { ...COMPOSED, ...layers });
}

/** Those of the active backend. */
export function activeLayers(): Layers {
  return provided.get(tf.getBackend()) ?? COMPOSED;
}
