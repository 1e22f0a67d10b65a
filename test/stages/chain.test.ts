// The stages one after the other on forty digits: each of their numbers is that of the files it names, computed here again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseRecord } from '@pipe-engine/mlflow';
import { readFold } from '../../stages/lib/data/cv-splits.ts';
import { drawDigits } from '../../stages/lib/data/digits/draw.ts';
import { encodeIdx } from '../../stages/lib/data/idx.ts';
import { gather } from '../../stages/lib/data/images.ts';
import { addNoise } from '../../stages/lib/data/noise.ts';
import { readNpy } from '../../stages/lib/data/npy.ts';
import { applyAffine, type Affine } from '../../stages/lib/measure/affine-fit.ts';
import { gaussianFilter } from '../../stages/lib/measure/gaussian-filter.ts';
import { meanSquaredError, quality, squaredErrorPerPixel } from '../../stages/lib/measure/metrics.ts';
import type { Ranked } from '../../stages/lib/measure/selection.ts';
import { meanSsim } from '../../stages/lib/measure/ssim.ts';
import type { Baseline, Reading } from '../../stages/lib/measure/test-metrics.ts';
import type { TrainingMetrics } from '../../stages/lib/measure/training-metrics.ts';
import { readNetwork } from '../../stages/lib/model/classifier-file.ts';
import { readDigits, readingAccuracy } from '../../stages/lib/model/classifier.ts';
import { readModel } from '../../stages/lib/model/model-file.ts';
import { allOf, denoise } from '../../stages/lib/model/model.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { fitAll, fitValidated } from '../../stages/lib/training/fit.ts';
import type { Timings } from '../../stages/lib/training/timings.ts';
import { fails, passes, type FlagTexts } from './run-stage.ts';

const LEVEL = 0.4;
const RATES = [0.02, 0.001] as const;
const FOLDS = [0, 1] as const;
const backend = { backend: 'wasm', threads: 1 } as const;
const root = mkdtempSync(join(tmpdir(), 'pipe-chain-'));
after(() => rmSync(root, { recursive: true, force: true }));

const inRoot = (path: string): string => join(root, path);
const json = <T>(path: string): T => JSON.parse(readFileSync(inRoot(path), 'utf8')) as T;

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

const train = digits('train', 40);
const tested = digits('test', 20);
const trainNoisy = addNoise(train.clean, LEVEL, 11);
const testNoisy = addNoise(tested.clean, LEVEL, 12);

const folderOf = (rate: number): string => `train/${rate}`;
const trainFlags = (rate: number, fold: number): FlagTexts => ({
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
  batch_size: 8,
  learning_rate: rate,
  epochs: 4,
  early_stopping_patience: 2,
  ...backend,
  out: folderOf(rate),
  timings: `timings/train/${rate}-${fold}.json`,
  live: `live/${rate}-${fold}.jsonl`,
});
const testFlags = {
  images: 'test-images',
  labels: 'test-labels',
  noisy: 'noisy/test_noise0.4.npy',
  noise_level: LEVEL,
} as const;
const finalModel = 'retrain/noise0.4/model_final.safetensors';
const results = {
  selection: 'select',
  evaluations: 'evaluate',
  baselines: 'baseline',
  readings: 'reading',
} as const;

const run = (stage: string, flags: FlagTexts): Promise<string> => passes(root, stage, flags);

before(async () => {
  await Promise.all([
    useBackend('wasm', 1),
    run('split', { labels: 'train-labels', n_splits: 2, seed: 9, out: 'splits.csv' }),
    run('noise', {
      images: 'train-images',
      noise_level: LEVEL,
      noise_seed: 11,
      out: 'noisy/train_noise0.4.npy',
    }),
  ]);
  for (const rate of RATES) await Promise.all(FOLDS.map((fold) => run('train', trainFlags(rate, fold))));
  await run('select', { runs: 'train', out: 'select' });
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
      ...backend,
      out: 'retrain/noise0.4',
      timings: 'timings/retrain/noise0.4.json',
    }),
    run('classifier', {
      images: 'train-images',
      labels: 'train-labels',
      channels: [2, 3],
      batch_size: 8,
      learning_rate: 0.01,
      epochs: 3,
      seed: 5,
      ...backend,
      out: 'classifier',
    }),
  ]);
  await Promise.all([
    run('evaluate', { model: finalModel, runs: 'train', ...testFlags, ...backend, out: 'evaluate/noise0.4' }),
    run('baseline', {
      train_images: 'train-images',
      train_noisy: 'noisy/train_noise0.4.npy',
      ...testFlags,
      tuning_images: 15,
      filter_sigmas: [0.4, 0.6, 0.8, 1, 1.3],
      out: 'baseline/noise0.4',
    }),
  ]);
  await run('reading', {
    classifier: 'classifier/classifier.safetensors',
    model: finalModel,
    baseline: 'baseline/noise0.4/metrics.json',
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
    run('track', {
      root: 'Data/tiny/',
      runs: 'train',
      models: 'retrain',
      timings: 'timings',
      ...results,
      selection: 'select/selection_overall.json',
      classifier: 'classifier',
      out: 'tracking.jsonl',
    }),
  ]);
});

