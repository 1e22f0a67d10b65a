// Stage split: the folds of the cross-validation as a CSV file. They do not depend on the noise level; each level has its file
// because the first version of this experiment named its files so. A splits file of the user replaces the drawn folds.
import { runStage, StageError } from './lib/stage/fail.ts';
import { splitsCsv, stratifiedFolds } from './lib/data/cv-splits.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { optional, readFlags, required } from './lib/stage/flags.ts';
import { givenSplits } from './lib/data/given-splits.ts';
import { readIdx } from './lib/data/idx.ts';
import { say } from './lib/stage/progress.ts';

const flags = {
  labels: required('path', 'idx file of the labels'),
  n_splits: required('integer', 'number of folds'),
  seed: required('integer', 'seed of the shuffle'),
  given: optional(
    'path',
    'CSV file of the same form; where it has rows, they are taken in place of drawn folds',
  ),
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
  const given =
    options.given === undefined ? undefined : givenSplits(options.given, labels, options.n_splits);
  const csv =
    given ?? splitsCsv(labels, stratifiedFolds(labels, options.n_splits, options.seed), options.n_splits);
  writeFileIn(options.out, csv);
  const source = given === undefined ? '' : ` of ${options.given}`;
  say(`${options.out}: ${labels.length} images, ${options.n_splits} folds${source}`);
});
