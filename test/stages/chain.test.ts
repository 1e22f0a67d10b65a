// Each number of the stages, run one after the other on forty digits, is that of the files it names: computed here again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { sampleOf } from '../amount.ts';
import { readIdx } from '../../stages/lib/data/idx.ts';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parseRecord } from '@pipe-engine/mlflow';
import { readFold } from '../../stages/lib/data/cv-splits.ts';
import { allIndices, gather } from '../../stages/lib/data/images.ts';
import { someImages } from '../../stages/lib/data/some-images.ts';
import { readNpy } from '../../stages/lib/data/npy.ts';
import { applyAffine, type Affine } from '../../stages/lib/rivals/affine-fit.ts';
import { applyFilter, applyTuned, RIVAL_METHODS, RIVALS } from '../../stages/lib/rivals/rivals.ts';
import type { Tried } from '../../stages/lib/measure/tuning.ts';
import {
  meanSquaredError,
  quality,
  squaredErrorPerPixel,
  type Quality,
} from '../../stages/lib/measure/metrics.ts';
import { readResults, type Sources } from '../../stages/lib/measure/results.ts';
import type { Ranked } from '../../stages/lib/measure/selection.ts';
import { meanSsim } from '../../stages/lib/measure/ssim.ts';
import type { Baseline, Evaluation, Filters, Reading } from '../../stages/lib/measure/test-metrics.ts';
import type { TrainingMetrics } from '../../stages/lib/measure/training-metrics.ts';
import { readNetwork } from '../../stages/lib/model/classifier-file.ts';
import { readDigits, readingAccuracy } from '../../stages/lib/model/classifier.ts';
import { readModel } from '../../stages/lib/model/model-file.ts';
import { allOf, denoise } from '../../stages/lib/model/model.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { scheduleOf } from '../../stages/lib/training/learning-rate.ts';
import { fitAll, fitValidated } from '../../stages/lib/training/fit.ts';
import type { Timings } from '../../stages/lib/training/timings.ts';
import { fails, passes, type FlagTexts } from './run-stage.ts';
import {
  backend,
  finalModel,
  finalModels,
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
  TRAIN_ON,
  trainFlags,
  trainNoisy,
} from './tiny-chain.ts';

before(() => Promise.all([useBackend('wasm', 1), runChain()]));
after(() => rmSync(root, { recursive: true, force: true }));

test('the noise of the test images has the seed after that of the training images', () => {
  assert.deepEqual(readNpy(inRoot('noisy/train_noise0.4.npy')), { shape: [40, 28, 28], values: trainNoisy });
  assert.deepEqual(readNpy(inRoot('noisy/test_noise0.4.npy')), { shape: [20, 28, 28], values: testNoisy });
});

/** Of the folds and of the final models. */
const recipe = { schedule: scheduleOf('cosine', 4), loss: 'mixed' } as const;

for (const rate of RATES)
  for (const fold of FOLDS)
    test(`training of rate ${rate} on fold ${fold}: its metrics are those of the loop, its model that of the best epoch`, async () => {
      const whole = readFold(inRoot('splits.csv'), fold, 40);
      const sides = { ...whole, training: someImages(whole.training, TRAIN_ON, 5, 40) };
      const architecture = { model: 'cdae', filters: [2, 3, 4], latentDim: 6 } as const;
      const options = {
        architecture,
        ...recipe,
        seed: 5,
        batchSize: 12,
        learningRate: rate,
        epochs: 4,
        patience: 2,
      };
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
          learning_rate_schedule: 'cosine',
          loss: 'mixed',
          train_on: TRAIN_ON,
          batch_size: 12,
          epochs: 4,
          early_stopping_patience: 2,
          seed: 5,
          noise_seed: 11,
          ...backend,
        },
        noise_name: '0.4',
        parameters: metrics.parameters,
        training_images: TRAIN_ON,
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
      assert.equal(times.images_per_second, Math.round((TRAIN_ON * epochs.length) / seconds));
      assert.equal(existsSync(inRoot(`live/${rate}-${fold}.jsonl`)), false);
    });

