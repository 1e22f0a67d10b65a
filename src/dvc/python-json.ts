// `json.dumps` of Python with sorted keys: the text of which DVC takes digests.
import { spellFloat } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { comparePython } from './lock-entry.ts';

/** @param without keys that are left out at every depth. */
export function pythonJson(value: Value, without: ReadonlySet<string>): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, without)).join(', ')}]`;
  if (!(value instanceof Map)) return scalarJson(value as Scalar);
  const pairs = [...(value as ValueMap)].filter(([key]) => typeof key !== 'string' || !without.has(key));
  pairs.sort(([a], [b]) => comparePython(String(a), String(b)));
  return `{${pairs.map(([key, item]) => `${keyJson(key)}: ${pythonJson(item, without)}`).join(', ')}}`;
}

const keyJson = (key: Scalar): string => (typeof key === 'string' ? scalarJson(key) : `"${scalarJson(key)}"`);

function scalarJson(value: Scalar): string {
  if (typeof value === 'string') {
    const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escape);
  }
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? spellFloat(value) : value > 0 ? 'Infinity' : '-Infinity';
}
