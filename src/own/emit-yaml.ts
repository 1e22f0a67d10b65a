// Writes the small part of YAML that a lock file needs. A general emitter takes longer than the stages of a fast pipeline, and the lock
// file has one fixed shape.
import { spellFloat } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { quoteString } from '../yaml/write-scalar.ts';

// What every YAML 1.2 core-schema reader takes for a string without quotes.
const PLAIN = /^[A-Za-z_./][A-Za-z0-9_./@+=-]*(?: [A-Za-z0-9_./@+=-]+)*$/;
const NOT_A_STRING = /^(?:null|true|false|~|yes|no|on|off|y|n|\.inf|\.nan|[-+.]?[\d.]+(?:e[-+]?\d+)?)$/i;

/** Whether every reader reads the text, without quotes, as a string. */
export const isPlainString = (text: string): boolean => PLAIN.test(text) && !NOT_A_STRING.test(text);

/** A string as a YAML scalar on one line: plain where that is safe, double-quoted otherwise. */
export function emitString(text: string): string {
  return isPlainString(text) ? text : quoteString(text);
}

/** A parameter's value in flow style on one line, integers and floats kept apart. */
export function emitValue(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return emitString(value);
  if (typeof value === 'number') return emitFloat(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(emitFlow).join(', ')}]`;
  const map = value as Exclude<typeof value, readonly Value[]>;
  return `{${[...map].map(([key, item]) => `${emitFlow(key)}: ${emitFlow(item)}`).join(', ')}}`;
}

/** Inside of brackets a comma would end a plain scalar, so strings are always quoted there. */
function emitFlow(value: Value): string {
  return typeof value === 'string' ? quoteString(value) : emitValue(value);
}

function emitFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return spellFloat(value);
}
