// Training on our own kernels for WebGPU, on a driver that computes in software: the courses that PyTorch recorded, the first steps of
// plain JavaScript, the stages themselves, and what a step costs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { activeGpu } from '@pipe-engine/tensorflow/layers';
import { useGpu } from '../../../packages/tensorflow/src/webgpu/gpu.ts';
import { openDevice } from '../../../packages/tensorflow/src/webgpu/device.ts';
import { gpuOn } from '../../../packages/tensorflow/src/webgpu.ts';
import { gather } from '../../../stages/lib/data/images.ts';
import { encodeIdx } from '../../../stages/lib/data/idx.ts';
import { readNpy, writeNpy } from '../../../stages/lib/data/npy.ts';
import { meanSquaredError } from '../../../stages/lib/measure/metrics.ts';
import { meanSsim } from '../../../stages/lib/measure/ssim.ts';
import { LOSSES, metricsFile, modelFile, type Loss } from '../../../stages/lib/measure/training-metrics.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { denoise, type Model } from '../../../stages/lib/model/model.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { fitAll, fitValidated } from '../../../stages/lib/training/fit.ts';
import { scheduleOf } from '../../../stages/lib/training/learning-rate.ts';
import { startSetTrainer } from '../../../stages/lib/training/set-trainer.ts';
import { passes } from '../../stages/run-stage.ts';
import { nearCourse, nearImages } from '../../stages/training/near.ts';
import {
  clean,
  labels,
  modelNames,
  models,
  noisy,
  pairs,
  readRecorded,
  sampled,
  sides,
} from '../../stages/training/tiny-courses.ts';
import { counted, type Counts } from './counted-device.ts';
import { idleDevice } from './idle-device.ts';
import { useSoftwareGpu } from './software-gpu.ts';

const recorded = readRecorded();
const folder = mkdtempSync(join(tmpdir(), 'pipe-webgpu-'));
after(() => rmSync(folder, { recursive: true }));

let counts: Counts;
let device: GPUDevice;

before(async () => {
  useSoftwareGpu();
  await useBackend('webgpu', 1);
  ({ device } = await openDevice());
  onGpu();
});

/** On the processor it is not the one in use. */
function onGpu(limits: Partial<GPUSupportedLimits> = {}): void {
  const watched = counted(device, limits);
  counts = watched.counts;
  useGpu(gpuOn(watched.device, 'SwiftShader'));
}

for (const name of modelNames) {
  const given = models[name];
  const schedule = scheduleOf(given.schedule, given.epochs);
  const expected = recorded.models[name];

  test(`the ${name} takes the course that PyTorch recorded`, async () => {
    const fit = await fitValidated(pairs, sides, { ...given, schedule }, () => {});
    const course = (value: 'trainLoss' | 'valMse' | 'valSsim'): number[] =>
      fit.epochs.map((epoch) => epoch[value]);
    nearCourse(course('trainLoss'), expected.train_losses, 'train loss');
    nearCourse(course('valMse'), expected.val_mses, 'validation MSE');
    nearCourse(course('valSsim'), expected.val_ssims, 'validation SSIM');
    // What was measured on the GPU is what the model of the best epoch does, measured with double precision.
    const denoised = await denoise(fit.model, noisy, sides.validation);
    const target = gather(clean, sides.validation);
    const { valMse, valSsim } = fit.epochs[fit.bestEpoch - 1]!;
    assert.ok(Math.abs(meanSquaredError(denoised, target) - valMse) < 1e-6 * valMse);
    assert.ok(Math.abs(meanSsim(denoised, target, 28) - valSsim) < 1e-5);
    assert.equal(fit.bestEpoch, expected.best_epoch);
    nearImages(sampled(denoised), expected.denoised);
  });
}

test('the final model trains on all images, and has the same bits when it is trained again', async () => {
  const losses: number[] = [];
  const options = { ...models.cdae, schedule: scheduleOf('constant', 1), epochs: 2 };
  const train = (): Promise<Model> => fitAll(pairs, options, (_, loss) => void losses.push(loss));
  const model = await train();
  nearCourse(losses, recorded.models.cdae.final_train_losses.slice(0, 2), 'train loss');
  assert.deepEqual(await train(), model);
});

