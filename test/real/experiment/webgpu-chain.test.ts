// The stages after the selection on WebGPU, each with the files of those before it, on a driver that computes in software: what they
// write is computed here again, on WASM. Those before it are in webgpu-training.test.ts.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { allIndices } from '../../../stages/lib/data/images.ts';
import { someImages } from '../../../stages/lib/data/some-images.ts';
import { quality } from '../../../stages/lib/measure/metrics.ts';
import type { Ranked } from '../../../stages/lib/measure/selection.ts';
import type { Evaluation, Reading } from '../../../stages/lib/measure/test-metrics.ts';
import type { TrainingMetrics } from '../../../stages/lib/measure/training-metrics.ts';
import { readDigits, readingAccuracy } from '../../../stages/lib/model/classifier.ts';
import { readNetwork } from '../../../stages/lib/model/classifier-file.ts';
import { readModel } from '../../../stages/lib/model/model-file.ts';
import { allOf, denoise } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { fitAll } from '../../../stages/lib/training/fit.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { passes, type FlagTexts } from '../../stages/run-stage.ts';
import {
  candidates,
  classifierFlags,
  finalModel,
  finalModels,
  inRoot,
  json,
  LEVEL,
  root,
  tested,
  testFlags,
  testNoisy,
  train,
  TRAIN_ON,
  trainFlags,
  trainNoisy,
} from '../../stages/tiny-chain.ts';
import { nearCourse } from '../../stages/training/near.ts';
import { useSoftwareGpu } from './software-gpu.ts';

const RATE = 0.01;
/** Divides the images: batches of one size, since kernels are compiled for each. */
const BATCH = TRAIN_ON / 2;
const SEEDS = [5, 6] as const;
const onGpu = { backend: 'webgpu', threads: 1 } as const;
const selection = 'select/selection_noise0.4.json';
const noisy = 'noisy/train_noise0.4.npy';

before(async () => {
  useSoftwareGpu();
  await useBackend('wasm', 1);
  const noise = { images: 'train-images', noise_level: LEVEL, noise_seed: 11, out: noisy };
  await passes(root, 'noise', noise);
  await passes(root, 'split', { labels: 'train-labels', n_splits: 2, seed: 9, out: 'splits.csv' });
  await passes(root, 'train', { ...trainFlags(RATE, 0), batch_size: BATCH });
  await passes(root, 'select', { runs: 'train', rule: 'lowest', out: 'select' });
  await passes(root, 'noise_test', { ...noise, selection, images: 'test-images', out: testFlags.noisy });
});
after(() => rmSync(root, { recursive: true }));

async function passesOnGpu(stage: string, flags: FlagTexts): Promise<void> {
  assert.match(
    await passes(root, stage, { ...flags, ...onGpu }),
    /^backend webgpu · .* · device swiftshader/m,
  );
}

test('retrain: the final models of all seeds, on as many images and for as many epochs as the selection says', async () => {
  await passesOnGpu('retrain', {
    selection,
    images: 'train-images',
    noisy,
    noise_level: LEVEL,
    final_seeds: SEEDS.length,
    out: 'retrain/noise0.4',
    timings: 'timings/retrain.json',
  });
  const { configuration, epochs } = json(selection) as Ranked;
  const written = json('retrain/noise0.4/final_training_metrics.json') as Pick<
    TrainingMetrics,
    'configuration'
  > & {
    readonly seeds: readonly { readonly seed: number; readonly train_losses: readonly number[] }[];
  };
  assert.deepEqual(written.configuration, { ...configuration, epochs, ...onGpu });
  assert.deepEqual(
    written.seeds.map(({ seed }) => seed),
    SEEDS,
  );
  for (const { seed, train_losses } of written.seeds) {
    const losses: number[] = [];
    await fitAll(
      { noisy: trainNoisy, clean: train.clean },
      {
        architecture: { model: 'cdae', filters: [2, 3, 4], latentDim: 6 },
        training: someImages(allIndices(40), TRAIN_ON, seed, 40),
        seed,
        batchSize: BATCH,
        learningRate: RATE,
        schedule: scheduleOf('cosine', 5),
        loss: 'mixed',
        epochs,
      },
      (_, loss) => void losses.push(loss),
    );
    nearCourse(train_losses, losses, `train loss of seed ${seed}`, 1e-3);
  }
  assert.deepEqual(
    readFileSync(inRoot(finalModel)),
    readFileSync(inRoot(`${finalModels}/model_seed_${SEEDS[0]}.safetensors`)),
  );
});

