// Stage evaluate: measures the final models of one noise level, one for each seed, on the test set: their mean and deviation, and the
// first one digit by digit. It also measures the models of the folds; no choice depends on that.
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeFileIn, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { gather, membersOfClasses, oneOfEachClass, PIXELS, SIZE } from './lib/data/images.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { meanSquaredError, quality, squaredErrorPerPixel, type Quality } from './lib/measure/metrics.ts';
import { measurePerImage } from './lib/measure/measure-per-image.ts';
import { type PerImage, writePerImage } from './lib/measure/per-image.ts';
import { deviation, mean, overAll } from './lib/measure/spread.ts';
import { finalModels } from './lib/model/final-models.ts';
import { readModel } from './lib/model/model-file.ts';
import { allOf, denoise } from './lib/model/model.ts';
import { writeNpy } from './lib/data/npy.ts';
import { picture } from './lib/figures/picture.ts';
import { report, say } from './lib/stage/progress.ts';
import { meanSsim } from './lib/measure/ssim.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { modelFile, readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  models: required('path', 'folder of the final models of this noise level, one for each seed'),
  runs: required('path', 'folder of the training runs'),
  ...testSetFlags,
  ...backendFlags,
  out: required('path', 'folder for the metrics and the denoised samples'),
  timings: required('path', 'JSON file for the times'),
} as const;

await runStage(async () => {
  const options = readFlags('evaluate', 'Measures models on the test images of one noise level.', flags);
  await useBackend(options.backend, options.threads);
  const { clean, noisy, labels } = readTestSet(options);
  const everything = allOf(clean);

  const seeds: (Quality & { readonly seed: number })[] = [];
  const perImage: PerImage[] = [];
  let denoised: Float32Array = new Float32Array();
  let milliseconds = 0;
  for (const { seed, path } of finalModels(options.models)) {
    const model = readModel(path);
    const started = performance.now();
    const images = await denoise(model, noisy, everything);
    if (seeds.length === 0) {
      denoised = images;
      milliseconds = (performance.now() - started) / everything.length;
    }
    const measured = { seed, ...quality(images, clean) };
    seeds.push(measured);
    perImage.push(measurePerImage(images, clean));
    say(`seed ${seed}: MSE ${measured.mse.toFixed(5)}, SSIM ${measured.ssim.toFixed(4)}`);
  }
  const classes = membersOfClasses(labels).map(({ class: digit, members }) => {
    const [own, expected] = [gather(denoised, members), gather(clean, members)];
    return { class: digit, images: members.length, ...quality(own, expected) };
  });

  const runs = readRuns(options.runs).filter(
    ({ configuration }) => configuration.noise_level === options.noise_level.value,
  );
  const folds: { run: string; fold: number; test_mse: number; test_ssim: number }[] = [];
  for (const { name, folder, fold } of runs) {
    const own = await denoise(readModel(modelFile(folder, fold)), noisy, everything);
    const measured = { test_mse: meanSquaredError(own, clean), test_ssim: meanSsim(own, clean, SIZE) };
    folds.push({ run: name, fold, ...measured });
    report({ done: folds.length, total: runs.length, unit: 'fold model' });
  }

  writeJson(join(options.out, 'metrics.json'), {
    noise_level: options.noise_level.value,
    images: everything.length,
    model: overAll(seeds, mean),
    model_std: overAll(seeds, deviation),
    seeds,
  });
  writePerImage(join(options.out, 'per_image.npy'), perImage);
  writeJson(options.timings, { milliseconds_per_image: { model: milliseconds } });
  writeJson(join(options.out, 'classes.json'), classes);
  writeJson(join(options.out, 'fold_models.json'), folds);
  const samples = oneOfEachClass(labels);
  const values = gather(denoised, samples);
  const shape = [values.length / PIXELS, SIZE, SIZE];
  writeNpy(join(options.out, 'samples.npy'), { shape, values });
  const errors = squaredErrorPerPixel(denoised, clean);
  writeNpy(join(options.out, 'error_map.npy'), { shape: [SIZE, SIZE], values: errors });
  const rows = [gather(clean, samples), gather(noisy, samples), values];
  writeFileIn(join(options.out, 'samples.png'), picture(rows, 2));
});
