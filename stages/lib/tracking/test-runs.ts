// What was measured on the test set as runs of a tracking record: the final model of each noise level, and what one gets
// without learning.
import { join } from 'node:path';
import type { RecordedRun } from '@pipe-engine/mlflow/record';
import type { Affine } from '../affine-fit.ts';
import { readJson } from '../files.ts';
import type { Quality } from '../metrics.ts';
import type { Configuration } from '../training-metrics.ts';
import { artifact } from './artifacts.ts';
import { keyPart } from './names.ts';
import { readTimes } from './times.ts';
import { fingerprint, history, means, params, single } from './values.ts';

export interface LevelSources {
  /** As it was spelled: `0.3`. */
  readonly level: string;
  /** Folders of this level. */
  readonly model: string;
  readonly evaluation: string;
  readonly baseline: string;
  readonly timings: string;
  readonly context: Readonly<Record<string, string>>;
}

type Filter = Quality & { readonly sigma: number };

interface Baseline {
  readonly images: number;
  readonly noisy: Quality;
  readonly gaussian: Filter;
  readonly gaussian_ssim: Filter;
  readonly gaussian_affine: Filter & Affine;
}

interface FinalMetrics {
  readonly configuration: Configuration;
  readonly name: string;
  readonly optimiser_steps: number;
  readonly train_losses: readonly number[];
}

/** Of a final model the folder in its run that the model registry takes. */
export const MODEL_FOLDER = 'model';

export const finalKey = (level: string): string => `retrain/noise${keyPart(level)}`;

export function finalRun(sources: LevelSources): RecordedRun {
  const { level, model, evaluation, context } = sources;
  const metrics = join(model, 'final_training_metrics.json');
  const { configuration, name, optimiser_steps, train_losses } = readJson(metrics) as FinalMetrics;
  const test = readJson(join(evaluation, 'metrics.json')) as { model: Quality; images: number };
  const times = readTimes(sources.timings);
  const artifacts = [
    artifact(join(model, 'model_final.safetensors'), MODEL_FOLDER),
    artifact(metrics),
    artifact(join(model, 'architecture.svg')),
    ...['metrics.json', 'classes.json', 'samples.npy', 'samples.png'].map((file) =>
      artifact(join(evaluation, file), 'test'),
    ),
  ];
  const parameters = params(configuration);
  return {
    key: finalKey(level),
    name: `final_noise${level}`,
    status: 'FINISHED',
    start: times.started,
    end: times.ended,
    params: parameters,
    tags: {
      stage: 'retrain',
      configuration: name,
      fingerprint: fingerprint(parameters, artifacts),
      ...means(configuration),
    },
    context,
    metrics: {
      train_loss: history(train_losses, times.epoch_ends),
      ...single(
        {
          ...prefixed('test_', test.model),
          optimiser_steps,
          test_images: test.images,
          seconds: times.seconds,
        },
        times.ended,
      ),
    },
    artifacts,
  };
}

/** @param time of the run, since a baseline has none of its own: nothing is trained */
export function baselineRun({ level, baseline, context }: LevelSources, time: number): RecordedRun {
  const file = join(baseline, 'metrics.json');
  const { images, noisy, ...filters } = readJson(file) as Baseline;
  const samples = ['gaussian', 'gaussian_affine'].map((name) =>
    artifact(join(baseline, `${name}_samples.npy`), 'test'),
  );
  const artifacts = [artifact(file), artifact(join(baseline, 'tuning.json')), ...samples];
  const { a, b } = filters.gaussian_affine;
  const parameters = params({
    noise_level: level,
    gaussian_sigma: filters.gaussian.sigma,
    gaussian_ssim_sigma: filters.gaussian_ssim.sigma,
    gaussian_affine_sigma: filters.gaussian_affine.sigma,
    gaussian_affine_a: a,
    gaussian_affine_b: b,
  });
  const values = {
    ...measures('noisy', noisy),
    ...measures('gaussian', filters.gaussian),
    ...measures('gaussian_ssim', filters.gaussian_ssim),
    ...measures('gaussian_affine', filters.gaussian_affine),
  };
  return {
    key: `baseline/noise${keyPart(level)}`,
    name: `baseline_noise${level}`,
    status: 'FINISHED',
    start: time,
    end: time,
    undated: true,
    params: parameters,
    tags: { stage: 'baseline', fingerprint: fingerprint(parameters, artifacts) },
    context,
    metrics: single({ ...values, test_images: images }, time),
    artifacts,
  };
}

/** Under names such as gaussian_test_mse. */
function measures(what: string, { mse, ssim, psnr, pixel_accuracy }: Quality): Record<string, number> {
  return prefixed(`${what}_test_`, { mse, ssim, psnr, pixel_accuracy });
}

const prefixed = (prefix: string, values: object): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value as number]));
