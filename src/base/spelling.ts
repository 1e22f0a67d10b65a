// Converts values to text: as Python prints them, as templates insert them, as canonical and as plain JSON. Parses nothing.
import type { Scalar, Value, ValueMap } from './value.ts';

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
export const isMap = (value: Value | undefined): value is ValueMap => value instanceof Map;
export const isScalar = (value: Value | undefined): value is Scalar =>
  value === null || (value !== undefined && typeof value !== 'object');

/** A float as Python's `repr` writes it: `1.0`, `1e-05`, `1e+16`, `inf`, `nan`. Valid YAML too where it is finite. */
export function spellFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= 0 && exponent < 16) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  if (exponent < 0 && exponent >= -4) {
    return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${mantissa.replace(/[-.]/g, '')}`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** As Python's `str` writes it: `True`, `None`, `[1, 'a']`. */
export function spellPython(value: Value): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

function pythonRepr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quotePython(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return spellFloat(value);
  if (typeof value === 'bigint') return String(value);
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  return `{${[...value].map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`).join(', ')}}`;
}

function quotePython(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return quote + escaped + quote;
}

/** As a template inserts a scalar: as Python prints it, except for `true` and `false`. */
export function spellScalar(value: Scalar): string {
  return typeof value === 'boolean' ? String(value) : spellPython(value);
}

/**
 * One text per value, for fingerprints: mapping keys sorted, integers and floats distinct (`1` and `1.0`). Keys that are
 * not strings are written without quotes, which distinguishes them from strings of the same spelling.
 */
export function canonicalJson(value: Value): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return spellFloat(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = [...value].map(([key, item]) => [canonicalJson(key), canonicalJson(item)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${key}:${item}`).join(',')}}`;
}

/** JSON data, for `--json` and `PIPE_PARAMS`. */
export type Json =
  | null
  | boolean
  | number
  | string
  | RawNumber
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A number that `JSON.stringify` writes exactly as it is spelled. */
type RawNumber = ReturnType<typeof rawJson>;

/** A number for `JSON.stringify`, as it is spelled. */
export const rawJson = (text: string): object =>
  (JSON as unknown as { rawJSON(text: string): object }).rawJSON(text);

/**
 * Plain data for `JSON.stringify`. Integers beyond 2^53 are written exactly and floats keep their `.0`; infinities and
 * NaN, which JSON lacks, become the strings `inf`, `-inf` and `nan`.
 * @param special what is written for these, in place of the strings.
 */
export function toJson(value: Value, special: (value: number) => Json = spellFloat): Json {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(String(value));
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return special(value);
    return Number.isInteger(value) ? rawJson(spellFloat(value)) : value;
  }
  if (isList(value)) return value.map((item) => toJson(item, special));
  if (isMap(value)) {
    // Assigned by definition, not by `=`: a key named __proto__ stays a key.
    return Object.fromEntries(
      [...value].map(([key, item]) => [key === null ? 'null' : spellScalar(key), toJson(item, special)]),
    );
  }
  return value;
}

/** As a part of a name that joins keys by dots. */
export const quotedKey = (key: string): string => (key.includes('.') ? JSON.stringify(key) : key);
