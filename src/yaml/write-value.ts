// Writes a value as YAML on one line that every reader reads as the same value.
import { isList, isMap, spellFloat, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value } from '../base/value.ts';
import { writeString } from './write-scalar.ts';

/** @param style `flow`: inside of brackets. */
export function writeValue(value: Value, style: 'block' | 'flow' = 'block'): string {
  if (isList(value)) return `[${value.map((item) => writeValue(item, 'flow')).join(', ')}]`;
  if (isMap(value))
    return `{${[...value].map(([key, item]) => `${writeKey(key, 'flow')}: ${writeValue(item, 'flow')}`).join(', ')}}`;
  if (value === null) return 'null';
  if (typeof value === 'string') return writeString(value, style);
  return typeof value === 'number' ? writeFloat(value) : String(value);
}

export const writeKey = (key: Scalar, style: 'block' | 'flow'): string =>
  typeof key === 'string' ? writeString(key, style) : key === null ? 'null' : spellScalar(key);

/** YAML 1.1, which PyYAML reads, takes `1e-05` for a text: a float has a point, and its exponent a sign. */
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return spellFloat(value).replace(/inf|nan/, '.$&');
  return spellFloat(value).replace(/^(-?\d+)e/, '$1.0e');
}
