// The single values in parameter and metrics files, by file and path of keys.
import { isList, isMap, spellScalar } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';

export interface Leaf {
  readonly file: string;
  /** Empty for a file that is a single value. */
  readonly path: readonly string[];
  /** No mapping, unless it is empty. */
  readonly value: Value;
}

export function leavesOf(files: ReadonlyMap<string, Value>): Leaf[] {
  return [...files].flatMap(([file, value]) => leavesIn(file, [], value));
}

function leavesIn(file: string, path: readonly string[], value: Value): Leaf[] {
  if (!isMap(value) || value.size === 0) return [{ file, path, value }];
  return [...value].flatMap(([key, item]) => leavesIn(file, [...path, spellKey(key)], item));
}

const spellKey = (key: Parameters<typeof spellScalar>[0]): string =>
  key === null ? 'null' : spellScalar(key);

/** Metrics are numbers, texts and booleans: lists, null and empty mappings are left out. */
export const isMetric = ({ value }: Leaf): boolean => value !== null && !isList(value) && !isMap(value);
