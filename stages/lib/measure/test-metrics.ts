// The output files of the stages that measure on the test set: the shapes of their JSON, and the names of their folders.
import type { Affine } from './affine-fit.ts';
import type { Quality } from './metrics.ts';

/** The compared methods, from the simplest on. The keys are those of the metrics files. */
export const METHODS = ['noisy', 'gaussian', 'gaussian_ssim', 'gaussian_affine', 'model'] as const;
export type Method = (typeof METHODS)[number];

/** Of the methods without learning. */
export type Filter = Quality & { readonly sigma: number };

/** baseline/noise…/metrics.json */
export interface Baseline {
  readonly images: number;
  readonly noisy: Quality;
  readonly gaussian: Filter;
  readonly gaussian_ssim: Filter;
  readonly gaussian_affine: Filter & Affine;
}

/** evaluate/noise…/metrics.json */
export interface Evaluation {
  readonly images: number;
  readonly model: Quality;
}

/** evaluate/noise…/classes.json: one of each class. */
export interface ClassQuality extends Quality {
  readonly class: number;
  readonly images: number;
}

/** baseline/noise…/classes.json: one of each class. */
export type BaselineClass = {
  readonly class: number;
  readonly images: number;
  readonly noisy: Quality;
  readonly gaussian: Quality;
  readonly gaussian_ssim: Quality;
  readonly gaussian_affine: Quality;
};

/** Shares of the digits that the classifier reads correctly. */
export type ReadingAccuracy = { readonly clean: number } & { readonly [method in Method]: number };

/** reading/noise…/metrics.json */
export interface Reading {
  readonly images: number;
  readonly reading_accuracy: ReadingAccuracy;
}

/** reading/noise…/classes.json: one of each class. */
export type ClassReading = ReadingAccuracy & { readonly class: number; readonly images: number };

/** classifier/classifier_metrics.json */
export interface ClassifierMetrics {
  readonly configuration: {
    readonly channels: readonly number[];
    readonly batch_size: number;
    readonly learning_rate: number;
    readonly epochs: number;
    readonly seed: number;
    readonly backend: string;
    readonly threads: number;
  };
  readonly parameters: number;
  readonly training_images: number;
  readonly train_losses: readonly number[];
  readonly train_accuracies: readonly number[];
}
