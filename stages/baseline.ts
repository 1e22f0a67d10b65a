// Stage baseline: the rivals of the model on the same test images: the noisy input itself and filters, each tuned on training images, as
// they are and with an affine calibration fitted on training images, which is the fair comparison.
import { join } from 'node:path';
import {
  gather,
  membersOfClasses,
  oneOfEachClass,
  PIXELS,
  readCleanImages,
  readNoisyImages,
  SIZE,
} from './lib/data/images.ts';
import { writeNpy } from './lib/data/npy.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { measurePerImage } from './lib/measure/measure-per-image.ts';
import { writePerImage, type PerImage } from './lib/measure/per-image.ts';
import { quality, squaredErrorPerPixel, type Quality } from './lib/measure/metrics.ts';
import type { BaselineClass } from './lib/measure/test-metrics.ts';
import { applyTuned, RIVAL_METHODS, type RivalMethod } from './lib/rivals/rivals.ts';
import { bestFilters, checkCandidates, filtersOf, tryFilter } from './lib/measure/tuning.ts';
import { runStage } from './lib/stage/fail.ts';
import { type Json, writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { report, say } from './lib/stage/progress.ts';

const flags = {
  train_images: required('path', 'idx file of the clean training images'),
  train_noisy: required('path', '.npy file of the same images with noise'),
  ...testSetFlags,
  tuning_images: required('integer', 'number of training images to tune on; the last ones'),
  filter_sigmas: required('numbers', 'Gaussian filter: standard deviations to try, in pixels'),
  median_windows: required('integers', 'median: widths of the window to try, in pixels, odd'),
  tv_weights: required('numbers', 'total variation: weights to try'),
  nlm_patches: required('integers', 'non-local means: widths of a patch to try, in pixels, odd'),
  nlm_distance: required('integer', 'non-local means: how far away patches are looked for, in pixels'),
  nlm_strengths: required('numbers', 'non-local means: h to try, as multiples of the noise level'),
  nlm_sigmas: required('numbers', 'non-local means: noise to subtract, as multiples of the noise level'),
  linear_window: required('integer', 'learned linear filter: width of its window in pixels, odd'),
  out: required('path', 'folder for the metrics, the filters and the filtered samples'),
  timings: required('path', 'JSON file for the times'),
} as const;

await runStage(async () => {
  const options = readFlags('baseline', 'Tunes filters on training images, measures on test images.', flags);
  checkCandidates(options);
  const level = options.noise_level.value;
  const trainClean = readCleanImages(options.train_images);
  const trainNoisy = readNoisyImages(options.train_noisy, trainClean);
  const from = Math.max(0, trainClean.length - options.tuning_images * PIXELS);
  const pairs = { clean: trainClean.subarray(from), noisy: trainNoisy.subarray(from) };
  const filters = filtersOf(options, level, pairs);
  const tried = filters.map((filter, at) => {
    const result = tryFilter(filter, pairs);
    report({ done: at + 1, total: filters.length, unit: 'filter' });
    return result;
  });
  const best = bestFilters(tried);

  const { clean, noisy, labels } = readTestSet(options);
  const classes = membersOfClasses(labels);
  const samples = oneOfEachClass(labels);
  const results: { [method: string]: Quality } = {};
  const ofClasses: { [method: string]: Quality }[] = classes.map(() => ({}));
  const perImage: PerImage[] = [];
  const times: { [method: string]: number } = {};
  for (const method of RIVAL_METHODS) {
    const tuned = best[method];
    const started = performance.now();
    const images = applyTuned(tuned, noisy);
    times[method] = (performance.now() - started) / labels.length;
    results[method] = quality(images, clean);
    for (const [at, { members }] of classes.entries())
      ofClasses[at]![method] = quality(gather(images, members), gather(clean, members));
    perImage.push(measurePerImage(images, clean));
    const values = gather(images, samples);
    writeNpy(join(options.out, 'samples', `${method}.npy`), { shape: [samples.length, SIZE, SIZE], values });
    const errors = squaredErrorPerPixel(images, clean);
    writeNpy(join(options.out, 'error_maps', `${method}.npy`), { shape: [SIZE, SIZE], values: errors });
    say(`${method}: MSE ${results[method].mse.toFixed(5)}, SSIM ${results[method].ssim.toFixed(4)}`);
  }
  const methods = results as { readonly [method in RivalMethod]: Quality };
  writeJson(join(options.out, 'metrics.json'), { noise_level: level, images: labels.length, ...methods });
  writeJson(
    join(options.out, 'classes.json'),
    classes.map(({ class: digit, members }, at) => {
      const measured = ofClasses[at]! as { readonly [method in RivalMethod]: Quality };
      return { class: digit, images: members.length, ...measured } satisfies BaselineClass;
    }),
  );
  writeJson(join(options.out, 'filters.json'), best as unknown as Json);
  writeJson(join(options.out, 'tuning.json'), tried as unknown as Json);
  writePerImage(join(options.out, 'per_image.npy'), perImage);
  writeJson(options.timings, { milliseconds_per_image: times });
});
