// The numbers of training images that configurations train on (`train_on`), checked before anything runs: no fold has more than there are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { readSplitRows } from '../lib/data/cv-splits.ts';
import { amountOf } from '../lib/stage/flags.ts';
import { countText } from '../lib/tables/number-text.ts';
import { CommandError } from './command-error.ts';
import { assignments, FULL, valueAt, type Values } from './parameters.ts';

interface Checked {
  readonly root: string;
  /** The parameter file, relative to the root. */
  readonly file: string;
  /** The parameters as they will be used. */
  readonly used: Values;
  /** The user's arguments for `pipe repro`. */
  readonly words: readonly string[];
}

/** @throws CommandError with the place of the first number that no fold has */
export function checkTrainOn(checked: Checked): void {
  const name = valueAt(checked.used, 'grid.train_on') === undefined ? 'base.train_on' : 'grid.train_on';
  const value = valueAt(checked.used, name);
  // pipe reports what is missing.
  if (value === undefined) return;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const most = mostImages(checked);
  for (const [at, one] of values.entries()) {
    const amount = amountOf(one);
    if (amount === 'all') continue;
    const path = Array.isArray(value) ? [...name.split('.'), at] : name.split('.');
    if (amount === undefined)
      throw new CommandError(
        `${placeOf(checked, name, path)}: train_on ${JSON.stringify(one)}: must be a whole number from 1, or all`,
      );
    if (most !== undefined && amount > most)
      throw new CommandError(
        `${placeOf(checked, name, path)}: train_on ${countText(amount)}: a fold has ${countText(most)} training images\nChoose at most ${most}, or all; or set data.train_images higher`,
      );
  }
}

/** Training images of the smallest fold; undefined where the parameters make no sense, which pipe and the stages report. */
function mostImages({ root, used }: Checked): number | undefined {
  const images = Number(valueAt(used, 'data.train_images'));
  const splits = Number(valueAt(used, 'cv.n_splits'));
  if (!Number.isInteger(images) || !Number.isInteger(splits) || splits < 2) return undefined;
  const given = valueAt(used, 'cv.splits_file');
  const rows = typeof given === 'string' ? rowsOf(join(root, given)) : [];
  if (rows.length === 0) return images - Math.ceil(images / splits);
  const training = Array.from({ length: splits }, () => new Set<number>());
  for (const { index, split } of rows) if (index < images) training[split]?.add(index);
  return Math.min(...training.map(({ size }) => size));
}

/** None where the file cannot be read: the split stage reports that. */
function rowsOf(path: string): ReturnType<typeof readSplitRows> {
  try {
    return readSplitRows(path);
  } catch {
    return [];
  }
}

/** Where a value comes from: an argument, or `file:line:column`. */
function placeOf({ root, file, words }: Checked, name: string, path: readonly (string | number)[]): string {
  if (assignments(words).some((assigned) => assigned.name === name)) return `-S ${name}`;
  for (const candidate of new Set([file, FULL])) {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(join(root, candidate), 'utf8'), { lineCounter: lines });
    const node = document.getIn(path, true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `${candidate}:${line}:${col}`;
  }
  return file;
}
