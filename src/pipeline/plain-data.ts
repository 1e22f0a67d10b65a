// Values as the objects and arrays that the schema checks.
import { NOT_A_STRING } from './schema.ts';
import { isList, isMap, spellScalar } from './spelling.ts';
import type { Scalar, Value } from './value.ts';

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** Keys that are not strings get a mark; integers become numbers. */
export function toPlain(value: Value): Plain {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(toPlain);
  if (isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [markKey(key), toPlain(item)]));
  return value;
}

// The schema library passes over a key of this name; with a mark it is checked like any other.
const markKey = (key: Scalar): string => {
  if (typeof key !== 'string') return NOT_A_STRING + spellScalar(key);
  return key === '__proto__' ? '__proto__\u200b' : key;
};

/** The key of the value that a key of the checked object stands for. */
export function unmarkKey(key: string, map: Value | undefined): Scalar {
  if (!isMap(map)) return key;
  for (const candidate of map.keys()) if (markKey(candidate) === key) return candidate;
  return key;
}
