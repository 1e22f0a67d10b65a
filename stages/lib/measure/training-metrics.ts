// The metrics file of a training run, `fold_X_training_metrics.json`, and the names of its other outputs.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StageError } from '../stage/fail.ts';
import { readJson } from '../stage/files.ts';
import type { Architecture } from '../model/architecture.ts';

/** Values of the parameter `loss`: what a training minimises. */
export const LOSSES = ['mse', 'ssim', 'mixed'] as const;
export type Loss = (typeof LOSSES)[number];

/** Values of the parameter `learning_rate_schedule`. */
export const SCHEDULES = ['constant', 'cosine'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

/** Every parameter that decides a configuration; the folds of one configuration share it. */
export type Configuration = {
  readonly model: Architecture['model'];
  readonly noise_level: number;
  readonly latent_dim: number;
  readonly filters: readonly number[];
  readonly learning_rate: number;
  readonly learning_rate_schedule: ScheduleName;
  readonly loss: Loss;
  /** Training images that are used; the validation images are always the whole fold. */
  readonly train_on: number | 'all';
  readonly batch_size: number;
  readonly epochs: number;
  readonly early_stopping_patience: number;
  readonly seed: number;
  readonly noise_seed: number;
  readonly backend: string;
  readonly threads: number;
};

export interface TrainingMetrics {
  readonly fold: number;
  readonly configuration: Configuration;
  /** The noise level as it was spelled, for the names of files. */
  readonly noise_name: string;
  readonly parameters: number;
  readonly training_images: number;
  readonly validation_images: number;
  /** One value per epoch. */
  readonly train_losses: readonly number[];
  readonly val_losses: readonly number[];
  readonly val_mses: readonly number[];
  readonly val_ssims: readonly number[];
  /** Counted from 1. */
  readonly best_epoch: number;
  readonly best_val_loss: number;
}

export interface Run extends TrainingMetrics {
  /** Name of the configuration, whose folds share a folder. */
  readonly name: string;
  readonly folder: string;
}

export function metricsFile(folder: string, fold: number): string {
  return join(folder, `fold_${fold}_training_metrics.json`);
}

export function modelFile(folder: string, fold: number): string {
  return join(folder, `model_fold_${fold}.safetensors`);
}

/** The same model in TensorFlow.js' layers format. */
export function layersFolder(folder: string, fold: number): string {
  return join(folder, `model_fold_${fold}`);
}

const METRICS_FILE = /^fold_\d+_training_metrics\.json$/;

/** All runs at any depth below a folder, in the order of their names. @throws StageError where there are none */
export function readRuns(folder: string): readonly Run[] {
  const runs = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && METRICS_FILE.test(entry.name))
    .map(({ parentPath, name }): Run => {
      const metrics = readJson(join(parentPath, name)) as TrainingMetrics;
      return { ...metrics, name: basename(parentPath), folder: parentPath };
    })
    .toSorted((a, b) => byName(a.folder, b.folder) || a.fold - b.fold);
  if (runs.length === 0) throw new StageError(`${folder} holds no training runs`);
  return runs;
}

/** Numbers in names count as numbers: 64 before 128. */
export function byName(a: string, b: string): number {
  return COLLATOR.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

const COLLATOR = new Intl.Collator('en', { numeric: true });