test('the noise of the test images has the seed after that of the training images', () => {
  assert.deepEqual(readNpy(inRoot('noisy/train_noise0.4.npy')), { shape: [40, 28, 28], values: trainNoisy });
  assert.deepEqual(readNpy(inRoot('noisy/test_noise0.4.npy')), { shape: [20, 28, 28], values: testNoisy });
});

for (const rate of RATES)
  for (const fold of FOLDS)
    test(`training of rate ${rate} on fold ${fold}: its metrics are those of the loop, its model that of the best epoch`, async () => {
      const sides = readFold(inRoot('splits.csv'), fold, 40);
      const architecture = { model: 'cdae', filters: [2, 3, 4], latentDim: 6 } as const;
      const options = { architecture, seed: 5, batchSize: 8, learningRate: rate, epochs: 4, patience: 2 };
      const { epochs, bestEpoch } = await fitValidated(
        { noisy: trainNoisy, clean: train.clean },
        sides,
        options,
        () => {},
      );
      const losses = epochs.map(({ valMse }) => valMse);
      const metrics = json<TrainingMetrics>(`train/${rate}/fold_${fold}_training_metrics.json`);
      assert.deepEqual(metrics, {
        fold,
        configuration: {
          model: 'cdae',
          noise_level: LEVEL,
          latent_dim: 6,
          filters: [2, 3, 4],
          learning_rate: rate,
          batch_size: 8,
          epochs: 4,
          early_stopping_patience: 2,
          seed: 5,
          noise_seed: 11,
          ...backend,
        },
        noise_name: '0.4',
        parameters: metrics.parameters,
        training_images: 20,
        validation_images: 20,
        train_losses: epochs.map(({ trainLoss }) => trainLoss),
        val_losses: losses,
        val_mses: losses,
        val_ssims: epochs.map(({ valSsim }) => valSsim),
        best_epoch: bestEpoch,
        best_val_loss: Math.min(...losses),
      });
      const model = readModel(inRoot(`train/${rate}/model_fold_${fold}.safetensors`));
      const denoised = await denoise(model, trainNoisy, sides.validation);
      assert.equal(meanSquaredError(denoised, gather(train.clean, sides.validation)), metrics.best_val_loss);

      const times = json<Timings>(`timings/train/${rate}-${fold}.json`);
      assert.equal(times.epoch_ends.length, epochs.length);
      assert.equal(times.ended, times.epoch_ends.at(-1));
      assert.ok(times.epoch_ends[0]! >= times.started);
      assert.ok(Math.abs(times.seconds - (times.ended - times.started) / 1000) < 0.002);
      assert.equal(existsSync(inRoot(`live/${rate}-${fold}.jsonl`)), false);
    });

test('the selection has the lowest mean validation loss, and the rounded mean of the best epochs', () => {
  const means = RATES.map((rate) => {
    const [one, other] = FOLDS.map((fold) =>
      json<TrainingMetrics>(`train/${rate}/fold_${fold}_training_metrics.json`),
    );
    return {
      rate,
      loss: (one!.best_val_loss + other!.best_val_loss) / 2,
      epochs: Math.round((one!.best_epoch + other!.best_epoch) / 2),
    };
  });
  const best = means.toSorted((a, b) => a.loss - b.loss)[0]!;
  for (const file of ['selection_noise0.4', 'selection_overall']) {
    const chosen = json<Ranked>(`select/${file}.json`);
    assert.deepEqual(
      [chosen.name, chosen.rank, chosen.mean_val_loss, chosen.epochs],
      [String(best.rate), 1, best.loss, best.epochs],
    );
  }
});

