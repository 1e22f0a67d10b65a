// A model in training on the active backend: one optimiser step at a time, epochs of them, and copies of its state.
// When to stop, and which copy is the best, is decided in fit.ts.
import * as tf from '@tensorflow/tfjs-core';
import { PIXELS, SIZE } from '../data/images.ts';
import { blocks, parameters, type Architecture } from '../model/architecture.ts';
import { forwardTraining } from '../model/forward.ts';
import type { Parameters, Statistics } from '../model/loaded-model.ts';
import { startValues, type Parameter } from '../model/parameters.ts';
import { denoiseWith, type Model, type RunningValues } from '../model/model.ts';
import { activeLayers, type RunningStatistics, scoped } from '@pipe-engine/tensorflow/layers';
import { adam } from './adam.ts';
import { lossOf } from './loss.ts';
import type { Loss } from '../measure/training-metrics.ts';

export interface Batch {
  /** [n × 784] */
  readonly noisy: Float32Array;
  readonly clean: Float32Array;
}

export interface Trainer {
  /** One optimiser step; returns the batch's mean squared error before it. */
  step(batch: Batch, learningRate: number): Promise<number>;
  /** Denoises with the running statistics, as the finished model would. */
  denoise(noisy: Float32Array, indices: ArrayLike<number>): Promise<Float32Array>;
  /** A copy of the model as it is now. */
  snapshot(): Promise<Model>;
  dispose(): void;
}

export interface TrainerOptions {
  /** What is minimised (default: the mean squared error). */
  readonly loss?: Loss;
  /** Continues with this model; the optimiser starts from zero (default: the seed's first values). */
  readonly from?: Model;
}

export function startTrainer(
  architecture: Architecture,
  seed: number,
  { loss: minimised = 'mse', from }: TrainerOptions = {},
): Trainer {
  const shapes = parameters(architecture);
  const optimiser = scoped(() =>
    activeLayers().optimiser(
      shapes.map((shape) =>
        tf.tensor(from?.weights.get(shape.name) ?? startValues(shape, seed), [...shape.shape]),
      ),
    ),
  );
  const update = adam(optimiser);
  let running = firstStatistics(architecture, from);

  const step = async ({ noisy, clean }: Batch, learningRate: number): Promise<number> => {
    const count = noisy.length / PIXELS;
    const [next, loss] = scoped((): [Statistics, tf.Scalar] => {
      const x = tf.tensor4d(noisy, [count, SIZE, SIZE, 1]);
      const target = tf.tensor4d(clean, [count, SIZE, SIZE, 1]);
      let next: Statistics = new Map();
      let mse: tf.Scalar | undefined;
      const compute = (...weights: tf.Tensor[]): tf.Scalar => {
        const trained = forwardTraining(architecture, named(shapes, weights), running, x);
        next = trained.running;
        const loss = lossOf(minimised, trained.output, target);
        mse = tf.keep(loss.mse);
        return loss.minimised;
      };
      const { grads } = tf.valueAndGrads(compute)([...optimiser.parameters()]);
      update(grads, learningRate);
      return [next, mse!];
    });
    disposeStatistics(running);
    running = next;
    // Asynchronously: a GPU's values cannot be read in any other way.
    const [mean] = await loss.data();
    loss.dispose();
    return mean!;
  };

  return {
    step,
    denoise: (noisy, indices) =>
      denoiseWith(architecture, named(shapes, optimiser.parameters()), running, noisy, indices),
    snapshot: () => copyModel(architecture, shapes, optimiser.parameters(), running),
    dispose: () => {
      optimiser.dispose();
      disposeStatistics(running);
    },
  };
}

function firstStatistics(architecture: Architecture, from?: Model): Statistics {
  return new Map(
    blocks(architecture).map(({ name, cout }): [string, RunningStatistics] => {
      const known = from?.running.get(name);
      if (known === undefined) return [name, { mean: tf.zeros([cout]), variance: tf.ones([cout]) }];
      return [name, { mean: tf.tensor1d(known.mean), variance: tf.tensor1d(known.variance) }];
    }),
  );
}

function named(shapes: readonly Parameter[], weights: readonly tf.Tensor[]): Parameters {
  return new Map(shapes.map(({ name }, at) => [name, weights[at]!]));
}

function disposeStatistics(statistics: Statistics): void {
  for (const { mean, variance } of statistics.values()) tf.dispose([mean, variance]);
}

async function copyModel(
  architecture: Architecture,
  shapes: readonly Parameter[],
  trained: readonly tf.Tensor[],
  statistics: Statistics,
): Promise<Model> {
  const values = async (tensor: tf.Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());
  const weights = new Map<string, Float32Array>();
  for (const [at, { name }] of shapes.entries()) weights.set(name, await values(trained[at]!));
  const running = new Map<string, RunningValues>();
  for (const { name } of blocks(architecture)) {
    const { mean, variance } = statistics.get(name)!;
    running.set(name, { mean: await values(mean), variance: await values(variance) });
  }
  return { architecture, weights, running };
}
