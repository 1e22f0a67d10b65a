// Parameters that a stage would refuse, perhaps after hours of training, checked before anything runs.
import { join } from 'node:path';
import { readSplitRows } from '../lib/data/cv-splits.ts';
import { RULES } from '../lib/measure/selection.ts';
import { LOSSES, SCHEDULES } from '../lib/measure/training-metrics.ts';
import { MODELS } from '../lib/model/architecture.ts';
import { amountOf } from '../lib/stage/flags.ts';
import { countText } from '../lib/tables/number-text.ts';
import { CommandError } from './command-error.ts';
import { placeOf, type Origin } from './parameter-place.ts';
import { valueAt, type Values } from './parameters.ts';

export interface Checked extends Origin {
  /** The parameters as they will be used. */
  readonly used: Values;
}

/** Says what is wrong with a value; undefined where nothing is. */
type Check = (value: unknown) => string | undefined;

const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : `must be one of ${words.join(', ')}`;

const CHECKS: { readonly [name: string]: Check } = {
  'select.rule': oneOf(RULES),
  'base.model': oneOf(MODELS),
  'base.loss': oneOf(LOSSES),
  'base.learning_rate_schedule': oneOf(SCHEDULES),
  'base.final_seeds': (value) =>
    typeof amountOf(value) === 'number' ? undefined : 'must be a whole number from 1',
};

/** @throws CommandError with the place of the first value that a stage would refuse */
export function checkParameters(checked: Checked): void {
  for (const [name, check] of Object.entries(CHECKS)) checkValues(checked, name, name, check);
  checkValues(checked, 'base.train_on', 'train_on', trainOnCheck(mostImages(checked.used, checked.root)));
}

/** @param shown in messages, where the place does not say it */
function checkValues(checked: Checked, name: string, shown: string, check: Check): void {
  const inGrid = name.replace(/^base\./, 'grid.');
  const listed = inGrid === name ? undefined : valueAt(checked.used, inGrid);
  const refuse = (value: unknown, own: string, index: readonly number[]): void => {
    const wrong = check(value);
    if (wrong === undefined) return;
    const label = shown === name ? own : shown;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    throw new CommandError(`${placeOf(checked, own, index)}: ${label} ${text}: ${wrong}`);
  };
  if (Array.isArray(listed)) for (const [at, value] of listed.entries()) refuse(value, inGrid, [at]);
  const value = valueAt(checked.used, name);
  // pipe reports what is missing, and what is no list in the grid.
  if (listed === undefined && value !== undefined) refuse(value, name, []);
}

/** No fold has more images than there are. */
function trainOnCheck(most: number | undefined): Check {
  return (value) => {
    const amount = amountOf(value);
    if (amount === undefined) return 'must be a whole number from 1, or all';
    if (amount === 'all' || most === undefined || amount <= most) return undefined;
    return `a fold has ${countText(most)} training images\nChoose at most ${most}, or all; or set data.train_images higher`;
  };
}

/** Training images of the smallest fold; undefined where the parameters make no sense, which pipe and the stages report. */
function mostImages(used: Values, root: string): number | undefined {
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