const FOUR = Uint32Array.of(3, 20, 0, 11);
const architectures = [models.cdae.architecture, models.unet.architecture, models.residual_unet.architecture];

/** Losses of steps, and the model after them. */
async function steps(architecture: Architecture, loss: Loss, count: number): Promise<[number[], Model]> {
  const trainer = startSetTrainer(architecture, 7, pairs, { loss, batches: [4] });
  const losses: number[] = [];
  for (let step = 0; step < count; step++) losses.push(...(await trainer.step(FOUR, 0.002)));
  losses.push(...(await trainer.losses()));
  const model = await trainer.snapshot();
  trainer.dispose();
  return [losses, model];
}

for (const architecture of architectures)
  for (const loss of LOSSES)
    test(`${loss} of the ${architecture.model}: steps as in plain JavaScript`, async () => {
      const [losses, { running }] = await steps(architecture, loss, 3);
      const gpu = activeGpu();
      await useBackend('cpu', 1);
      const [expected, model] = await steps(architecture, loss, 3);
      useGpu(gpu);
      for (const [at, value] of losses.entries())
        assert.ok(
          Math.abs(value - expected[at]!) < 1e-4 * value,
          `step ${at + 1}: ${value}, ${expected[at]}`,
        );
      for (const [name, { mean, variance }] of model.running)
        for (const [actual, right] of [
          [running.get(name)!.mean, mean],
          [running.get(name)!.variance, variance],
        ] as const)
          for (const [at, value] of right.entries())
            assert.ok(
              Math.abs(actual[at]! - value) < 1e-3 * (Math.abs(value) + 0.01),
              `${name}: ${actual[at]}, ${value}`,
            );
    });

for (const architecture of architectures.slice(0, 2))
  test(`a step of the ${architecture.model} is one submission, and makes nothing`, async () => {
    onGpu();
    const trainer = startSetTrainer(architecture, 1, pairs, { batches: [4, 2], validation: 7 });
    await trainer.step(FOUR, 0.01);
    const { submissions, made } = counts;
    await trainer.step(FOUR, 0.01);
    assert.equal(counts.submissions - submissions, 1);
    for (let step = 0; step < 3; step++) await trainer.step(FOUR.subarray(0, 2), 0.01);
    assert.equal((await trainer.losses()).length, 5);
    await trainer.validate(sides.validation);
    assert.equal(counts.made, made);
    trainer.dispose();
  });

/** Plain kernels, products in tiles, and enough tiles that no sum is divided. */
const WIDTHS = [4, 16, 128];
const allFilters = WIDTHS.flatMap((a) => WIDTHS.flatMap((b) => WIDTHS.map((c) => [a, b, c] as const)));
const everyWidth: Readonly<Record<Architecture['model'], readonly Architecture[]>> = {
  cdae: allFilters.flatMap((filters) =>
    WIDTHS.map((latentDim) => ({ model: 'cdae' as const, filters, latentDim })),
  ),
  unet: allFilters.map((filters) => ({ model: 'unet', filters })),
  residual_unet: allFilters.map((filters) => ({ model: 'residual_unet', filters })),
};

for (const [model, all] of Object.entries(everyWidth))
  test(`a step of the ${model} has at most 80 dispatches, whatever its widths and its loss`, async () => {
    const onGpu = activeGpu();
    const batch = Uint32Array.from({ length: 64 }, (_, at) => at % labels.length);
    for (const architecture of all)
      for (const loss of LOSSES) {
        const { device: idle, counts } = counted(idleDevice());
        useGpu(gpuOn(idle, 'none'));
        await startSetTrainer(architecture, 1, pairs, { loss }).step(batch, 0.01);
        const what = `${counts.dispatches} dispatches, ${loss} of ${JSON.stringify(architecture)}`;
        assert.equal(counts.submissions, 1, what);
        assert.ok(counts.dispatches > 40 && counts.dispatches <= 80, what);
      }
    useGpu(onGpu);
  });