test('the final model is trained on all images as the selection says', async () => {
  const { configuration, epochs } = json<Ranked>('select/selection_noise0.4.json');
  const losses: number[] = [];
  const model = await fitAll(
    { noisy: trainNoisy, clean: train.clean },
    {
      architecture: { model: 'cdae', filters: [2, 3, 4], latentDim: 6 },
      seed: 5,
      batchSize: 8,
      learningRate: configuration.learning_rate,
      epochs,
    },
    (_, loss) => void losses.push(loss),
  );
  assert.deepEqual(readModel(inRoot(finalModel)).weights, model.weights);
  assert.deepEqual(json('retrain/noise0.4/final_training_metrics.json'), {
    configuration: { ...configuration, epochs, ...backend },
    name: String(configuration.learning_rate),
    training_images: 40,
    optimiser_steps: 5 * epochs,
    train_losses: losses,
  });
  assert.deepEqual(readFileSync(inRoot('best.safetensors')), readFileSync(inRoot(finalModel)));
  assert.deepEqual(
    readFileSync(inRoot('best/model.json')),
    readFileSync(inRoot('retrain/noise0.4/model_final/model.json')),
  );
});

test('the evaluation measures the final model and those of the folds on all test images, and class by class', async () => {
  const denoised = await denoise(readModel(inRoot(finalModel)), testNoisy, allOf(testNoisy));
  const model = quality(denoised, tested.clean);
  assert.deepEqual(json('evaluate/noise0.4/metrics.json'), { noise_level: LEVEL, images: 20, model });
  const members = [...tested.labels.keys()].filter((image) => tested.labels[image] === 3);
  const threes = quality(gather(denoised, members), gather(tested.clean, members));
  assert.deepEqual(json<readonly unknown[]>('evaluate/noise0.4/classes.json')[3], {
    class: 3,
    images: 2,
    ...threes,
  });
  const folds = json<readonly { run: string; fold: number; test_mse: number; test_ssim: number }[]>(
    'evaluate/noise0.4/fold_models.json',
  );
  assert.deepEqual(
    folds.map(({ run, fold }) => `${run}/${fold}`),
    ['0.001/0', '0.001/1', '0.02/0', '0.02/1'],
  );
  for (const { run, fold, test_mse, test_ssim } of folds) {
    const own = await denoise(
      readModel(inRoot(`train/${run}/model_fold_${fold}.safetensors`)),
      testNoisy,
      allOf(testNoisy),
    );
    assert.deepEqual(
      [test_mse, test_ssim],
      [meanSquaredError(own, tested.clean), meanSsim(own, tested.clean, 28)],
    );
  }
  assert.deepEqual(
    readNpy(inRoot('evaluate/noise0.4/error_map.npy')).values,
    squaredErrorPerPixel(denoised, tested.clean),
  );
});

test('the filters are tuned on the last training images and measured on the test images', () => {
  const metrics = json<Baseline>('baseline/noise0.4/metrics.json');
  const [noisy, clean] = [trainNoisy, train.clean].map((images) => images.subarray(25 * 784));
  const tried = json<
    readonly { sigma: number; mse: number; ssim: number; affine: Affine; affine_mse: number }[]
  >('baseline/noise0.4/tuning.json');
  for (const { sigma, mse, ssim, affine, affine_mse } of tried) {
    const filtered = gaussianFilter(noisy!, 28, sigma);
    assert.deepEqual([mse, ssim], [meanSquaredError(filtered, clean!), meanSsim(filtered, clean!, 28)]);
    assert.equal(affine_mse, meanSquaredError(applyAffine(affine, filtered), clean!));
    // Least squares: a little to either side is worse, before the cut to 0 … 1.
    const error = ({ a, b }: Affine): number =>
      meanSquaredError(
        filtered.map((value) => a * value + b),
        clean!,
      );
    for (const moved of [0.99, 1.01]) {
      assert.ok(error({ ...affine, a: moved * affine.a }) > error(affine));
      assert.ok(error({ ...affine, b: affine.b + moved - 1 }) > error(affine));
    }
  }
  const of = (sigma: number) => tried.find((entry) => entry.sigma === sigma)!;
  const { gaussian, gaussian_ssim, gaussian_affine } = metrics;
  assert.equal(of(gaussian.sigma).mse, Math.min(...tried.map(({ mse }) => mse)));
  assert.equal(of(gaussian_ssim.sigma).ssim, Math.max(...tried.map(({ ssim }) => ssim)));
  assert.equal(of(gaussian_affine.sigma).affine_mse, Math.min(...tried.map((entry) => entry.affine_mse)));
  const blurred = (sigma: number): Float32Array => gaussianFilter(testNoisy, 28, sigma);
  assert.deepEqual(metrics, {
    noise_level: LEVEL,
    images: 20,
    noisy: quality(testNoisy, tested.clean),
    gaussian: { sigma: gaussian.sigma, ...quality(blurred(gaussian.sigma), tested.clean) },
    gaussian_ssim: { sigma: gaussian_ssim.sigma, ...quality(blurred(gaussian_ssim.sigma), tested.clean) },
    gaussian_affine: {
      sigma: gaussian_affine.sigma,
      ...of(gaussian_affine.sigma).affine,
      ...quality(applyAffine(gaussian_affine, blurred(gaussian_affine.sigma)), tested.clean),
    },
  });
});

