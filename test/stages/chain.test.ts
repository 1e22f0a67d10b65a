// Each number of the stages, run one after the other on forty digits, is that of the files it names: computed here again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parseRecord } from '@pipe-engine/mlflow';
import { readFold } from '../../stages/lib/data/cv-splits.ts';
import { gather } from '../../stages/lib/data/images.ts';
import { readNpy } from '../../stages/lib/data/npy.ts';
import { applyAffine, type Affine } from '../../stages/lib/measure/affine-fit.ts';
import { gaussianFilter } from '../../stages/lib/measure/gaussian-filter.ts';
import { meanSquaredError, quality, squaredErrorPerPixel } from '../../stages/lib/measure/metrics.ts';
import { readResults, type Sources } from '../../stages/lib/measure/results.ts';
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
import {
  backend,
  finalModel,
  FOLDS,
  inRoot,
  json,
  LEVEL,
  RATES,
  results,
  root,
  runChain,
  tested,
  testFlags,
  testNoisy,
  train,
  trainFlags,
  trainNoisy,
} from './tiny-chain.ts';

before(() => Promise.all([useBackend('wasm', 1), runChain()]));
after(() => rmSync(root, { recursive: true, force: true }));

test('the noise of the test images has the seed after that of the training images', () => {
  assert.deepEqual(readNpy(inRoot('noisy/train_noise0.4.npy')), { shape: [40, 28, 28], values: trainNoisy });
  assert.deepEqual(readNpy(inRoot('noisy/test_noise0.4.npy')), { shape: [20, 28, 28], values: testNoisy });
});

