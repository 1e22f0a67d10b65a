// Stage noise_test: the noisy test images of one noise level. It takes the selection as an input, so that the test set
// is not read before the selection is made.
import { runStage } from './lib/stage/fail.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { PIXELS, readCleanImages, SIZE } from './lib/data/images.ts';
import { addNoise } from './lib/data/noise.ts';
import { writeNpy } from './lib/data/npy.ts';
import { say } from './lib/stage/progress.ts';
import { checkLevel, readSelection } from './lib/measure/selection.ts';

const flags = {
  selection: required('path', 'selection of this noise level, JSON'),
  images: required('path', 'idx file of the clean test images'),
  noise_level: required('spelled', 'standard deviation σ of the noise; pixels are 0 … 1'),
  noise_seed: required('integer', "seed of the training set's noise; the test set's is the next one"),
  out: required('path', '.npy file to write: 32-bit floats [n, 28, 28]'),
} as const;

await runStage(async () => {
  const options = readFlags(
    'noise_test',
    'Adds Gaussian noise to the test images, once a model is chosen.',
    flags,
  );
  checkLevel(readSelection(options.selection), options.noise_level, options.selection);
  const clean = readCleanImages(options.images);
  const values = addNoise(clean, options.noise_level.value, options.noise_seed + 1);
  const shape = [clean.length / PIXELS, SIZE, SIZE];
  writeNpy(options.out, { shape, values });
  say(`${options.out}: [${shape.join(', ')}], σ ${options.noise_level.text}`);
});
