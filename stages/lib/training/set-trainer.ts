// A model in training on a set of images, which a GPU keeps: what is asked for names images by their indices. Without a GPU, batches are
// gathered and trained on the active backend of TensorFlow.js.
import { activeGpu, type Gpu } from '@pipe-engine/tensorflow/layers';
import { gather, SIZE } from '../data/images.ts';
import { meanSquaredError } from '../measure/metrics.ts';
import { mean } from '../measure/spread.ts';
import { meanSsim } from '../measure/ssim.ts';
import { blocks, parameters, type Architecture } from '../model/architecture.ts';
import type { Model } from '../model/model.ts';
import { networkOf } from '../model/network.ts';
import { startValues } from '../model/parameters.ts';
import { ADAM, adamNumbers } from './adam.ts';
import { lossShares } from './loss.ts';
import { startTrainer, type Trainer, type TrainerOptions } from './trainer.ts';

export interface ImagePairs {
  /** [n × 784], values 0 … 1 */
  readonly noisy: Float32Array;
  /** Or bytes 0 … 255. */
  readonly clean: Float32Array | Uint8Array;
}

export interface SetTrainer extends Pick<Trainer, 'denoise' | 'snapshot' | 'dispose'> {
  /**
   * One optimiser step on these images.
   * @returns mean squared errors of batches, each before its step, that have become known since the last call: in the order of the
   * steps, not always up to this one
   */
  step(indices: Uint32Array, learningRate: number): Promise<readonly number[]>;
  /** Those of all steps so far that were not returned yet. */
  losses(): Promise<readonly number[]>;
  /** How well the model as it is denoises these images: means over them. */
  validate(indices: Uint32Array): Promise<{ readonly mse: number; readonly ssim: number }>;
}

export interface SetTrainerOptions extends TrainerOptions {
  /** Sizes of the batches to come. */
  readonly batches?: readonly number[];
  /** Images to validate on. */
  readonly validation?: number;
}

export function startSetTrainer(
  architecture: Architecture,
  seed: number,
  images: ImagePairs,
  options: SetTrainerOptions = {},
): SetTrainer {
  const gpu = activeGpu();
  return gpu === undefined
    ? withBatches(startTrainer(architecture, seed, options), images)
    : onGpu(gpu, architecture, seed, images, options);
}

function withBatches(trainer: Trainer, { noisy, clean }: ImagePairs): SetTrainer {
  return {
    denoise: (...images) => trainer.denoise(...images),
    snapshot: () => trainer.snapshot(),
    dispose: () => trainer.dispose(),
    step: async (indices, learningRate) => [
      await trainer.step({ noisy: gather(noisy, indices), clean: gather(clean, indices) }, learningRate),
    ],
    losses: () => Promise.resolve([]),
    validate: async (indices) => {
      const [denoised, expected] = [await trainer.denoise(noisy, indices), gather(clean, indices)];
      return { mse: meanSquaredError(denoised, expected), ssim: meanSsim(denoised, expected, SIZE) };
    },
  };
}

function onGpu(
  gpu: Gpu,
  architecture: Architecture,
  seed: number,
  images: ImagePairs,
  { loss = 'mse', from, batches, validation }: SetTrainerOptions,
): SetTrainer {
  const shapes = parameters(architecture);
  const training = gpu.train(
    networkOf(architecture),
    {
      weights: from?.weights ?? new Map(shapes.map((shape) => [shape.name, startValues(shape, seed)])),
      running: from?.running ?? new Map(blocks(architecture).map(({ name, cout }) => [name, firstOf(cout)])),
    },
    images,
    {
      loss: lossShares(loss),
      adam: ADAM,
      ...(batches !== undefined && { batches }),
      ...(validation !== undefined && { measured: validation }),
    },
  );
  let steps = 0;
  return {
    denoise: (...images) => training.denoise(...images),
    dispose: () => training.dispose(),
    losses: () => training.losses(),
    step: (indices, learningRate) => training.step(indices, adamNumbers(++steps, learningRate)),
    validate: async (indices) => {
      const { squaredErrors, similarities } = await training.measure(indices);
      return { mse: mean([...squaredErrors]), ssim: mean([...similarities]) };
    },
    snapshot: async () => ({ architecture, ...(await training.values()) }) satisfies Model,
  };
}

const firstOf = (channels: number): { mean: Float32Array; variance: Float32Array } => ({
  mean: new Float32Array(channels),
  variance: new Float32Array(channels).fill(1),
});
