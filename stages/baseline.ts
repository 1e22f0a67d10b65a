// Stage baseline: methods without learning, on the same test images: the noisy input itself, a Gaussian filter tuned on training images,
// and the filter with an affine calibration fitted on training images, which is the fair comparison.
import { join } from 'node:path';
import { applyAffine, fitAffine, type Affine } from './lib/measure/affine-fit.ts';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeJson } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { gaussianFilter } from './lib/measure/gaussian-filter.ts';
import {
  gather,
  membersOfClasses,
  oneOfEachClass,
  PIXELS,
  readCleanImages,
  readNoisyImages,
  SIZE,
} from './lib/data/images.ts';
import { readTestSet, testSetFlags } from './lib/data/test-set.ts';
import { meanSquaredError, quality, squaredErrorPerPixel, type Quality } from './lib/measure/metrics.ts';
import { writeNpy } from './lib/data/npy.ts';
import { report, say } from './lib/stage/progress.ts';
import { meanSsim } from './lib/measure/ssim.ts';
import type { BaselineClass } from './lib/measure/test-metrics.ts';

const flags = {
  train_images: required('path', 'idx file of the clean training images'),
  train_noisy: required('path', '.npy file of the same images with noise'),
  ...testSetFlags,
  tuning_images: required('integer', 'number of training images to tune on; the last ones'),
  filter_sigmas: required('numbers', 'standard deviations of the filter to try, in pixels'),
  out: required('path', 'folder for the metrics and the filtered samples'),
} as const;

type Tried = {
  readonly sigma: number;
  readonly mse: number;
  readonly ssim: number;
  readonly affine: Affine;
  readonly affine_mse: number;
};

await runStage(async () => {
  const options = readFlags(
    'baseline',
    'Tunes Gaussian filters on training images, measures on test images.',
    flags,
  );
  if (options.filter_sigmas.some((sigma) => sigma <= 0))
    throw new StageError('--filter_sigmas: each must be above 0');
  const trainClean = readCleanImages(options.train_images);
  const trainNoisy = readNoisyImages(options.train_noisy, trainClean);
  const from = Math.max(0, trainClean.length - options.tuning_images * PIXELS);
  const tuning = { clean: trainClean.subarray(from), noisy: trainNoisy.subarray(from) };
  const tried = options.filter_sigmas.map((sigma, at): Tried => {
    const filtered = gaussianFilter(tuning.noisy, SIZE, sigma);
    const affine = fitAffine(filtered, tuning.clean);
    report({ done: at + 1, total: options.filter_sigmas.length, unit: 'filter' });
    return {
      sigma,
      mse: meanSquaredError(filtered, tuning.clean),
      ssim: meanSsim(filtered, tuning.clean, SIZE),
      affine,
      affine_mse: meanSquaredError(applyAffine(affine, filtered), tuning.clean),
    };
  });
  const forMse = lowest(tried, ({ mse }) => mse);
  const forSsim = lowest(tried, ({ ssim }) => -ssim);
  const calibrated = lowest(tried, (entry) => entry.affine_mse);

  const { clean, noisy, labels } = readTestSet(options);
  const filtered = {
    noisy,
    gaussian: gaussianFilter(noisy, SIZE, forMse.sigma),
    gaussian_ssim: gaussianFilter(noisy, SIZE, forSsim.sigma),
    gaussian_affine: applyAffine(calibrated.affine, gaussianFilter(noisy, SIZE, calibrated.sigma)),
  };
  const metrics = {
    noise_level: options.noise_level.value,
    images: labels.length,
    noisy: quality(noisy, clean),
    gaussian: { sigma: forMse.sigma, ...quality(filtered.gaussian, clean) },
    gaussian_ssim: { sigma: forSsim.sigma, ...quality(filtered.gaussian_ssim, clean) },
    gaussian_affine: {
      sigma: calibrated.sigma,
      ...calibrated.affine,
      ...quality(filtered.gaussian_affine, clean),
    },
  };
  for (const name of ['noisy', 'gaussian', 'gaussian_ssim', 'gaussian_affine'] as const)
    say(`${name}: MSE ${metrics[name].mse.toFixed(5)}, SSIM ${metrics[name].ssim.toFixed(4)}`);
  writeJson(join(options.out, 'metrics.json'), metrics);
  writeJson(join(options.out, 'tuning.json'), tried);
  const classes = membersOfClasses(labels).map(({ class: digit, members }): BaselineClass => {
    const of = (images: Float32Array): Quality => quality(gather(images, members), gather(clean, members));
    return {
      class: digit,
      images: members.length,
      noisy: of(filtered.noisy),
      gaussian: of(filtered.gaussian),
      gaussian_ssim: of(filtered.gaussian_ssim),
      gaussian_affine: of(filtered.gaussian_affine),
    };
  });
  writeJson(join(options.out, 'classes.json'), classes);
  const samples = oneOfEachClass(labels);
  for (const name of ['gaussian', 'gaussian_affine'] as const) {
    const values = gather(filtered[name], samples);
    const shape = [values.length / PIXELS, SIZE, SIZE];
    writeNpy(join(options.out, `${name}_samples.npy`), { shape, values });
  }
  for (const name of ['noisy', 'gaussian', 'gaussian_affine'] as const) {
    const values = squaredErrorPerPixel(filtered[name], clean);
    writeNpy(join(options.out, `${name}_error_map.npy`), { shape: [SIZE, SIZE], values });
  }
});

/** The first of equal ones. */
function lowest(tried: readonly Tried[], by: (entry: Tried) => number): Tried {
  return tried.reduce((best, entry) => (by(entry) < by(best) ? entry : best));
}
