// Single values of metrics and parameters as texts for people.
import { isList, isMap, spellFloat, spellPython } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';

/** Digits after the decimal point, unless others are asked for. */
export const DEFAULT_PRECISION = 5;

/** What a side lacks. */
export const NOTHING = '-';

/** @param precision digits after the decimal point; undefined leaves floats as they are. */
export function valueText(value: Value | undefined, precision: number | undefined): string {
  if (value === undefined) return NOTHING;
  if (typeof value === 'number')
    return spellFloat(precision === undefined ? value : rounded(value, precision));
  if (isList(value) || isMap(value)) return spellPython(value);
  if (typeof value === 'boolean') return String(value);
  return value === null ? 'null' : spellPython(value);
}

/** The most digits that `toFixed` gives. */
const ALL_DIGITS = 100;

/** As Python's `round`: of two values that are equally near, the one with an even last digit. */
export function rounded(value: number, digits: number): number {
  // Zero keeps its sign.
  if (value === 0 || !Number.isFinite(value) || Math.abs(value) >= 1e21 || digits > ALL_DIGITS) return value;
  const near = value.toFixed(digits);
  if (digits >= ALL_DIGITS) return Number(near);
  const exact = value.toFixed(ALL_DIGITS);
  const rest = exact.slice(exact.indexOf('.') + 1 + digits);
  if (!/^50*$/.test(rest)) return Number(near);
  const kept = exact.slice(0, exact.length - rest.length);
  const isEven = /[02468]\.?$/.test(kept);
  return Number(isEven ? kept : near);
}