test('images beyond the limit of a binding are divided, with the same bits', async () => {
  const whole = await steps(models.cdae.architecture, 'mse', 2);
  onGpu({ maxStorageBufferBindingSize: 4 * 784 * 9 });
  assert.deepEqual(await steps(models.cdae.architecture, 'mse', 2), whole);
  onGpu();
});

test('a training goes on from a model, and what it copies is that model', async () => {
  const [, from] = await steps(models.unet.architecture, 'mse', 1);
  const trainer = startSetTrainer(models.unet.architecture, 8, pairs, { from });
  assert.deepEqual(await trainer.snapshot(), from);
  assert.deepEqual(await trainer.denoise(noisy, FOUR), await denoise(from, noisy, FOUR));
  trainer.dispose();
});

test('a loss that is no number ends the training with the epoch and the step', async () => {
  await assert.rejects(
    fitValidated(pairs, sides, { ...models.cdae, schedule: () => 1, learningRate: Infinity }, () => {}),
    {
      name: 'StageError',
      message: 'training diverged: the loss is NaN in epoch 1, step 2; lower learning_rate',
    },
  );
});

test('a last step that leaves no numbers ends it, too', async () => {
  const last = { schedule: (): number => 1, learningRate: Infinity, batchSize: 21, epochs: 1 };
  await assert.rejects(
    fitValidated(pairs, sides, { ...models.cdae, ...last }, () => {}),
    {
      name: 'StageError',
      message: 'training diverged: the validation loss is NaN after epoch 1; lower learning_rate',
    },
  );
});

test('the stages train and denoise on the GPU as on the processor', async () => {
  writeFileSync(join(folder, 'images'), encodeIdx({ shape: [labels.length, 28, 28], values: clean }));
  writeFileSync(join(folder, 'labels'), encodeIdx({ shape: [labels.length], values: labels }));
  writeNpy(join(folder, 'noisy.npy'), { shape: [labels.length, 28, 28], values: noisy });
  await passes(folder, 'split', { labels: 'labels', n_splits: 2, seed: 9, out: 'splits.csv' });
  const train = async (backend: string): Promise<{ val_losses: number[]; val_ssims: number[] }> => {
    const said = await passes(folder, 'train', {
      images: 'images',
      noisy: 'noisy.npy',
      splits: 'splits.csv',
      fold: 0,
      train_on: 'all',
      noise_level: 0.5,
      noise_seed: 1,
      seed: 5,
      model: 'cdae',
      latent_dim: 8,
      filters: [4, 8, 8],
      batch_size: 4,
      learning_rate: 0.004,
      learning_rate_schedule: 'cosine',
      loss: 'mixed',
      epochs: 2,
      early_stopping_patience: 2,
      backend,
      threads: 1,
      out: backend,
      timings: `${backend}.json`,
    });
    assert.match(said, new RegExp(`^backend ${backend} · `, 'm'));
    return JSON.parse(readFileSync(metricsFile(join(folder, backend), 0), 'utf8'));
  };
  const [actual, expected] = [await train('webgpu'), await train('wasm')];
  nearCourse(actual.val_losses, expected.val_losses, 'validation loss', 1e-3);
  nearCourse(actual.val_ssims, expected.val_ssims, 'validation SSIM', 1e-3);

  const model = modelFile(join(folder, 'webgpu'), 0);
  for (const backend of ['webgpu', 'wasm'])
    await denoiseFile(['--model', model, '--backend', backend, 'noisy.npy', `${backend}.npy`]);
  const [onGpu, onProcessor] = ['webgpu', 'wasm'].map(
    (backend) => readNpy(join(folder, `${backend}.npy`)).values,
  );
  for (const [at, value] of onProcessor!.entries()) assert.ok(Math.abs(onGpu![at]! - value) < 1e-5);
});

/** Calls the program, which takes files without flags. */
async function denoiseFile(args: readonly string[]): Promise<void> {
  const program = join(import.meta.dirname, '../../../stages/denoise.ts');
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}
