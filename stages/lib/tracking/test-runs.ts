// The measurements on the test set as runs of a tracking record: the final model of each noise level, the methods without learning, and
// the classifier that reads the digits of both.
import { join } from 'node:path';
import type { DatasetInput, RecordedRun } from '@pipe-engine/mlflow/record';
import { readJson } from '../stage/files.ts';
import type { Quality } from '../measure/metrics.ts';
import { RIVAL_METHODS, type RivalMethod, settingsText } from '../rivals/rivals.ts';
import type {
  Baseline,
  ClassifierMetrics,
  Evaluation,
  Filters,
  Reading,
  ReadingAccuracy,
} from '../measure/test-metrics.ts';
import type { Configuration } from '../measure/training-metrics.ts';
import { artifact } from './artifacts.ts';
import { keyPart } from './names.ts';
import type { DataSets } from './data-sets.ts';
import { settings } from './descriptions.ts';
import { packageModel } from './model-package.ts';
import { readTimes } from './times.ts';
import { fingerprint, history, means, params, single, systemHistory } from './values.ts';

export interface LevelSources {
  /** As it was spelled: `0.3`. */
  readonly level: string;
  /** Folders of this level. */
  readonly model: string;
  readonly evaluation: string;
  readonly baseline: string;
  readonly reading: string;
  readonly timings: string;
  /** To write the files of a registered model into. */
  readonly packaged: string;
  readonly data: DataSets;
  readonly context: Readonly<Record<string, string>>;
}

interface FinalMetrics {
  readonly configuration: Configuration;
  readonly name: string;
  readonly optimiser_steps: number;
  readonly train_losses: readonly number[];
}

export const finalKey = (level: string): string => `retrain/noise${keyPart(level)}`;

export function finalRun(sources: LevelSources): RecordedRun {
  const { level, model, evaluation, reading, context } = sources;
  const metrics = join(model, 'final_training_metrics.json');
  const { configuration, name, optimiser_steps, train_losses } = readJson(metrics) as FinalMetrics;
  const test = readJson(join(evaluation, 'metrics.json')) as Evaluation;
  const { reading_accuracy: read, model_std: readStd } = readJson(join(reading, 'metrics.json')) as Reading;
  const times = readTimes(sources.timings);
  const artifacts = [
    ...packageModel(sources.packaged, {
      model,
      noisy: join(sources.baseline, 'samples', 'noisy.npy'),
      metadata: { ...params(configuration), configuration: name },
      made: times.ended,
    }),
    artifact(metrics),
    artifact(join(model, 'architecture.svg')),
    ...['metrics.json', 'classes.json', 'samples.npy', 'samples.png'].map((file) =>
      artifact(join(evaluation, file), 'test'),
    ),
    ...['metrics.json', 'classes.json', 'readings.csv'].map((file) =>
      artifact(join(reading, file), 'reading'),
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
      ...systemHistory(times.system, times.epoch_ends),
      ...single(
        {
          ...prefixed('test_', test.model),
          ...prefixed('test_', suffixed(test.model_std)),
          test_reading_accuracy: read.model,
          test_reading_accuracy_std: readStd,
          final_seeds: test.seeds.length,
          optimiser_steps,
          test_images: test.images,
          seconds: times.seconds,
        },
        times.ended,
      ),
    },
    artifacts,
    inputs: [sources.data.training, sources.data.testing],
    description: `The configuration ${name}, chosen at σ ${level}, trained on all images.\n\n${settings(configuration)}`,
  };
}

/** @param time of the run, since a baseline has none of its own: nothing is trained */
export function baselineRun(sources: LevelSources, time: number): RecordedRun {
  const { level, baseline, reading, context, data } = sources;
  const file = join(baseline, 'metrics.json');
  const { images, ...rivals } = readJson(file) as Baseline;
  const filters = readJson(join(baseline, 'filters.json')) as Filters;
  const { reading_accuracy: read } = readJson(join(reading, 'metrics.json')) as Reading;
  const samples = RIVAL_METHODS.map((name) => artifact(join(baseline, 'samples', `${name}.npy`), 'test'));
  const others = ['filters.json', 'tuning.json', 'classes.json'].map((name) =>
    artifact(join(baseline, name)),
  );
  const artifacts = [artifact(file), ...others, ...samples];
  const tuned = RIVAL_METHODS.flatMap((method) => {
    const text = settingsText(filters[method].filter);
    return text === '' ? [] : [[method, text]];
  });
  const parameters = params({ noise_level: level, ...Object.fromEntries(tuned) });
  const values = {
    ...Object.assign({}, ...RIVAL_METHODS.map((method) => measures(method, rivals[method], read))),
    clean_test_reading_accuracy: read.clean,
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
    inputs: [data.training, data.testing],
    description: `Methods without a network at σ ${level}, tuned on training images.\n\n${settings(parameters)}`,
  };
}

/** Under names such as gaussian_test_mse. */
function measures(
  what: RivalMethod,
  { mse, ssim, psnr, pixel_accuracy }: Quality,
  read: ReadingAccuracy,
): Record<string, number> {
  return prefixed(`${what}_test_`, { mse, ssim, psnr, pixel_accuracy, reading_accuracy: read[what] });
}

/**
 * What reads the digits; it was trained on clean training images.
 * @param folder of the classifier @param data that it was trained on
 * @param time of the run, which has none of its own: when it was trained is nowhere recorded
 */
export function classifierRun(
  folder: string,
  data: DatasetInput,
  context: LevelSources['context'],
  time: number,
): RecordedRun {
  const file = join(folder, 'classifier_metrics.json');
  const { configuration, ...found } = readJson(file) as ClassifierMetrics;
  const artifacts = [artifact(join(folder, 'classifier.safetensors')), artifact(file)];
  const parameters = params(configuration);
  const times = found.train_losses.map(() => time);
  return {
    key: 'classifier',
    name: 'classifier',
    status: 'FINISHED',
    start: time,
    end: time,
    undated: true,
    params: parameters,
    tags: {
      stage: 'classifier',
      fingerprint: fingerprint(parameters, artifacts),
      ...means(configuration),
    },
    context,
    metrics: {
      train_loss: history(found.train_losses, times),
      train_accuracy: history(found.train_accuracies, times),
    },
    artifacts,
    inputs: [data],
    description: `The classifier that reads the digits.\n\n${settings(configuration)}`,
  };
}

const prefixed = (prefix: string, values: object): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value as number]));

const suffixed = (values: object): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}_std`, value as number]));
