// `denoising-autoencoder generate-cross-validation-splits`: writes the folds to a file, with the pipeline's own split stage and labels.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';
import { FULL, fromRoot, pipelineFlags, readParameters, valueAt } from './parameters.ts';
import { readStage, runPipe } from './pipe.ts';

export const usage = `denoising-autoencoder generate-cross-validation-splits --output-dir DIR [--n-splits N] [--noise-level σ] [--params FILE]

Writes DIR/noisy_mnist_cv_splits_noise<σ>.csv: stratified folds, a row index,label,split for each image and each fold in
which it is a training image. The noise level is part of the name only: folds do not depend on it. Labels are downloaded
where they are not here yet. \`denoise --cv-splits\` takes such a file.

  --n-splits N     number of folds (default: cv.n_splits)
  --noise-level σ  for the name (default: the first one of the grid)
  --params FILE    overrides ${FULL}, as for denoise

  $ denoising-autoencoder generate-cross-validation-splits --output-dir splits --n-splits 10 --noise-level 0.3
`;

/** @returns the exit status, that of \`pipe repro\` or of the stage where they fail. */
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
  const flags = pipelineFlags(file);
  const { all } = readParameters(root, file);
  const levels = valueAt(all, 'grid.noise_level');
  const level = values['noise-level'] ?? (Array.isArray(levels) ? String(levels[0]) : '');
  if (!/^\d*\.?\d+$/.test(level)) throw new CommandError(`--noise-level ${level}: must be a number`);

  const code = await runPipe(['repro', 'download@train', ...flags], root, new AbortController());
  if (code !== 0) return code;
  const labels = readStage('download@train', flags, root).outs.find(({ path }) => path.includes('labels'))!;
  const options = {
    labels: labels.path,
    n_splits: values['n-splits'] ?? String(valueAt(all, 'cv.n_splits')),
    seed: String(valueAt(all, 'base.seed')),
    out: join(resolve(folder), `noisy_mnist_cv_splits_noise${level}.csv`),
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { status } = spawnSync(process.execPath, ['stages/split.ts', ...words], {
    cwd: root,
    stdio: 'inherit',
  });
  return status ?? 1;
}
