// Stage evaluate: measures the final model of one noise level on the test set, over all images and digit by digit. It also measures the
// models of the folds; no choice depends on that.
import { join } from 'node:path';
import { runStage } from './lib/stage/fail.ts';
import { writeFileIn, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { gather, membersOfClasses, oneOfEachClass, PIXELS, SIZE } from './lib/data/images.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { meanSquaredError, quality, squaredErrorPerPixel } from './lib/measure/metrics.ts';
import { readModel } from './lib/model/model-file.ts';
import { allOf, denoise } from './lib/model/model.ts';
import { writeNpy } from './lib/data/npy.ts';
import { picture } from './lib/figures/picture.ts';
import { report, say } from './lib/stage/progress.ts';
import { meanSsim } from './lib/measure/ssim.ts';
import { backendFlags, useBackend } from './lib/stage/backend.ts';
import { modelFile, readRuns } from './lib/measure/training-metrics.ts';

const flags = {
  model: required('path', 'final model of this noise level'),
  runs: required('path', 'folder of the training runs'),
  ...testSetFlags,
  ...backendFlags,
  out: required('path', 'folder for the metrics and the denoised samples'),
} as const;

await runStage(async () => {
  const options = readFlags('evaluate', 'Measures models on the test images of one noise level.', flags);
  await useBackend(options.backend, options.threads);
  const { clean, noisy, labels } = readTestSet(options);
  const everything = allOf(clean);

  const denoised = await denoise(readModel(options.model), noisy, everything);
  const final = quality(denoised, clean);
  say(`final model: MSE ${final.mse.toFixed(5)}, SSIM ${final.ssim.toFixed(4)}`);
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

  const metrics = { noise_level: options.noise_level.value, images: everything.length, model: final };
  writeJson(join(options.out, 'metrics.json'), metrics);
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
