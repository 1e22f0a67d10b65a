// Passes a user's splits file to the pipeline: as the parameter cv.splits_file, with the number of its folds.
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { countGivenSplits, givenSplits } from '../lib/data/given-splits.ts';
import { CommandError } from './command-error.ts';
import { fromRoot, valueAt, type Values } from './parameters.ts';

/**
 * @param file as given on the command line
 * @param labels of the training images: the file is checked against them before anything runs
 * @param values the parameters that it comes to
 * @param outs of the pipeline, relative to the root
 * @param isSet whether the user sets a parameter by hand
 * @returns options of `pipe repro`
 * @throws CommandError, StageError or file error where it is no splits file, or one of other data
 */
export function splitsOptions(
  root: string,
  file: string,
  labels: Uint8Array,
  values: Values,
  outs: readonly string[],
  isSet: (name: string) => boolean,
): readonly string[] {
  const path = fromRoot(root, file);
  if (statSync(join(root, path)).isDirectory())
    throw new CommandError(`${file} is a folder; --cv-splits takes a CSV file`);
  const splits = countGivenSplits(join(root, path));
  if (splits === 0)
    throw new CommandError(
      `${file} has no rows; a row is an image and a fold in which it is a training image`,
    );
  givenSplits(join(root, path), labels, splits);
  const isInPlace = !path.startsWith('..') && !outs.includes(path);
  const options = ['-S', `cv.splits_file=${isInPlace ? path : copyOf(root, path, dirname(outs[0]!))}`];
  if (valueAt(values, 'cv.n_splits') === splits || isSet('cv.n_splits') || isSet('cv.folds')) return options;
  const folds = Array.from({ length: splits }, (_, fold) => fold);
  return [...options, '-S', `cv.n_splits=${splits}`, '-S', `cv.folds=[${folds.join(', ')}]`];
}

/**
 * The pipeline reads a copy, replaced each time: it reads no files outside of the project, and would overwrite a file at the path of its
 * own splits.
 */
function copyOf(root: string, path: string, folder: string): string {
  const copy = join(folder, 'given', basename(path));
  mkdirSync(join(root, dirname(copy)), { recursive: true });
  copyFileSync(join(root, path), join(root, copy));
  return copy;
}
