// The stages one after the other on forty digits, run by their programs as the pipeline would.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawDigits } from '../../stages/lib/data/digits/draw.ts';
import { SOURCE_FILES } from '../../stages/lib/data/download/sources.ts';
import { encodeIdx } from '../../stages/lib/data/idx.ts';
import { addNoise } from '../../stages/lib/data/noise.ts';
import { passes, type FlagTexts } from './run-stage.ts';

export const LEVEL = 0.4;
/** Of a fold's 20 training images. */
export const TRAIN_ON = 14;
/** With the first one, one fold's best epoch is not its last, and the mean of the two is rounded. */
export const RATES = [0.15, 0.001] as const;
export const FOLDS = [0, 1] as const;
export const backend = { backend: 'wasm', threads: 1 } as const;
/** Of all files; to be removed by the caller. */
export const root = mkdtempSync(join(tmpdir(), 'pipe-chain-'));

export const inRoot = (path: string): string => join(root, path);
export const json = (path: string): unknown => JSON.parse(readFileSync(inRoot(path), 'utf8')) as unknown;

interface Digits {
  readonly clean: Float32Array;
  readonly labels: Uint8Array;
}

/** Writes a part of the data set. */
function digits(part: 'train' | 'test', count: number): Digits {
  const { images, labels } = drawDigits(count, 3, part);
  writeFileSync(inRoot(`${part}-images`), encodeIdx({ shape: [count, 28, 28], values: images }));
  writeFileSync(inRoot(`${part}-labels`), encodeIdx({ shape: [count], values: labels }));
  return { clean: Float32Array.from(images, (value) => value / 255), labels };
}

export const train = digits('train', 40);
export const tested = digits('test', 20);
export const trainNoisy = addNoise(train.clean, LEVEL, 11);
export const testNoisy = addNoise(tested.clean, LEVEL, 12);

const folderOf = (rate: number): string => `train/${rate}`;
export const trainFlags = (rate: number, fold: number): FlagTexts => ({
  images: 'train-images',
  noisy: 'noisy/train_noise0.4.npy',
  splits: 'splits.csv',
  fold,
  noise_level: LEVEL,
  noise_seed: 11,
  seed: 5,
  model: 'cdae',
  latent_dim: 6,
  filters: [2, 3, 4],
  batch_size: 12,
  learning_rate: rate,
  learning_rate_schedule: 'cosine',
  loss: 'mixed',
  train_on: TRAIN_ON,
  epochs: 5,
  early_stopping_patience: 2,
  ...backend,
  out: folderOf(rate),
  timings: `timings/train/${rate}-${fold}.json`,
  live: `live/${rate}-${fold}.jsonl`,
});
export const testFlags = {
  images: 'test-images',
  labels: 'test-labels',
  noisy: 'noisy/test_noise0.4.npy',
  noise_level: LEVEL,
} as const;
export const classifierFlags = {
  images: 'train-images',
  labels: 'train-labels',
  channels: [2, 3],
  batch_size: 8,
  learning_rate: 0.01,
  epochs: 20,
  seed: 5,
} as const;
export const finalModel = 'retrain/noise0.4/model_final.safetensors';
export const finalModels = 'retrain/noise0.4/seeds';
/** What the rivals are tuned over. */
export const candidates = {
  filter_sigmas: [0.4, 0.6, 0.8, 1, 1.3],
  median_windows: [3, 5],
  tv_weights: [0.1, 0.3],
  nlm_patches: [3],
  nlm_distance: 3,
  nlm_strengths: [0.4, 0.8],
  nlm_sigmas: [0, 0.7],
  linear_window: 3,
};
export const results = {
  selection: 'select',
  evaluations: 'evaluate',
  baselines: 'baseline',
  readings: 'reading',
} as const;

export const trackFlags = {
  experiment: 'tiny_cv',
  model: 'tiny',
  dataset: 'digits',
  mirrors: ['http://127.0.0.1/mnist/'],
  seed: 3,
  data: 'dataset',
  root: 'Data/tiny/',
  runs: 'train',
  models: 'retrain',
  timings: 'timings',
  classifier: 'classifier',
  packages: 'mlflow',
  out: 'tracking.jsonl',
  ...results,
  results: ['tables', 'select'],
} as const;

/** What the trainings, by rate and fold, and the selection print. */
export const printed = new Map<string, string>();

const run = (stage: string, flags: FlagTexts): Promise<string> => passes(root, stage, flags);

/** Runs every stage; side by side those that do not need each other. */
export async function runChain(): Promise<void> {
  await Promise.all([
    run('split', { labels: 'train-labels', n_splits: 2, seed: 9, out: 'splits.csv' }),
    run('noise', {
      images: 'train-images',
      noise_level: LEVEL,
      noise_seed: 11,
      out: 'noisy/train_noise0.4.npy',
    }),
  ]);
  for (const rate of RATES)
    await Promise.all(
      FOLDS.map(async (fold) => printed.set(`${rate}/${fold}`, await run('train', trainFlags(rate, fold)))),
    );
  printed.set('select', await run('select', { runs: 'train', rule: 'lowest', out: 'select' }));
  const selection = 'select/selection_noise0.4.json';
  await Promise.all([
    run('noise_test', {
      selection,
      images: 'test-images',
      noise_level: LEVEL,
      noise_seed: 11,
      out: 'noisy/test_noise0.4.npy',
    }),
    run('retrain', {
      selection,
      images: 'train-images',
      noisy: 'noisy/train_noise0.4.npy',
      noise_level: LEVEL,
      final_seeds: 2,
      ...backend,
      out: 'retrain/noise0.4',
      timings: 'timings/retrain/noise0.4.json',
    }),
    run('classifier', {
      ...classifierFlags,
      ...backend,
      out: 'classifier',
    }),
  ]);
  await Promise.all([
    run('evaluate', {
      models: finalModels,
      runs: 'train',
      ...testFlags,
      ...backend,
      out: 'evaluate/noise0.4',
      timings: 'timings/evaluate/noise0.4.json',
    }),
    run('baseline', {
      train_images: 'train-images',
      train_noisy: 'noisy/train_noise0.4.npy',
      ...testFlags,
      tuning_images: 15,
      ...candidates,
      out: 'baseline/noise0.4',
      timings: 'timings/baseline/noise0.4.json',
    }),
  ]);
  await run('reading', {
    classifier: 'classifier/classifier.safetensors',
    models: finalModels,
    filters: 'baseline/noise0.4/filters.json',
    ...testFlags,
    ...backend,
    out: 'reading/noise0.4',
  });
  await Promise.all([
    run('best_model', {
      selection: 'select/selection_overall.json',
      models: 'retrain',
      out: 'best.safetensors',
    }),
    run('tables', { ...results, out: 'tables' }),
  ]);
  await run('report', {
    ...results,
    dataset: 'digits',
    runs: 'train',
    retrain: 'retrain',
    classifier: 'classifier',
    tables: 'tables',
    figures: 'figures',
    draw: 'draw.html',
    timings: 'timings',
    images: 'test-images',
    labels: 'test-labels',
    noisy: 'noisy',
    fingerprints: ['best.safetensors', 'splits.csv'],
    out: 'report',
  });
  for (const part of ['train', 'test'] as const)
    for (const [kind, name] of [
      ['images', SOURCE_FILES[part][0].name],
      ['labels', SOURCE_FILES[part][1].name],
    ] as const) {
      mkdirSync(inRoot(`dataset/${part}`), { recursive: true });
      copyFileSync(inRoot(`${part}-${kind}`), inRoot(`dataset/${part}/${name}`));
    }
  await run('track', trackFlags);
}