test('the reading accuracies are those of the classifier on each kind of images', async () => {
  const network = readNetwork(inRoot('classifier/classifier.safetensors'));
  const { gaussian, gaussian_ssim, gaussian_affine } = json<Baseline>('baseline/noise0.4/metrics.json');
  const blurred = (sigma: number): Float32Array => gaussianFilter(testNoisy, 28, sigma);
  const sets = {
    clean: tested.clean,
    noisy: testNoisy,
    gaussian: blurred(gaussian.sigma),
    gaussian_ssim: blurred(gaussian_ssim.sigma),
    gaussian_affine: applyAffine(gaussian_affine, blurred(gaussian_affine.sigma)),
    model: await denoise(readModel(inRoot(finalModel)), testNoisy, allOf(testNoisy)),
  };
  const read: [kind: string, digits: Uint8Array][] = [];
  for (const [kind, images] of Object.entries(sets)) read.push([kind, await readDigits(network, images)]);
  const { reading_accuracy, images } = json<Reading>('reading/noise0.4/metrics.json');
  assert.equal(images, 20);
  assert.deepEqual(
    reading_accuracy,
    Object.fromEntries(read.map(([kind, digits]) => [kind, readingAccuracy(digits, tested.labels)])),
  );
  assert.deepEqual(readFileSync(inRoot('reading/noise0.4/readings.csv'), 'utf8').split('\n').slice(0, 2), [
    'index,label,clean,noisy,gaussian,gaussian_ssim,gaussian_affine,model',
    [0, tested.labels[0], ...read.map(([, digits]) => digits[0])].join(','),
  ]);
});

test('the record for a tracking server holds every run with its values, times and files', () => {
  const record = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8'));
  assert.equal(record.project, 'denoising-autoencoder/Data/tiny');
  assert.deepEqual(
    record.runs.map(({ key, parent }) => [key, parent]),
    [
      ...['0.001', '0.02'].flatMap((rate) => [
        [`train/${rate}`, undefined],
        ...FOLDS.map((fold) => [`train/${rate}/fold_${fold}`, `train/${rate}`]),
      ]),
      ['retrain/noise0.4', undefined],
      ['baseline/noise0.4', undefined],
      ['classifier', undefined],
    ],
  );
  const runOf = (key: string) => record.runs.find((run) => run.key === key)!;
  const fold = runOf('train/0.02/fold_1');
  const metrics = json<TrainingMetrics>('train/0.02/fold_1_training_metrics.json');
  const times = json<Timings>('timings/train/0.02-1.json');
  assert.deepEqual([fold.start, fold.end], [times.started, times.ended]);
  assert.deepEqual(
    fold.metrics['val_loss'],
    metrics.val_losses.map((loss, at) => [at + 1, times.epoch_ends[at], loss]),
  );
  assert.deepEqual(
    fold.metrics['train_loss']!.map(([, , loss]) => loss),
    metrics.train_losses,
  );
  const last = (key: string, name: string) => runOf(key).metrics[name]?.at(-1)?.[2];
  assert.equal(last('train/0.02/fold_1', 'best_val_loss'), metrics.best_val_loss);
  assert.equal(last('train/0.02/fold_1', 'best_val_ssim'), metrics.val_ssims[metrics.best_epoch - 1]);
  const folds = json<readonly { run: string; fold: number; test_mse: number }[]>(
    'evaluate/noise0.4/fold_models.json',
  );
  const own = folds.find((entry) => entry.run === '0.02' && entry.fold === 1)!;
  assert.equal(last('train/0.02/fold_1', 'test_mse'), own.test_mse);
  const mean = json<readonly Ranked[]>('select/configurations.json').find(({ name }) => name === '0.02')!;
  assert.equal(last('train/0.02', 'mean_val_loss'), mean.mean_val_loss);
  assert.deepEqual(
    [fold.params['fold'], fold.params['learning_rate'], fold.params['filters']],
    ['1', '0.02', '2,3,4'],
  );

  const { model } = json<{ model: { mse: number; ssim: number } }>('evaluate/noise0.4/metrics.json');
  const reading = json<Reading>('reading/noise0.4/metrics.json').reading_accuracy;
  assert.equal(last('retrain/noise0.4', 'test_mse'), model.mse);
  assert.equal(last('retrain/noise0.4', 'test_ssim'), model.ssim);
  assert.equal(last('retrain/noise0.4', 'test_reading_accuracy'), reading.model);
  const { gaussian_affine: filter } = json<Baseline>('baseline/noise0.4/metrics.json');
  assert.equal(last('baseline/noise0.4', 'gaussian_affine_test_mse'), filter.mse);
  assert.equal(last('baseline/noise0.4', 'gaussian_affine_test_reading_accuracy'), reading.gaussian_affine);

  const files = record.runs.flatMap(({ artifacts }) => artifacts);
  assert.ok(files.length > 20);
  for (const { file, sha256, size } of files) {
    const bytes = readFileSync(inRoot(file));
    assert.deepEqual([sha256, size], [createHash('sha256').update(bytes).digest('hex'), bytes.length], file);
  }
  const [best] = record.models;
  assert.deepEqual([best!.run, best!.path, best!.alias], ['retrain/noise0.4', 'model', 'best']);
  assert.ok(runOf(best!.run).artifacts.some(({ file }) => file === finalModel));
});

