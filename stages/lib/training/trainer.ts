// A model in training on the active backend: one optimiser step at a time, epochs of them, and copies of its state.
// When to stop, and which copy is the best, is decided in fit.ts.
import * as tf from '@tensorflow/tfjs-core';
import { PIXELS, SIZE } from '../images.ts';
import { blocks, parameters, type Architecture } from '../model/architecture.ts';
import { forwardTraining, type Parameters, type Statistics } from '../model/forward.ts';
import { startValues, type Parameter } from '../model/parameters.ts';
import { denoiseWith, type Model, type RunningValues } from '../model/model.ts';
import type { RunningStatistics } from '../tensorflow/batch-norm.ts';
import { scoped } from '../tensorflow/scope.ts';
import { adamStep, startAdam, type AdamState } from './adam.ts';

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

interface State {
  readonly adam: AdamState;
  /** Views of `adam.weights`, one per parameter. */
  readonly weights: readonly tf.Tensor[];
  readonly running: Statistics;
}

/** Starts from the seed's first values. */
export function startTrainer(architecture: Architecture, seed: number): Trainer {
  const shapes = parameters(architecture);
  let state = scoped(() => keepState(firstState(architecture, shapes, seed)));

  const step = async ({ noisy, clean }: Batch, learningRate: number): Promise<number> => {
    const count = noisy.length / PIXELS;
    const [next, loss] = scoped((): [State, tf.Scalar] => {
      const x = tf.tensor4d(noisy, [count, SIZE, SIZE, 1]);
      const target = tf.tensor4d(clean, [count, SIZE, SIZE, 1]);
      let running: Statistics = new Map();
      const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
        const trained = forwardTraining(architecture, named(shapes, weights), state.running, x);
        running = trained.running;
        return tf.mean(tf.square(tf.sub(trained.output, target)));
      };
      const { value, grads } = tf.valueAndGrads(lossOf)([...state.weights]);
      const gradient = flatten(grads);
      const adam = adamStep(state.adam, gradient, learningRate);
      return [keepState({ adam, weights: unpack(shapes, adam.weights), running }), tf.keep(value)];
    });
    disposeState(state);
    state = next;
    // Asynchronously: a GPU's values cannot be read in any other way.
    const [mean] = await loss.data();
    loss.dispose();
    return mean!;
  };

  return {
    step,
    denoise: (noisy, indices) =>
      denoiseWith(architecture, named(shapes, state.weights), state.running, noisy, indices),
    snapshot: () => copyModel(architecture, shapes, state),
    dispose: () => disposeState(state),
  };
}

function firstState(architecture: Architecture, shapes: readonly Parameter[], seed: number): State {
  const flat = tf.concat(shapes.map((shape) => tf.tensor1d(startValues(shape, seed))));
  const running = blocks(architecture).map(({ name, cout }): [string, RunningStatistics] => [
    name,
    { mean: tf.zeros([cout]), variance: tf.ones([cout]) },
  ]);
  return { adam: startAdam(flat), weights: unpack(shapes, flat), running: new Map(running) };
}

function named(shapes: readonly Parameter[], weights: readonly tf.Tensor[]): Parameters {
  return new Map(shapes.map(({ name }, at) => [name, weights[at]!]));
}

function flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tf.reshape(tensor, [tensor.size]))) as tf.Tensor1D;
}

function unpack(shapes: readonly Parameter[], flat: tf.Tensor1D): tf.Tensor[] {
  let from = 0;
  return shapes.map(({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = tf.reshape(tf.slice(flat, [from], [size]), [...shape]);
    from += size;
    return part;
  });
}

function keepStatistics(statistics: Statistics): Statistics {
  for (const { mean, variance } of statistics.values()) for (const part of [mean, variance]) tf.keep(part);
  return statistics;
}

function disposeStatistics(statistics: Statistics): void {
  for (const { mean, variance } of statistics.values()) tf.dispose([mean, variance]);
}

function keepState(state: State): State {
  for (const part of [state.adam.weights, state.adam.first, state.adam.second, ...state.weights])
    tf.keep(part);
  keepStatistics(state.running);
  return state;
}

function disposeState(state: State): void {
  tf.dispose([state.adam.weights, state.adam.first, state.adam.second, ...state.weights]);
  disposeStatistics(state.running);
}

async function copyModel(
  architecture: Architecture,
  shapes: readonly Parameter[],
  state: State,
): Promise<Model> {
  const values = async (tensor: tf.Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());
  const weights = new Map<string, Float32Array>();
  for (const [at, { name }] of shapes.entries()) weights.set(name, await values(state.weights[at]!));
  const running = new Map<string, RunningValues>();
  for (const { name } of blocks(architecture)) {
    const { mean, variance } = state.running.get(name)!;
    running.set(name, { mean: await values(mean), variance: await values(variance) });
  }
  return { architecture, weights, running };
}
