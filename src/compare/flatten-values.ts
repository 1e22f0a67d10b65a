// The single values of a tree by the name that leads to each: `train.lr`.
import { isMap, quotedKey, spellPython } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';

interface Leaf {
  readonly path: readonly string[];
  /** No mapping. */
  readonly value: Value;
}

/**
 * Names join keys by dots. Where two would be equal, keys that contain a dot are quoted: `"a.b"`. A single value has the
 * empty name.
 */
export function flattened(tree: Value): ReadonlyMap<string, Value> {
  const leaves = leavesIn([], tree);
  const plain = leaves.map(({ path }) => path.join('.'));
  const counts = new Map<string, number>();
  for (const name of plain) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    leaves.map(({ path, value }, index) => [
      counts.get(plain[index]!) === 1 ? plain[index]! : path.map(quotedKey).join('.'),
      value,
    ]),
  );
}

function leavesIn(path: readonly string[], value: Value): Leaf[] {
  if (!isMap(value)) return [{ path, value }];
  return [...value].flatMap(([key, item]) => leavesIn([...path, spellPython(key)], item));
}
