// A model's numbers as tensors of the active backend, as the computations of all models take them.
import type * as tf from '@tensorflow/tfjs-core';
import type { RunningStatistics } from '@pipe-engine/tensorflow/layers';

/** Trained parameters by name. */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

/** Statistics of each normalisation by the name of its block. */
export type Statistics = ReadonlyMap<string, RunningStatistics>;

/** How a block normalises: by its batch (training) or by running statistics (inference). */
export type Normalise = (
  block: string,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
) => tf.Tensor4D;