/** The test images, by the models that the GPU has trained. */
const denoisedBySeeds = (): Promise<readonly Float32Array[]> =>
  Promise.all(
    SEEDS.map((seed) =>
      denoise(
        readModel(inRoot(`${finalModels}/model_seed_${seed}.safetensors`)),
        testNoisy,
        allOf(testNoisy),
      ),
    ),
  );

test('evaluate: the final models and that of the fold', async () => {
  await passesOnGpu('evaluate', {
    models: finalModels,
    runs: 'train',
    ...testFlags,
    out: 'evaluate',
    timings: 'timings/evaluate.json',
  });
  const { images, seeds } = json('evaluate/metrics.json') as Evaluation;
  assert.equal(images, 20);
  const denoised = await denoisedBySeeds();
  for (const [at, { mse, ssim }] of seeds.entries()) {
    const expected = quality(denoised[at]!, tested.clean);
    near(mse, expected.mse, `MSE of seed ${SEEDS[at]}`);
    near(ssim, expected.ssim, `SSIM of seed ${SEEDS[at]}`);
  }
  assert.equal(seeds.length, SEEDS.length);
  const [fold, ...others] = json('evaluate/fold_models.json') as readonly {
    fold: number;
    test_mse: number;
  }[];
  const own = await denoise(
    readModel(inRoot(`train/${RATE}/model_fold_0.safetensors`)),
    testNoisy,
    allOf(testNoisy),
  );
  near(fold!.test_mse, quality(own, tested.clean).mse, 'MSE of the fold');
  assert.deepEqual(others, []);
});

test('reading: what a classifier reads in the images that the models have denoised', async () => {
  await passes(root, 'classifier', {
    ...classifierFlags,
    backend: 'wasm',
    threads: 1,
    out: 'classifier',
  });
  await passes(root, 'baseline', {
    train_images: 'train-images',
    train_noisy: noisy,
    ...testFlags,
    tuning_images: 15,
    ...candidates,
    out: 'baseline',
    timings: 'timings/baseline.json',
  });
  await passesOnGpu('reading', {
    classifier: 'classifier/classifier.safetensors',
    models: finalModels,
    filters: 'baseline/filters.json',
    ...testFlags,
    out: 'reading',
  });
  const { reading_accuracy: read } = json('reading/metrics.json') as Reading;
  const network = readNetwork(inRoot('classifier/classifier.safetensors'));
  const [first, ...rows] = readFileSync(inRoot('reading/readings.csv'), 'utf8').trim().split('\n');
  const columns = first!.split(',');
  const column = (name: string): number[] => rows.map((row) => Number(row.split(',')[columns.indexOf(name)]));
  assert.deepEqual(column('clean'), [...(await readDigits(network, tested.clean))]);
  const shares: number[] = [];
  for (const [at, images] of (await denoisedBySeeds()).entries()) {
    const digits = column(`model_seed_${SEEDS[at]}`);
    const expected = await readDigits(network, images);
    // One digit may be as likely as another.
    const others = digits.filter((digit, image) => digit !== expected[image]);
    assert.ok(others.length <= 1, `${others.length} images of seed ${SEEDS[at]} are read otherwise`);
    shares.push(readingAccuracy(Uint8Array.from(digits), tested.labels));
  }
  assert.deepEqual(read.model, (shares[0]! + shares[1]!) / 2);
});

const near = (actual: number, expected: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) < 1e-4 * expected, `${what}: ${actual}, ${expected}`);