test('the trainings stop at different epochs, so that mistakes about them show', () => {
  const bests = FOLDS.map(
    (fold) => (json(`train/0.15/fold_${fold}_training_metrics.json`) as TrainingMetrics).best_epoch,
  );
  assert.deepEqual(bests, [4, 3]);
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

test('the final models are trained on as many images as the selection says, each from its own seed', async () => {
  const { configuration, epochs } = json('select/selection_noise0.4.json') as Ranked;
  const trained = [];
  for (const seed of [5, 6]) {
    const losses: number[] = [];
    const model = await fitAll(
      { noisy: trainNoisy, clean: train.clean },
      {
        architecture: { model: 'cdae', filters: [2, 3, 4], latentDim: 6 },
        ...recipe,
        training: someImages(allIndices(40), TRAIN_ON, seed, 40),
        seed,
        batchSize: 12,
        learningRate: configuration.learning_rate,
        epochs,
      },
      (_, loss) => void losses.push(loss),
    );
    assert.deepEqual(
      readModel(inRoot(`${finalModels}/model_seed_${seed}.safetensors`)).weights,
      model.weights,
    );
    trained.push({ seed, train_losses: losses });
  }
  assert.notDeepEqual(trained[0]!.train_losses, trained[1]!.train_losses);
  assert.deepEqual(
    readFileSync(inRoot(finalModel)),
    readFileSync(inRoot(`${finalModels}/model_seed_5.safetensors`)),
  );
  assert.deepEqual(json('retrain/noise0.4/final_training_metrics.json'), {
    configuration: { ...configuration, epochs, ...backend },
    name: String(configuration.learning_rate),
    training_images: TRAIN_ON,
    // 14 images in batches of 12.
    optimiser_steps: 2 * epochs,
    train_losses: trained[0]!.train_losses,
    seeds: trained,
  });
  assert.deepEqual(readFileSync(inRoot('best.safetensors')), readFileSync(inRoot(finalModel)));
  assert.deepEqual(
    readFileSync(inRoot('best/model.json')),
    readFileSync(inRoot('retrain/noise0.4/model_final/model.json')),
  );
});

/** Of both final models. */
const denoisedBySeeds = (): Promise<readonly Float32Array[]> =>
  Promise.all(
    [5, 6].map((seed) =>
      denoise(
        readModel(inRoot(`${finalModels}/model_seed_${seed}.safetensors`)),
        testNoisy,
        allOf(testNoisy),
      ),
    ),
  );

test('the evaluation measures the final models and those of the folds on all test images, and class by class', async () => {
  const all = await denoisedBySeeds();
  const denoised = all[0]!;
  const seeds = all.map((images, at) => ({ seed: 5 + at, ...quality(images, tested.clean) }));
  const [one, other] = seeds;
  const measured = json('evaluate/noise0.4/metrics.json') as Evaluation & { noise_level: number };
  assert.deepEqual([measured.noise_level, measured.images, measured.seeds], [LEVEL, 20, seeds]);
  for (const name of ['mse', 'ssim', 'psnr', 'pixel_accuracy'] as const) {
    const near = (value: number, expected: number): void =>
      assert.ok(Math.abs(value - expected) < 1e-12, `${name}: ${value}, ${expected}`);
    near(measured.model[name], (one![name] + other![name]) / 2);
    near(measured.model_std[name], Math.abs(one![name] - other![name]) / 2);
  }
  const { shape, values } = readNpy(inRoot('evaluate/noise0.4/per_image.npy'));
  assert.deepEqual(shape, [2, 2, 20]);
  const [image, clean] = [denoised.subarray(3 * 784, 4 * 784), tested.clean.subarray(3 * 784, 4 * 784)];
  assert.equal(values[3], Math.fround(meanSquaredError(image, clean)));
  assert.equal(values[20 + 3], Math.fround(meanSsim(image, clean, 28)));
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
    models: finalModels,
    runs: 'levels/train',
    ...testFlags,
    ...backend,
    out: 'levels/evaluate',
    timings: 'levels/timings.json',
  });
  assert.deepEqual(json('levels/evaluate/fold_models.json'), json('evaluate/noise0.4/fold_models.json'));
});

