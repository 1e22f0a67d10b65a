// One mapping over another.
import { isMap } from './spelling.ts';
import type { ValueMap } from './value.ts';

/** Mappings that both have at a key are merged, too; of anything else the one of `over` counts. */
export function mergedMaps(under: ValueMap, over: ValueMap): ValueMap {
  const merged = new Map(under);
  for (const [key, value] of over) {
    const before = under.get(key);
    merged.set(key, isMap(before) && isMap(value) ? mergedMaps(before, value) : value);
  }
  return merged;
}
