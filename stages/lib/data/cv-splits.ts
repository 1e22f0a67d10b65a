// Stratified cross-validation, and its CSV file in the meaning that scikit-learn's StratifiedKFold gave the first version of
// this experiment: a row `index,label,split` for each image and each fold in which it is a *training* image.
import { readFileSync } from 'node:fs';
import { StageError } from '../stage/fail.ts';
import { allIndices } from './images.ts';
import { random, shuffle } from './random.ts';

/**
 * Assigns every sample to the one fold that validates on it. Class by class the samples are dealt out as evenly as can be, and
 * fold sizes differ by at most one per class, as in StratifiedKFold (its own shuffle, however, is NumPy's).
 * @returns the validation fold of each sample
 */
export function stratifiedFolds(labels: Uint8Array, splits: number, seed: number): Uint32Array {
  const folds = new Uint32Array(labels.length);
  const byClass = new Map<number, number[]>();
  for (const [index, label] of labels.entries()) {
    const members = byClass.get(label);
    if (members === undefined) byClass.set(label, [index]);
    else members.push(index);
  }
  // The fold that gets a class' first left-over sample moves on from class to class, so that whole folds stay even too.
  let first = 0;
  for (const [label, members] of [...byClass].toSorted(([a], [b]) => a - b)) {
    if (members.length < splits)
      throw new StageError(`class ${label} has ${members.length} images, too few for ${splits} splits`);
    const dealt = members.map((_, at) => (first + at) % splits);
    shuffle(dealt, random(seed, 'splits', label));
    for (const [at, index] of members.entries()) folds[index] = dealt[at]!;
    first = (first + members.length) % splits;
  }
  return folds;
}

/** Rows sorted by index, then by split. */
export function splitsCsv(labels: Uint8Array, folds: Uint32Array, splits: number): string {
  const lines = ['index,label,split'];
  for (const [index, label] of labels.entries())
    for (let split = 0; split < splits; split++)
      if (split !== folds[index]) lines.push(`${index},${label},${split}`);
  return `${lines.join('\n')}\n`;
}

export interface SplitRow {
  readonly index: number;
  /** NaN where the file has no labels. */
  readonly label: number;
  /** The fold that trains on the image. */
  readonly split: number;
  /** Place in the file, from 1. */
  readonly line: number;
}

/**
 * The rows of a splits file, in its order. Columns may have any order; others are ignored.
 * @throws StageError where a value is not a whole number from 0, or a column is missing
 */
export function readSplitRows(path: string): readonly SplitRow[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  const columns = header.split(',').map((name) => name.trim());
  const [indexAt, labelAt, splitAt] = ['index', 'label', 'split'].map((name) => columns.indexOf(name));
  if (indexAt! < 0 || splitAt! < 0)
    throw new StageError(`${path}:1: columns index and split are missing: ${header}`);
  return lines.map((text, at) => {
    const cells = text.split(',');
    const [index, split] = [whole(cells[indexAt!]), whole(cells[splitAt!])];
    if (index === undefined || split === undefined)
      throw new StageError(`${path}:${at + 2}: not the number of an image and that of a fold: ${text}`);
    return { index, label: whole(cells[labelAt!]) ?? NaN, split, line: at + 2 };
  });
}

function whole(cell: string | undefined): number | undefined {
  return cell !== undefined && /^\s*\d+\s*$/.test(cell) ? Number(cell) : undefined;
}

export interface Fold {
  /** Indices of images, ascending. */
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Reads one fold of a splits file; training images are those with a row for the fold, validation images all others.
 * @param count number of images of the data set
 * @throws StageError where the file has another form, or leaves a side of the fold empty
 */
export function readFold(path: string, fold: number, count: number): Fold {
  const trains = new Uint8Array(count);
  const splits = new Set<number>();
  for (const { index, split, line } of readSplitRows(path)) {
    if (index >= count)
      throw new StageError(`${path}:${line}: image ${index} is none of the ${count} images`);
    splits.add(split);
    if (split === fold) trains[index] = 1;
  }
  const indices = allIndices(count);
  const training = indices.filter((index) => trains[index] === 1);
  const validation = indices.filter((index) => trains[index] === 0);
  if (training.length === 0 || validation.length === 0) {
    const known = [...splits].toSorted((a, b) => a - b).join(', ');
    throw new StageError(`${path} has no fold ${fold}; its folds are ${known}`);
  }
  return { training, validation };
}