test('the tables hold the numbers of the measurements', () => {
  const rows = readFileSync(inRoot('tables/test_results.csv'), 'utf8').trim().split('\n');
  const { model } = json<{ model: { mse: number; ssim: number; psnr: number; pixel_accuracy: number } }>(
    'evaluate/noise0.4/metrics.json',
  );
  const { reading_accuracy: read } = json<Reading>('reading/noise0.4/metrics.json');
  assert.equal(
    rows.at(-1),
    ['0.4', 'model', '', model.mse, model.ssim, model.psnr, model.pixel_accuracy, read.model].join(','),
  );
  assert.equal(rows.length, 7);
  const grid = readFileSync(inRoot('tables/grid_search_val_loss.csv'), 'utf8').trim().split('\n');
  assert.deepEqual(
    grid.slice(1).map((row) => row.split(',').slice(0, 2).join()),
    json<readonly Ranked[]>('select/configurations.json').map(({ rank, name }) => `${rank},${name}`),
  );
});

test('values that make no sense, and files of another noise level, are refused', async () => {
  const selection = 'select/selection_noise0.4.json';
  const noise = { images: 'train-images', noise_seed: 1, out: 'x.npy' };
  const cases: readonly (readonly [stage: string, flags: FlagTexts, message: RegExp])[] = [
    ...(['latent_dim', 'batch_size', 'epochs', 'early_stopping_patience'] as const).map(
      (name) =>
        [
          'train',
          { ...trainFlags(0.02, 0), [name]: 0 },
          new RegExp(`--${name} 0: must be at least 1`),
        ] as const,
    ),
    ['train', trainFlags(0, 0), /--learning_rate 0: must be above 0/],
    ['train', { ...trainFlags(0.02, 0), filters: [2, 0, 4] }, /--filters 2 0 4: must be three numbers/],
    ['train', { ...trainFlags(0.02, 0), fold: 2 }, /no fold 2; its folds are 0, 1/],
    ['train', { ...trainFlags(0.02, 0), noisy: 'noisy/test_noise0.4.npy' }, /the clean set has 40 images/],
    ['noise', { ...noise, noise_level: -0.1 }, /--noise_level: must not be negative/],
    ['noise_test', { ...noise, selection, noise_level: 0.5 }, /is the selection for σ 0\.4, not for 0\.5/],
    [
      'retrain',
      {
        selection,
        images: 'train-images',
        noisy: 'noisy/train_noise0.4.npy',
        noise_level: 0.5,
        ...backend,
        out: 'x',
        timings: 'x.json',
      },
      /is the selection for σ 0\.4, not for 0\.5/,
    ],
    [
      'split',
      { labels: 'train-labels', n_splits: 1, seed: 1, out: 'x.csv' },
      /--n_splits 1: must be at least 2/,
    ],
  ];
  for (let at = 0; at < cases.length; at += 4)
    await Promise.all(
      cases.slice(at, at + 4).map(([stage, flags, message]) => fails(root, stage, flags, message)),
    );
  for (const file of ['x', 'x.npy', 'x.json', 'x.csv']) assert.equal(existsSync(inRoot(file)), false, file);
});
