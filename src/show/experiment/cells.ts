// Values of parameters and metrics as cells of a table.
import { canonicalJson, isList, isMap, spellScalar } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';
import { shortNumber } from '../text/number-text.ts';

/** As it is in the file. */
export function exactText(value: Value | undefined): string {
  if (value === undefined) return '';
  if (isList(value) || isMap(value)) return canonicalJson(value);
  return value === null ? 'null' : spellScalar(value);
}

export const NO_VALUE = '-';
const DIGITS = 5;

/** As `exactText`; floats with five significant digits, and all that are before the point. */
export function shortText(value: Value | undefined): string {
  if (value === undefined) return NO_VALUE;
  if (typeof value !== 'number' || !Number.isFinite(value)) return exactText(value);
  const exact = exactText(value);
  const short = shortNumber(value, DIGITS);
  return short.length < exact.length ? short : exact;
}
