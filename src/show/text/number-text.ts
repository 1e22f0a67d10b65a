// Numbers for people: as many digits as say enough.
import { spellFloat } from '../../base/spelling.ts';

/** @returns with so many significant digits, but all that are before the point; small ones as in files: `1e-08`. */
export const shortNumber = (value: number, digits: number): string =>
  Math.abs(value) < 10 ** digits
    ? spellFloat(Number(value.toPrecision(digits)) || 0).replace(/\.0$/, '')
    : String(Math.round(value));
