// A splits file that the user gives, in place of folds that are drawn: checked against the data set, and written in the one form
// that the pipeline's own have.
import { readSplitRows, type SplitRow } from './cv-splits.ts';
import { StageError } from '../stage/fail.ts';

/** How many folds a file has; 0 where it holds no rows, which means that none are given. @throws as readSplitRows */
export function countGivenSplits(path: string): number {
  return readSplitRows(path).reduce((most, { split }) => Math.max(most, split + 1), 0);
}

/**
 * Rows of images behind the data set's last one are left out, so that a file for all of MNIST serves for a part of it.
 * @param splits number of folds that the pipeline trains
 * @returns the content of the file in order; undefined where it holds no rows
 * @throws StageError where it is for other images or other folds
 */
export function givenSplits(path: string, labels: Uint8Array, splits: number): string | undefined {
  const rows = readSplitRows(path);
  if (rows.length === 0) return undefined;
  check(path, rows, labels, splits);
  const own = rows
    .filter(({ index }) => index < labels.length)
    .toSorted((a, b) => a.index - b.index || a.split - b.split)
    .map(({ index, split }) => `${index},${labels[index]},${split}`);
  return `${['index,label,split', ...new Set(own)].join('\n')}\n`;
}

function check(path: string, rows: readonly SplitRow[], labels: Uint8Array, splits: number): void {
  const wrong = rows.find(({ index, label }) => index < labels.length && !isLabel(label, labels[index]!));
  if (wrong !== undefined)
    throw new StageError(
      `${path}:${wrong.line}: label ${wrong.label}, but image ${wrong.index} is a ${labels[wrong.index]}; the file belongs to another data set`,
    );
  const covered = rows.reduce((most, { index }) => Math.max(most, index + 1), 0);
  if (covered < labels.length)
    throw new StageError(
      `${path} ends with image ${covered - 1}; there are ${labels.length}\nSet the parameter data.train_images: ${covered}`,
    );
  const found = [...new Set(rows.map(({ split }) => split))].toSorted((a, b) => a - b);
  if (found.length !== splits || found.at(-1) !== splits - 1)
    throw new StageError(
      `${path} has the folds ${found.join(', ')}; the parameters ask for 0 to ${splits - 1}\nSet cv.n_splits and cv.folds (\`denoising-autoencoder denoise --cv-splits\` does)`,
    );
  checkFolds(path, rows, labels.length, splits);
}

/** Every image is validated on in exactly one fold: validation sides are disjoint and cover the data set. */
function checkFolds(path: string, rows: readonly SplitRow[], images: number, splits: number): void {
  const trained = Array.from({ length: images }, () => new Set<number>());
  for (const { index, split } of rows) trained[index]?.add(split);
  const at = trained.findIndex((folds) => folds.size !== splits - 1);
  if (at < 0) return;
  const folds = [...trained[at]!].toSorted((a, b) => a - b).join(', ') || 'none';
  throw new StageError(
    trained[at]!.size < splits - 1
      ? `${path}: image ${at} is a training image of ${folds} only; of ${splits} folds it must be one in all but one, which validates on it`
      : `${path}: image ${at} is a training image of every fold; one of the ${splits} folds must validate on it`,
  );
}

/** A file without labels is taken at its word. */
const isLabel = (given: number, actual: number): boolean => Number.isNaN(given) || given === actual;