test('the rivals are tuned on the last training images and measured on the test images', () => {
  const [noisy, clean] = [trainNoisy, train.clean].map((images) => images.subarray(25 * 784));
  const tried = json('baseline/noise0.4/tuning.json') as readonly Tried[];
  for (const { filter, mse, ssim, affine, affine_mse } of tried) {
    const filtered = applyFilter(filter, noisy!);
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
  assert.deepEqual(
    RIVALS.map((rival) => tried.filter(({ filter }) => filter.rival === rival).length),
    [1, 5, 2, 2, 4, 1],
  );
  assert.deepEqual(tried.filter(({ filter }) => filter.rival === 'nlm').map(({ filter }) => filter)[3], {
    rival: 'nlm',
    patch: 3,
    distance: 3,
    h: 0.32,
    sigma: 0.28,
  });
  const filters = json('baseline/noise0.4/filters.json') as Filters;
  for (const rival of RIVALS) {
    const own = tried.filter(({ filter }) => filter.rival === rival);
    const plain = own.find(({ filter }) => isDeepStrictEqual(filter, filters[rival].filter))!;
    assert.equal(plain.mse, Math.min(...own.map(({ mse }) => mse)), rival);
    assert.equal(filters[rival].affine, undefined);
    const calibrated = filters[`${rival}_affine`];
    const best = own.find(({ filter }) => isDeepStrictEqual(filter, calibrated.filter))!;
    assert.equal(best.affine_mse, Math.min(...own.map((entry) => entry.affine_mse)), rival);
    assert.deepEqual(calibrated.affine, best.affine);
  }
  const images = RIVAL_METHODS.map((method) => applyTuned(filters[method], testNoisy));
  assert.deepEqual(json('baseline/noise0.4/metrics.json'), {
    noise_level: LEVEL,
    images: 20,
    ...Object.fromEntries(RIVAL_METHODS.map((method, at) => [method, quality(images[at]!, tested.clean)])),
  });
  const { shape, values } = readNpy(inRoot('baseline/noise0.4/per_image.npy'));
  assert.deepEqual(shape, [RIVAL_METHODS.length, 2, 20]);
  for (const [at, own] of images.entries()) {
    assert.ok(
      Math.abs(meanOf(values.subarray(40 * at, 40 * at + 20)) - meanSquaredError(own, tested.clean)) < 1e-8,
    );
    const map = readNpy(inRoot(`baseline/noise0.4/error_maps/${RIVAL_METHODS[at]}.npy`)).values;
    assert.deepEqual(map, squaredErrorPerPixel(own, tested.clean));
  }
});

const meanOf = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

test('the reading accuracies are those of the classifier on each kind of images', async () => {
  const network = readNetwork(inRoot('classifier/classifier.safetensors'));
  const filters = json('baseline/noise0.4/filters.json') as Filters;
  const kinds = ['clean', ...RIVAL_METHODS, 'model_seed_5', 'model_seed_6'];
  const sets = [
    tested.clean,
    ...RIVAL_METHODS.map((method) => applyTuned(filters[method], testNoisy)),
    ...(await denoisedBySeeds()),
  ];
  const read: Uint8Array[] = [];
  for (const images of sets) read.push(await readDigits(network, images));
  const shares = read.map((digits) => readingAccuracy(digits, tested.labels));
  const [one, other] = shares.slice(-2) as [number, number];
  const { reading_accuracy, images, model_std } = json('reading/noise0.4/metrics.json') as Reading;
  assert.equal(images, 20);
  assert.deepEqual(reading_accuracy, {
    ...Object.fromEntries(kinds.slice(0, -2).map((kind, at) => [kind, shares[at]])),
    model: (one + other) / 2,
  });
  assert.ok(Math.abs(model_std - Math.abs(one - other) / 2) < 1e-12);
  assert.deepEqual(readFileSync(inRoot('reading/noise0.4/readings.csv'), 'utf8').split('\n').slice(0, 2), [
    ['index', 'label', ...kinds].join(','),
    [0, tested.labels[0], ...read.map((digits) => digits[0])].join(','),
  ]);
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
      ['overall', undefined],
    ],
  );
  assert.equal(record.experiment, 'tiny_cv');
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

  const { model, model_std } = json('evaluate/noise0.4/metrics.json') as Evaluation;
  const reading = (json('reading/noise0.4/metrics.json') as Reading).reading_accuracy;
  assert.equal(last('retrain/noise0.4', 'test_mse_std'), model_std.mse);
  assert.equal(last('retrain/noise0.4', 'final_seeds'), 2);
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

test('the record says of each run which data it used, how it is configured and what its machine did', () => {
  const record = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8'));
  const runOf = (key: string) => record.runs.find((run) => run.key === key)!;
  const digest = (part: 'train' | 'test'): string => {
    const [images, labels] = ['images', 'labels'].map((kind) => readIdx(inRoot(`${part}-${kind}`)).values);
    return createHash('sha256').update(images!).update(labels!).digest('hex').slice(0, 32);
  };
  const inputsOf = (key: string) =>
    (runOf(key).inputs ?? []).map(({ name, digest, context }) => [name, digest, context]);
  const [training, testing] = [
    ['digits_train', digest('train'), 'training'],
    ['digits_test', digest('test'), 'testing'],
  ];
  for (const key of ['train/0.15', 'train/0.15/fold_1', 'classifier'])
    assert.deepEqual(inputsOf(key), [training], key);
  for (const key of ['retrain/noise0.4', 'baseline/noise0.4', 'overall'])
    assert.deepEqual(inputsOf(key), [training, testing], key);
  const [data] = runOf('overall').inputs!;
  assert.deepEqual(JSON.parse(data!.profile!), {
    features_shape: [40, 28, 28],
    features_size: 40 * 784,
    features_nbytes: 40 * 784,
    targets_shape: [40],
    targets_size: 40,
    targets_nbytes: 40,
  });

  const ranked = json('select/configurations.json') as readonly Ranked[];
  for (const { name, rank, chosen } of ranked) {
    const description = runOf(`train/${name}`).description!;
    assert.ok(description.includes(`| learning_rate | ${name} |`), description);
    assert.ok(description.includes(`rank ${rank} of 2 at σ 0.4`), description);
    assert.equal(description.includes('**chosen**'), chosen);
  }

  const { epoch_ends: ends, system } = json('timings/train/0.15-1.json') as Timings;
  const fold = runOf('train/0.15/fold_1');
  for (const name of [
    'cpu_utilization_percentage',
    'system_memory_usage_megabytes',
    'process_memory_usage_megabytes',
  ])
    assert.deepEqual(
      fold.metrics[`system/${name}`],
      system.map((sample, at) => [at + 1, ends[at], sample[name]]),
      name,
    );
  assert.equal(system.length, ends.length);

  const overall = runOf('overall');
  const chosen = ranked.find((entry) => entry.chosen)!;
  assert.equal(overall.metrics['noise0.4/mean_val_loss']![0]![2], chosen.mean_val_loss);
  assert.deepEqual(overall.metrics['noise0.4/test_mse'], [
    [0, overall.end, runOf('retrain/noise0.4').metrics['test_mse']![0]![2]],
  ]);
  const paths = overall.artifacts.map(({ path }) => path);
  for (const path of ['tables/test_results.csv', 'select/selection_overall.json'])
    assert.ok(paths.includes(path), path);
});

test('the registered model is named after its data, and says by what it was chosen', () => {
  const [best] = parseRecord(readFileSync(inRoot('tracking.jsonl'), 'utf8')).models;
  const chosen = json('select/selection_overall.json') as Ranked;
  const train = readIdx(inRoot('train-images')).values;
  const digest = createHash('sha256')
    .update(train)
    .update(readIdx(inRoot('train-labels')).values)
    .digest('hex');
  assert.equal(best!.name, 'tiny-digits');
  assert.deepEqual(best!.criterion, {
    metric: 'mean_val_loss',
    value: chosen.mean_val_loss,
    // Each image is validated on in one of the two folds.
    measuredOn: `40 validation images of digits_train ${digest.slice(0, 12)} with noise σ 0.4 of seed 11`,
  });
});

const valuesOf = ({ mse, ssim, psnr, pixel_accuracy }: Quality): string =>
  [mse, ssim, psnr, pixel_accuracy].join(',');

test('the tables hold the numbers of the measurements', () => {
  const rows = readFileSync(inRoot('tables/test_results.csv'), 'utf8').trim().split('\n');
  const { model, model_std: std } = json('evaluate/noise0.4/metrics.json') as Evaluation;
  const { reading_accuracy: read, model_std: readStd } = json('reading/noise0.4/metrics.json') as Reading;
  assert.equal(rows.at(-1), `0.4,model,,${valuesOf(model)},${read.model},${valuesOf(std)},${readStd}`);
  assert.equal(rows.length, 1 + 1 + RIVAL_METHODS.length + 1);
  const differences = readFileSync(inRoot('tables/test_differences.csv'), 'utf8').trim().split('\n');
  const baseline = json('baseline/noise0.4/metrics.json') as Baseline;
  for (const [at, method] of RIVAL_METHODS.entries()) {
    const [level, rival, measure, mean, low, high] = differences[1 + 2 * at]!.split(',');
    assert.deepEqual([level, rival, measure], ['0.4', method, 'mse']);
    assert.ok(Math.abs(Number(mean) - (model.mse - baseline[method].mse)) < 1e-8, method);
    assert.ok(Number(low) <= Number(mean) && Number(mean) <= Number(high));
  }
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
    ['train', { ...trainFlags(0.15, 0), train_on: 21 }, /--train_on 21: there are 20 training images/],
    ['train', { ...trainFlags(0.15, 0), train_on: 0 }, /--train_on 0: must be a whole number from 1, or all/],
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
        final_seeds: 1,
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
  const chosen = sampleOf(cases, 3);
  for (let at = 0; at < chosen.length; at += 4)
    await Promise.all(
      chosen.slice(at, at + 4).map(([stage, flags, message]) => fails(root, stage, flags, message)),
    );
  for (const file of ['x', 'x.npy', 'x.json', 'x.csv']) assert.equal(existsSync(inRoot(file)), false, file);
});
