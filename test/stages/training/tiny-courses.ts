// Trainings of a second, whose course PyTorch recorded: 21 images of stripes with noise, 14 to train on and 7 to validate on, in batches
// the last of which is short. recorded-courses.json is written by test/real/experiment/record-courses.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import type { ImagePairs } from '../../../stages/lib/training/set-trainer.ts';

const IMAGES = 21;
const PIXELS = 784;

/** Horizontal and vertical distance of the stripes of each class. */
const STRIPES = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 31],
] as const;

export const labels = Uint8Array.from({ length: IMAGES }, (_, image) => image % STRIPES.length);

/** Bytes, as the data sets have them. */
export const clean = Uint8Array.from({ length: IMAGES * PIXELS }, (_, at) => {
  const [image, x, y] = [Math.floor(at / PIXELS), at % 28, Math.floor((at % PIXELS) / 28)];
  const [right, down] = STRIPES[labels[image]!]!;
  return Math.min(255, 16 * Math.abs(((right * x + down * y + 8 * (image % 2)) % 32) - 16));
});

export const noisy = addNoise(
  Float32Array.from(clean, (value) => value / 255),
  0.5,
  42,
);

export const pairs: ImagePairs = { noisy, clean };

const indices = Uint32Array.from({ length: IMAGES }, (_, image) => image);

export const sides = {
  training: indices.filter((image) => image % 3 !== 0),
  validation: indices.filter((image) => image % 3 === 0),
};

/**
 * Rates and seeds are such that rounding moves no loss by more than 1 in 10,000. The first two stop before their last epoch, the U-Net
 * after a worse epoch, a better one, then two worse ones.
 */
export const models = {
  cdae: {
    architecture: { model: 'cdae', filters: [4, 8, 8], latentDim: 8 },
    seed: 4,
    batchSize: 4,
    learningRate: 0.005,
    schedule: 'constant',
    loss: 'mse',
    epochs: 10,
    patience: 2,
    /** Of the training without validation. */
    finalEpochs: 3,
  },
  unet: {
    architecture: { model: 'unet', filters: [4, 4, 4] },
    seed: 13,
    batchSize: 4,
    learningRate: 0.01,
    schedule: 'constant',
    loss: 'mse',
    epochs: 8,
    patience: 2,
    finalEpochs: 3,
  },
  cdae_ssim: {
    architecture: { model: 'cdae', filters: [4, 8, 8], latentDim: 8 },
    seed: 22,
    batchSize: 4,
    learningRate: 0.005,
    schedule: 'constant',
    loss: 'ssim',
    epochs: 5,
    patience: 2,
    finalEpochs: 3,
  },
  residual_unet: {
    architecture: { model: 'residual_unet', filters: [4, 4, 4] },
    seed: 5,
    batchSize: 4,
    learningRate: 0.002,
    schedule: 'cosine',
    loss: 'mixed',
    epochs: 5,
    patience: 2,
    finalEpochs: 3,
  },
  /** Layers that a GPU computes as products in tiles. */
  wide_cdae: {
    architecture: { model: 'cdae', filters: [16, 32, 64], latentDim: 32 },
    seed: 5,
    batchSize: 4,
    learningRate: 0.0005,
    schedule: 'constant',
    loss: 'mixed',
    epochs: 2,
    patience: 2,
    finalEpochs: 1,
  },
  wide_unet: {
    architecture: { model: 'unet', filters: [16, 32, 32] },
    seed: 5,
    batchSize: 4,
    learningRate: 0.001,
    schedule: 'cosine',
    loss: 'mixed',
    epochs: 2,
    patience: 2,
    finalEpochs: 1,
  },
} as const;

export type ModelName = keyof typeof models;
export const modelNames = Object.keys(models) as ModelName[];

export const classifier = { channels: [4, 4], seed: 5, batchSize: 4, learningRate: 0.01, epochs: 4 } as const;

export interface ModelCourse {
  readonly train_losses: readonly number[];
  readonly val_mses: readonly number[];
  readonly val_ssims: readonly number[];
  readonly best_epoch: number;
  /** The validation images as the model of the best epoch denoises them: every 97th pixel. */
  readonly denoised: readonly number[];
  /** Of the training on all images. */
  readonly final_train_losses: readonly number[];
  /** All images as its model denoises them: every 97th pixel. */
  readonly final_denoised: readonly number[];
}

export interface ClassifierCourse {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  /** Sum of each of its parameters. */
  readonly sums: { readonly [parameter: string]: number };
}

export interface Courses {
  readonly models: { readonly [name in keyof typeof models]: ModelCourse };
  readonly classifier: ClassifierCourse;
}

export const recordedFile = join(import.meta.dirname, 'recorded-courses.json');

export const readRecorded = (): Courses => JSON.parse(readFileSync(recordedFile, 'utf8')) as Courses;

/** Every 97th value: a few from each image, at other places. */
export const sampled = (values: Float32Array): number[] =>
  [...values.keys()].filter((at) => at % 97 === 0).map((at) => values[at]!);
