// Scalars on one line, plain or in quotes without escapes.
import type { Scalar } from '../../base/value.ts';
import { readPlainScalar } from '../read-scalar.ts';
import { leaveToFullReader } from './full-reader.ts';

export const isQuote = (char: string | undefined): char is '"' | "'" => char === '"' || char === "'";

/** The scalar between two offsets, outside of brackets. */
export function readScalar(text: string, from: number, to: number): Scalar {
  if (isQuote(text[from]))
    return quoteEnd(text, from, to) === to ? unquote(text.slice(from, to)) : leaveToFullReader();
  const plain = text.slice(from, to);
  if (!isPlain(plain) || plain.includes(': ') || plain.endsWith(':') || plain.endsWith(' '))
    leaveToFullReader();
  return readPlainScalar(plain);
}

/** Only texts: keys of other types, keys that Python takes for equal and merge keys have rules of their own. */
export const isSimpleKey = (key: Scalar): key is string => typeof key === 'string' && key !== '<<';

/** Characters that begin something other than a plain scalar. */
const INDICATORS = new Set('[]{},#&*!|>\'"%@`?-:=<~');

/** Some texts that begin with an indicator are plain too (`-1`, `:x`, `~`): numbers are common, the others are rare. */
export function isPlain(text: string): boolean {
  const [first, second] = text;
  return (
    first !== undefined &&
    (!INDICATORS.has(first) || (first === '-' && second !== undefined && second !== ' ' && second !== '-'))
  );
}

/** The offset after the closing quote. */
export function quoteEnd(text: string, from: number, to: number): number {
  const quote = text[from]!;
  for (let at = text.indexOf(quote, from + 1); at >= 0 && at < to; at = text.indexOf(quote, at + 2)) {
    if (quote === "'" && text[at + 1] === "'") continue;
    if (quote === '"' && text.slice(from, at).includes('\\')) leaveToFullReader();
    return at + 1;
  }
  return leaveToFullReader();
}

export const unquote = (text: string): string =>
  text[0] === "'" ? text.slice(1, -1).replaceAll("''", "'") : text.slice(1, -1);
