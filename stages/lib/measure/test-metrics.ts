// The output files of the stages that measure on the test set: the shapes of their JSON, and the names of their folders.
import { RIVAL_METHODS, type RivalMethod, type TunedFilter } from '../rivals/rivals.ts';
import type { Quality } from './metrics.ts';

/** The compared methods, from the simplest on. The keys are those of the metrics files. */
export const METHODS = [...RIVAL_METHODS, 'model'] as const;
export type Method = RivalMethod | 'model';

/** baseline/noise…/metrics.json */
export type Baseline = { readonly images: number } & { readonly [method in RivalMethod]: Quality };

/** baseline/noise…/filters.json */
export type Filters = { readonly [method in RivalMethod]: TunedFilter };

/** evaluate/noise…/metrics.json */
export interface Evaluation {
  readonly images: number;
  /** Means over the final models, one for each seed. */
  readonly model: Quality;
  /** Standard deviations over them, as NumPy's default, over n. */
  readonly model_std: Quality;
  readonly seeds: readonly (Quality & { readonly seed: number })[];
}

/** evaluate/noise…/classes.json: one of each class. */
export interface ClassQuality extends Quality {
  readonly class: number;
  readonly images: number;
}

/** baseline/noise…/classes.json: one of each class. */
export type BaselineClass = { readonly class: number; readonly images: number } & {
  readonly [method in RivalMethod]: Quality;
};

/** Shares of the digits that the classifier reads correctly. */
export type ReadingAccuracy = { readonly clean: number } & { readonly [method in Method]: number };

/** reading/noise…/metrics.json. `model` is the mean over the final models, one for each seed. */
export interface Reading {
  readonly images: number;
  readonly reading_accuracy: ReadingAccuracy;
  readonly model_std: number;
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
