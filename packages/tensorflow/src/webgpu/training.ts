// A model in training on a GPU. Its numbers stay there: what goes there in a step are the indices of the batch's images and the
// learning rate, what comes back are losses, measures and, when asked for, the model.
import type { Pipelines } from './dispatches.ts';
import { upload, type ImagePairs } from './image-set.ts';
import {
  chunkFor,
  compileDenoiser,
  compileValidator,
  type Denoiser,
  type Measures,
  type Validator,
} from './inference.ts';
import type { AdamConstants } from './kernels/adam.ts';
import type { LossShares } from './kernels/losses.ts';
import { openMemory } from './memory.ts';
import { makeState, MEAN, VARIANCE, type ModelState, type ModelValues } from './model-state.ts';
import { normalisations, type Network } from './network.ts';
import { compileStep, type Step } from './step.ts';
import { startLosses } from './step-losses.ts';
import { take } from './vectors.ts';

export interface TrainingOptions {
  readonly loss: LossShares;
  readonly adam: AdamConstants;
  /** Sizes of batches to come: compiled with the first step. Others are compiled when they come. */
  readonly batches?: readonly number[];
  /** Images of the set that are measured at once, at most: compiled with the first step, too. */
  readonly measured?: number;
}

export interface StepNumbers {
  /** As Adam's numbers: the learning rate, and a factor for the squares, both corrected for means that started at zero. */
  readonly rate: number;
  readonly correction: number;
}

export interface GpuTraining {
  /**
   * One optimiser step on these images of the set. Waits only where the GPU is far behind.
   * @returns losses that came back since the last call, in the order of the steps: mean squared errors of batches
   */
  step(indices: ArrayLike<number>, numbers: StepNumbers): Promise<readonly number[]>;
  /** All losses that no step returned. */
  losses(): Promise<readonly number[]>;
  /** Denoises images of the set with the running statistics, and measures. */
  measure(indices: ArrayLike<number>): Promise<Measures>;
  /** Denoises any images with the running statistics. */
  denoise(noisy: Float32Array, indices: ArrayLike<number>): Promise<Float32Array>;
  values(): Promise<ModelValues>;
  dispose(): void;
}

export function startTraining(
  device: GPUDevice,
  pipelines: Pipelines,
  network: Network,
  start: ModelValues,
  images: ImagePairs,
  options: TrainingOptions,
): GpuTraining {
  const memory = openMemory(device);
  const state = makeState(device, memory, network, start);
  const [firsts, seconds] = ['first moments', 'second moments'].map((label) =>
    memory.bytes(state.parameters.size, label),
  ) as [GPUBuffer, GPUBuffer];
  const set = upload(device, memory, images, network.size ** 2);
  const losses = startLosses(memory);
  const steps = new Map<number, Promise<Step>>();
  const denoisers = new Map<number, Promise<Denoiser>>();
  let validator: { readonly most: number; readonly ready: Promise<Validator> } | undefined;

  const stepOf = (size: number): Promise<Step> =>
    remembered(steps, size, () =>
      compileStep(
        device,
        pipelines,
        memory,
        network,
        size,
        set,
        { state, firsts, seconds },
        losses,
        options.loss,
        options.adam,
      ),
    );
  const validatorFor = (most: number): Promise<Validator> => {
    if (validator === undefined || validator.most < most)
      validator = { most, ready: compileValidator(device, pipelines, memory, network, most, set, state) };
    return validator.ready;
  };
  let prepared: Promise<unknown> | undefined;
  const prepare = (): Promise<unknown> =>
    (prepared ??= Promise.all([
      ...(options.batches ?? []).map(stepOf),
      ...(options.measured === undefined ? [] : [validatorFor(options.measured)]),
    ]));

  return {
    step: async (indices, numbers) => {
      await prepare();
      (await stepOf(indices.length)).submit(indices, numbers);
      return losses.submitted();
    },
    losses: () => losses.rest(device),
    measure: async (indices) => (await validatorFor(indices.length)).measure(indices),
    denoise: async (noisy, indices) => {
      const chunk = chunkFor(indices.length);
      const denoiser = await remembered(denoisers, chunk, () =>
        compileDenoiser(device, pipelines, memory, network, chunk, state),
      );
      return denoiser.denoise(noisy, indices);
    },
    values: () => readValues(device, network, state),
    dispose: () => memory.dispose(),
  };
}

/** Denoises with a model as it is. */
export async function denoiseOnce(
  device: GPUDevice,
  pipelines: Pipelines,
  network: Network,
  model: ModelValues,
  noisy: Float32Array,
  indices: ArrayLike<number>,
): Promise<Float32Array> {
  const memory = openMemory(device);
  try {
    const state = makeState(device, memory, network, model);
    const chunk = chunkFor(indices.length);
    const denoiser = await compileDenoiser(device, pipelines, memory, network, chunk, state);
    return await denoiser.denoise(noisy, indices);
  } finally {
    memory.dispose();
  }
}

async function readValues(device: GPUDevice, network: Network, state: ModelState): Promise<ModelValues> {
  const [weights, running] = await Promise.all([
    read(device, state.weights, state.parameters.size),
    read(device, state.running, state.statistics.size),
  ]);
  return {
    weights: new Map(network.parameters.map(({ name }) => [name, take(state.parameters, weights, name)])),
    running: new Map(
      normalisations(network).map(({ name }) => [
        name,
        {
          mean: take(state.statistics, running, name + MEAN),
          variance: take(state.statistics, running, name + VARIANCE),
        },
      ]),
    ),
  };
}

/** A copy of a whole buffer. */
async function read(device: GPUDevice, buffer: GPUBuffer, size: number): Promise<Float32Array> {
  const memory = openMemory(device);
  try {
    const readable = memory.readable(size, 'copy');
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, readable, 0, size);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    return new Float32Array(readable.getMappedRange()).slice();
  } finally {
    memory.dispose();
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
