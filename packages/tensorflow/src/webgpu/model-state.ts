// What a model in training consists of on the GPU: its parameters as one vector, and the running statistics.
import type { Binding } from './dispatches.ts';
import type { Memory } from './memory.ts';
import { normalisations, sizeOf, type Network } from './network.ts';
import { join, layOut, type Layout } from './vectors.ts';

export interface RunningValues {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** The numbers of a model, outside of the GPU. */
export interface ModelValues {
  /** By the name of the parameter. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** By the name of the normalisation. */
  readonly running: ReadonlyMap<string, RunningValues>;
}

export interface ModelState {
  readonly parameters: Layout;
  readonly statistics: Layout;
  readonly weights: GPUBuffer;
  readonly running: GPUBuffer;
  /** Zero, or what Adam marks a weight with that is no number. */
  readonly mark: GPUBuffer;
  weight(name: string): Binding;
  /** Mean and variance of a normalisation. */
  mean(name: string): Binding;
  variance(name: string): Binding;
}

export const MEAN = '.mean';
export const VARIANCE = '.variance';

export function layoutsOf(network: Network): { readonly parameters: Layout; readonly statistics: Layout } {
  return {
    parameters: layOut(network.parameters.map(({ name, shape }) => [name, sizeOf(shape)])),
    statistics: layOut(
      normalisations(network).flatMap(({ name, channels }) => [
        [name + MEAN, channels],
        [name + VARIANCE, channels],
      ]),
    ),
  };
}

export function makeState(
  device: GPUDevice,
  memory: Memory,
  network: Network,
  { weights, running }: ModelValues,
): ModelState {
  const { parameters, statistics } = layoutsOf(network);
  const state = {
    parameters,
    statistics,
    weights: memory.bytes(parameters.size, 'weights'),
    running: memory.bytes(statistics.size, 'running statistics'),
    mark: memory.bytes(4, 'mark'),
    weight: (name: string) => partOf(parameters, state.weights, name),
    mean: (name: string) => partOf(statistics, state.running, name + MEAN),
    variance: (name: string) => partOf(statistics, state.running, name + VARIANCE),
  };
  device.queue.writeBuffer(
    state.weights,
    0,
    join(parameters, (name) => weights.get(name)!),
  );
  const numbers = new Map(
    [...running].flatMap(([name, { mean, variance }]): [string, Float32Array][] => [
      [name + MEAN, mean],
      [name + VARIANCE, variance],
    ]),
  );
  device.queue.writeBuffer(
    state.running,
    0,
    join(statistics, (name) => numbers.get(name)!),
  );
  return state;
}

export function partOf({ places }: Layout, buffer: GPUBuffer, name: string): Binding {
  return { buffer, ...places.get(name)! };
}
