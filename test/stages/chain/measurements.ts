// What is measured on the test images: the models, the rivals, the classifier.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { gather, membersOfClasses, oneOfEachClass } from '../../../stages/lib/data/images.ts';
import { readNpy } from '../../../stages/lib/data/npy.ts';
import { applyAffine, type Affine } from '../../../stages/lib/rivals/affine-fit.ts';
import { applyFilter, applyTuned, RIVAL_METHODS, RIVALS } from '../../../stages/lib/rivals/rivals.ts';
import type { Ranked } from '../../../stages/lib/measure/selection.ts';
import type { Tried } from '../../../stages/lib/measure/tuning.ts';
import { meanSquaredError, quality, squaredErrorPerPixel } from '../../../stages/lib/measure/metrics.ts';
import { meanSsim } from '../../../stages/lib/measure/ssim.ts';
import { readSamples, type SampleSources } from '../../../stages/lib/measure/samples.ts';
import {
  METHODS,
  type ClassifierMetrics,
  type Evaluation,
  type Filters,
  type Reading,
} from '../../../stages/lib/measure/test-metrics.ts';
import type { TrainingMetrics } from '../../../stages/lib/measure/training-metrics.ts';
import { readNetwork } from '../../../stages/lib/model/classifier-file.ts';
import { readDigits, readingAccuracy } from '../../../stages/lib/model/classifier.ts';
import { readModel } from '../../../stages/lib/model/model-file.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { passes } from '../run-stage.ts';
import {
  backend,
  classifierFlags,
  finalModels,
  FOLDS,
  inRoot,
  json,
  LEVEL,
  root,
  tested,
  testFlags,
  testNoisy,
  train,
  trainNoisy,
} from '../tiny-chain.ts';

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
  const imageOf = (images: Float32Array, at: number) => images.subarray(at * 784, (at + 1) * 784);
  const ofEach = (images: Float32Array, measure: (image: Float32Array, clean: Float32Array) => number) =>
    Array.from({ length: 20 }, (_, at) => measure(imageOf(images, at), imageOf(tested.clean, at)));
  assert.deepEqual(
    values,
    Float32Array.from(
      all.flatMap((images) => [
        ...ofEach(images, meanSquaredError),
        ...ofEach(images, (image, clean) => meanSsim(image, clean, 28)),
      ]),
    ),
  );
  assert.deepEqual(
    json('evaluate/noise0.4/classes.json'),
    membersOfClasses(tested.labels).map(({ class: digit, members }) => ({
      class: digit,
      images: members.length,
      ...quality(gather(denoised, members), gather(tested.clean, members)),
    })),
  );
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
    writeFileSync(inRoot(file), JSON.stringify({ ...metrics, noise_name: '0.7', configuration }));
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
  // Of the level's own configurations the worse one is smaller, and by the other rule hardly worse.
  for (const fold of FOLDS) {
    const [better, worse] = ['0.15', '0.001'].map(
      (run) => `levels/train/${run}/fold_${fold}_training_metrics.json`,
    );
    const { best_val_loss } = json(better!) as TrainingMetrics;
    const metrics = {
      ...(json(worse!) as TrainingMetrics),
      parameters: 1,
      best_val_loss: best_val_loss + 1e-6,
    };
    writeFileSync(inRoot(worse!), JSON.stringify(metrics));
  }
  await passes(root, 'select', { runs: 'levels/train', rule: 'one_standard_error', out: 'levels/select' });
  const { name, rank } = json('levels/select/selection_noise0.4.json') as Ranked;
  assert.deepEqual([name, rank], ['0.001', 2]);
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
  const classes = membersOfClasses(tested.labels);
  assert.deepEqual(
    json('baseline/noise0.4/classes.json'),
    classes.map(({ class: digit, members }) => ({
      class: digit,
      images: members.length,
      ...Object.fromEntries(
        RIVAL_METHODS.map((method, at) => [
          method,
          quality(gather(images[at]!, members), gather(tested.clean, members)),
        ]),
      ),
    })),
  );
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

test('the samples are the first test image of each class, clean and as each method leaves it, and the maps its errors', async () => {
  const files = {
    images: 'test-images',
    labels: 'test-labels',
    noisy: 'noisy',
    evaluations: 'evaluate',
    baselines: 'baseline',
  };
  const sources = Object.fromEntries(Object.entries(files).map(([name, path]) => [name, inRoot(path)]));
  const { classes, clean, images, errors } = readSamples(sources as unknown as SampleSources, '0.4');
  const shown = oneOfEachClass(tested.labels);
  assert.deepEqual([classes, clean], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], gather(tested.clean, shown)]);
  const filters = json('baseline/noise0.4/filters.json') as Filters;
  const [denoised] = await denoisedBySeeds();
  for (const method of METHODS) {
    const all = method === 'model' ? denoised! : applyTuned(filters[method], testNoisy);
    assert.deepEqual(images[method], gather(all, shown), method);
    assert.deepEqual(errors[method], squaredErrorPerPixel(all, tested.clean), method);
  }
});

test('the classifier has its history, a loss and a share of the images after each epoch', () => {
  const {
    train_losses: losses,
    train_accuracies: shares,
    ...about
  } = json('classifier/classifier_metrics.json') as ClassifierMetrics;
  const { images: _, labels: __, ...configuration } = classifierFlags;
  assert.deepEqual(about, {
    configuration: { ...configuration, ...backend },
    parameters: 9 * 2 + 2 + 9 * 2 * 3 + 3 + 49 * 3 * 10 + 10,
    training_images: 40,
  });
  assert.deepEqual([losses.length, shares.length], [20, 20]);
  for (const share of shares)
    assert.ok(share >= 0 && share <= 1 && Math.abs(40 * share - Math.round(40 * share)) < 1e-9);
  assert.ok(shares.at(-1)! > shares[0]! && losses.at(-1)! < losses[0]!);
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
  assert.deepEqual(
    json('reading/noise0.4/classes.json'),
    membersOfClasses(tested.labels).map(({ class: digit, members }) => {
      const labels = Uint8Array.from(members, () => digit);
      const own = read.map((digits) =>
        readingAccuracy(
          Uint8Array.from(members, (image) => digits[image]!),
          labels,
        ),
      );
      return {
        class: digit,
        images: members.length,
        ...Object.fromEntries(kinds.slice(0, -2).map((kind, at) => [kind, own[at]])),
        model: (own.at(-2)! + own.at(-1)!) / 2,
      };
    }),
  );
  assert.equal(
    readFileSync(inRoot('reading/noise0.4/readings.csv'), 'utf8'),
    [
      ['index', 'label', ...kinds],
      ...Array.from(tested.labels, (label, image) => [image, label, ...read.map((digits) => digits[image])]),
    ]
      .map((row) => `${row.join(',')}\n`)
      .join(''),
  );
});