for (const rate of RATES)
  for (const fold of FOLDS)
    test(`training of rate ${rate} on fold ${fold}: its metrics are those of the loop, its model that of the best epoch`, async () => {
      const sides = readFold(inRoot('splits.csv'), fold, 40);
      const architecture = { model: 'cdae', filters: [2, 3, 4], latentDim: 6 } as const;
      const options = { architecture, seed: 5, batchSize: 12, learningRate: rate, epochs: 4, patience: 2 };
      const { epochs, bestEpoch } = await fitValidated(
        { noisy: trainNoisy, clean: train.clean },
        sides,
        options,
        () => {},
      );
      const losses = epochs.map(({ valMse }) => valMse);
      const metrics = json(`train/${rate}/fold_${fold}_training_metrics.json`) as TrainingMetrics;
      assert.deepEqual(metrics, {
        fold,
        configuration: {
          model: 'cdae',
          noise_level: LEVEL,
          latent_dim: 6,
          filters: [2, 3, 4],
          learning_rate: rate,
          batch_size: 12,
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

      const times = json(`timings/train/${rate}-${fold}.json`) as Timings;
      assert.equal(times.epoch_ends.length, epochs.length);
      assert.equal(times.ended, times.epoch_ends.at(-1));
      assert.ok(times.epoch_ends[0]! >= times.started);
      assert.ok(Math.abs(times.seconds - (times.ended - times.started) / 1000) < 0.002);
      const seconds = times.seconds_per_epoch.reduce((a, b) => a + b, 0);
      assert.equal(times.images_per_second, Math.round((20 * epochs.length) / seconds));
      assert.equal(existsSync(inRoot(`live/${rate}-${fold}.jsonl`)), false);
    });

test('the trainings stop at different epochs, so that mistakes about them show', () => {
  const bests = FOLDS.map(
    (fold) => (json(`train/0.15/fold_${fold}_training_metrics.json`) as TrainingMetrics).best_epoch,
  );
  assert.deepEqual(bests, [3, 4]);
});

test('the selection has the lowest mean validation loss, and the rounded mean of the best epochs', () => {
  const means = RATES.map((rate) => {
    const [one, other] = FOLDS.map(
      (fold) => json(`train/${rate}/fold_${fold}_training_metrics.json`) as TrainingMetrics,
    );
    return {
      rate,
      loss: (one!.best_val_loss + other!.best_val_loss) / 2,
      epochs: Math.round((one!.best_epoch + other!.best_epoch) / 2),
    };
  });
  const best = means.toSorted((a, b) => a.loss - b.loss)[0]!;
  for (const file of ['selection_noise0.4', 'selection_overall']) {
    const chosen = json(`select/${file}.json`) as Ranked;
    assert.deepEqual(
      [chosen.name, chosen.rank, chosen.mean_val_loss, chosen.epochs],
      [String(best.rate), 1, best.loss, best.epochs],
    );
  }
});

test('the final model is trained on all images as the selection says', async () => {
  const { configuration, epochs } = json('select/selection_noise0.4.json') as Ranked;
  const losses: number[] = [];
  const model = await fitAll(
    { noisy: trainNoisy, clean: train.clean },
    {
      architecture: { model: 'cdae', filters: [2, 3, 4], latentDim: 6 },
      seed: 5,
      batchSize: 12,
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
    // 40 images in batches of 12.
    optimiser_steps: 4 * epochs,
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
  assert.deepEqual((json('evaluate/noise0.4/classes.json') as readonly unknown[])[3], {
    class: 3,
    images: 2,
    ...threes,
  });
  const folds = json('evaluate/noise0.4/fold_models.json') as readonly {
    run: string;
    fold: number;
    test_mse: number;
    test_ssim: number;
  }[];
  assert.deepEqual(
    folds.map(({ run, fold }) => `${run}/${fold}`),
    ['0.001/0', '0.001/1', '0.15/0', '0.15/1'],
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

test('models of other noise levels are not evaluated', async () => {
  cpSync(inRoot('train'), inRoot('levels/train'), { recursive: true });
  cpSync(inRoot('train/0.001'), inRoot('levels/train/other'), { recursive: true });
  for (const fold of FOLDS) {
    const file = `levels/train/other/fold_${fold}_training_metrics.json`;
    const metrics = json(file) as TrainingMetrics;
    const configuration = { ...metrics.configuration, noise_level: 0.7 };
    writeFileSync(inRoot(file), JSON.stringify({ ...metrics, configuration }));
  }
  await passes(root, 'evaluate', {
    model: finalModel,
    runs: 'levels/train',
    ...testFlags,
    ...backend,
    out: 'levels/evaluate',
  });
  assert.deepEqual(json('levels/evaluate/fold_models.json'), json('evaluate/noise0.4/fold_models.json'));
});

test('the filters are tuned on the last training images and measured on the test images', () => {
  const metrics = json('baseline/noise0.4/metrics.json') as Baseline;
  const [noisy, clean] = [trainNoisy, train.clean].map((images) => images.subarray(25 * 784));
  const tried = json('baseline/noise0.4/tuning.json') as readonly {
    sigma: number;
    mse: number;
    ssim: number;
    affine: Affine;
    affine_mse: number;
  }[];
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
  const { gaussian, gaussian_ssim, gaussian_affine } = json('baseline/noise0.4/metrics.json') as Baseline;
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
  const { reading_accuracy, images } = json('reading/noise0.4/metrics.json') as Reading;
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

test('each filter is read at its own width', async () => {
  const widths = {
    gaussian: { sigma: 0.1 },
    gaussian_ssim: { sigma: 5 },
    gaussian_affine: { sigma: 1.5, a: 4, b: -1 },
  };
  writeFileSync(inRoot('widths.json'), JSON.stringify(widths));
  await passes(root, 'reading', {
    classifier: 'classifier/classifier.safetensors',
    model: finalModel,
    baseline: 'widths.json',
    ...testFlags,
    ...backend,
    out: 'widths',
  });
  const network = readNetwork(inRoot('classifier/classifier.safetensors'));
  const blurred = (sigma: number): Float32Array => gaussianFilter(testNoisy, 28, sigma);
  const { gaussian, gaussian_ssim, gaussian_affine } = widths;
  const expected = [
    await readDigits(network, blurred(gaussian.sigma)),
    await readDigits(network, blurred(gaussian_ssim.sigma)),
    await readDigits(network, applyAffine(gaussian_affine, blurred(gaussian_affine.sigma))),
  ].map((digits) => digits.join(''));
  assert.equal(new Set(expected).size, 3, 'they are read differently');
  const rows = readFileSync(inRoot('widths/readings.csv'), 'utf8').trim().split('\n').slice(1);
  const columns = [4, 5, 6].map((column) => rows.map((row) => row.split(',')[column]).join(''));
  assert.deepEqual(columns, expected);
});

test('results for tables, figures and the report are of the chosen configuration', () => {
  const { levels, overall, testImages } = readResults({
    ...Object.fromEntries(Object.entries(results).map(([name, folder]) => [name, inRoot(folder)])),
    runs: inRoot('train'),
    retrain: inRoot('retrain'),
    classifier: inRoot('classifier'),
  } as unknown as Sources);
  const chosen = json('select/selection_noise0.4.json') as Ranked;
  assert.equal(testImages, 20);
  assert.deepEqual(overall, json('select/selection_overall.json'));
  const [level, ...others] = levels;
  assert.deepEqual(others, []);
  assert.deepEqual([level!.name, level!.chosen], ['0.4', chosen]);
  assert.deepEqual(
    level!.ranked.map(({ rank }) => rank),
    [1, 2],
  );
  assert.deepEqual([level!.runs.length, level!.foldModels.length, level!.classes.length], [4, 4, 10]);
  assert.deepEqual(level!.final, json('retrain/noise0.4/final_training_metrics.json'));
});

test('the record for a tracking server holds every run with its values, times and files', () => {
  const record = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8'));
  assert.equal(record.project, 'denoising-autoencoder/Data/tiny');
  assert.deepEqual(
    record.runs.map(({ key, parent }) => [key, parent]),
    [
      ...['0.001', '0.15'].flatMap((rate) => [
        [`train/${rate}`, undefined],
        ...FOLDS.map((fold) => [`train/${rate}/fold_${fold}`, `train/${rate}`]),
      ]),
      ['retrain/noise0.4', undefined],
      ['baseline/noise0.4', undefined],
      ['classifier', undefined],
    ],
  );
  const runOf = (key: string) => record.runs.find((run) => run.key === key)!;
  const fold = runOf('train/0.15/fold_1');
  const metrics = json('train/0.15/fold_1_training_metrics.json') as TrainingMetrics;
  const times = json('timings/train/0.15-1.json') as Timings;
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
  assert.equal(last('train/0.15/fold_1', 'best_val_loss'), metrics.best_val_loss);
  assert.equal(last('train/0.15/fold_1', 'best_val_ssim'), metrics.val_ssims[metrics.best_epoch - 1]);
  const folds = json('evaluate/noise0.4/fold_models.json') as readonly {
    run: string;
    fold: number;
    test_mse: number;
  }[];
  const own = folds.find((entry) => entry.run === '0.15' && entry.fold === 1)!;
  assert.equal(last('train/0.15/fold_1', 'test_mse'), own.test_mse);
  const both = FOLDS.map((at) => runOf(`train/0.15/fold_${at}`));
  assert.equal(runOf('train/0.15').start, Math.min(...both.map(({ start }) => start)));
  assert.equal(runOf('train/0.15').end, Math.max(...both.map(({ end }) => end)));
  const mean = (json('select/configurations.json') as readonly Ranked[]).find(({ name }) => name === '0.15')!;
  assert.equal(last('train/0.15', 'mean_val_loss'), mean.mean_val_loss);
  assert.deepEqual(
    [fold.params['fold'], fold.params['learning_rate'], fold.params['filters']],
    ['1', '0.15', '2,3,4'],
  );

  const { model } = json('evaluate/noise0.4/metrics.json') as { model: { mse: number; ssim: number } };
  const reading = (json('reading/noise0.4/metrics.json') as Reading).reading_accuracy;
  assert.equal(last('retrain/noise0.4', 'test_mse'), model.mse);
  assert.equal(last('retrain/noise0.4', 'test_ssim'), model.ssim);
  assert.equal(last('retrain/noise0.4', 'test_reading_accuracy'), reading.model);
  const { gaussian_affine: filter } = json('baseline/noise0.4/metrics.json') as Baseline;
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
  const { model } = json('evaluate/noise0.4/metrics.json') as {
    model: { mse: number; ssim: number; psnr: number; pixel_accuracy: number };
  };
  const { reading_accuracy: read } = json('reading/noise0.4/metrics.json') as Reading;
  assert.equal(
    rows.at(-1),
    ['0.4', 'model', '', model.mse, model.ssim, model.psnr, model.pixel_accuracy, read.model].join(','),
  );
  assert.equal(rows.length, 7);
  const grid = readFileSync(inRoot('tables/grid_search_val_loss.csv'), 'utf8').trim().split('\n');
  assert.deepEqual(
    grid.slice(1).map((row) => row.split(',').slice(0, 2).join()),
    (json('select/configurations.json') as readonly Ranked[]).map(({ rank, name }) => `${rank},${name}`),
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
          { ...trainFlags(0.15, 0), [name]: 0 },
          new RegExp(`--${name} 0: must be at least 1`),
        ] as const,
    ),
    ['train', trainFlags(0, 0), /--learning_rate 0: must be above 0/],
    ['train', { ...trainFlags(0.15, 0), filters: [2, 0, 4] }, /--filters 2 0 4: must be three numbers/],
    ['train', { ...trainFlags(0.15, 0), fold: 2 }, /no fold 2; its folds are 0, 1/],
    ['train', { ...trainFlags(0.15, 0), noisy: 'noisy/test_noise0.4.npy' }, /the clean set has 40 images/],
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
