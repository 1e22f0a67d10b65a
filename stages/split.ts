// Stage split: the folds of the cross-validation as a CSV file. The noise level changes nothing in them; each level has its file
// because the first version of this experiment named its files so.
import { runStage, StageError } from './lib/fail.ts';
import { splitsCsv, stratifiedFolds } from './lib/cv-splits.ts';
import { writeFileIn } from './lib/files.ts';
import { readFlags, required } from './lib/flags.ts';
import { readIdx } from './lib/idx.ts';
import { say } from './lib/progress.ts';

const flags = {
  labels: required('path', 'idx file of the labels'),
  n_splits: required('integer', 'number of folds'),
  seed: required('integer', 'seed of the shuffle'),
  out: required('path', 'CSV file to write: index,label,split'),
} as const;

await runStage(async () => {
  const options = readFlags(
    'split',
    'Makes stratified folds: a row per image and fold that trains on it.',
    flags,
  );
  if (options.n_splits < 2) throw new StageError(`--n_splits ${options.n_splits}: must be at least 2`);
  const labels = readIdx(options.labels).values;
  const folds = stratifiedFolds(labels, options.n_splits, options.seed);
  writeFileIn(options.out, splitsCsv(labels, folds, options.n_splits));
  say(`${options.out}: ${labels.length} images, ${options.n_splits} folds`);
});
