// `denoising-autoencoder generate-cross-validation-splits`: writes the folds of the split stage to a file of the user. It reads labels only and runs no pipeline.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { splitsCsv, stratifiedFolds } from '../lib/data/cv-splits.ts';
import { writeFileIn } from '../lib/stage/files.ts';
import { CommandError } from './command-error.ts';
import { FULL, fromRoot, readParameters, valueAt } from './parameters.ts';
import { trainingLabels } from './training-labels.ts';

export const usage = `denoising-autoencoder generate-cross-validation-splits --output-dir DIR [--n-splits N] [--noise-level σ] [--params FILE]

Writes DIR/noisy_mnist_cv_splits_noise<σ>.csv: stratified folds, a row index,label,split for each image and each fold in
which it is a training image. The noise level is part of the name only: folds do not depend on it. Labels are downloaded
where they are not here yet; images are not needed. \`denoise --cv-splits\` takes such a file.

  --n-splits N     number of folds (default: cv.n_splits)
  --noise-level σ  for the name (default: the first one of the grid)
  --params FILE    overrides ${FULL}, as for denoise

  $ denoising-autoencoder generate-cross-validation-splits --output-dir splits --n-splits 10 --noise-level 0.3
`;

/** @returns the exit status */
export async function run(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'output-dir': { type: 'string' },
      'n-splits': { type: 'string' },
      'noise-level': { type: 'string' },
      params: { type: 'string' },
    },
  });
  const folder = values['output-dir'];
  if (folder === undefined) throw new CommandError(`--output-dir is missing\n\n${usage}`);
  const file = values.params === undefined ? FULL : fromRoot(root, values.params);
  const { all } = readParameters(root, file);
  const levels = valueAt(all, 'grid.noise_level');
  const level = values['noise-level'] ?? (Array.isArray(levels) ? String(levels[0]) : '');
  if (!/^\d*\.?\d+$/.test(level)) throw new CommandError(`--noise-level ${level}: must be a number`);

  const splits = Number(values['n-splits'] ?? valueAt(all, 'cv.n_splits'));
  if (!Number.isInteger(splits) || splits < 2)
    throw new CommandError(`--n-splits ${values['n-splits'] ?? splits}: must be at least 2`);
  const labels = await trainingLabels(root, all);
  const out = join(resolve(folder), `noisy_mnist_cv_splits_noise${level}.csv`);
  const folds = stratifiedFolds(labels, splits, Number(valueAt(all, 'base.seed')));
  writeFileIn(out, splitsCsv(labels, folds, splits));
  console.log(`${out}: ${labels.length} images, ${splits} folds`);
  return 0;
}
