// Stage noise: the noisy training images of one noise level, drawn once; every epoch and fold sees the same.
import { runStage, StageError } from './lib/stage/fail.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { PIXELS, readCleanImages, SIZE } from './lib/data/images.ts';
import { addNoise } from './lib/data/noise.ts';
import { writeNpy } from './lib/data/npy.ts';
import { say } from './lib/stage/progress.ts';

const flags = {
  images: required('path', 'idx file of the clean images'),
  noise_level: required('number', 'standard deviation σ of the noise; pixels are 0 … 1'),
  noise_seed: required('integer', 'seed of the noise'),
  out: required('path', '.npy file to write: 32-bit floats [n, 28, 28]'),
} as const;

await runStage(async () => {
  const options = readFlags('noise', 'Adds Gaussian noise to the training images and cuts to 0 … 1.', flags);
  if (options.noise_level < 0) throw new StageError('--noise_level: must not be negative');
  const clean = readCleanImages(options.images);
  const values = addNoise(clean, options.noise_level, options.noise_seed);
  const shape = [clean.length / PIXELS, SIZE, SIZE];
  writeNpy(options.out, { shape, values });
  say(`${options.out}: [${shape.join(', ')}], σ ${options.noise_level}`);
});
