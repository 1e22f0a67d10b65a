// What of a metrics file is a metric: numbers, texts and booleans, by the keys that lead to them.
import { isList, isMap } from '../base/spelling.ts';
import type { Scalar, Value } from '../base/value.ts';

/** Without lists, nulls and what is empty then. @returns undefined where nothing is left. */
export function metricTree(value: Value): Value | undefined {
  if (value === null || isList(value)) return undefined;
  if (!isMap(value)) return value;
  const kept = new Map<Scalar, Value>();
  for (const [key, item] of value) {
    const tree = metricTree(item);
    if (tree !== undefined) kept.set(key, tree);
  }
  return kept.size > 0 ? kept : undefined;
}
