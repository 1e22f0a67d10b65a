// What differs between the values of two revisions.
import { canonicalJson, isList, isMap, spellPython } from '../base/spelling.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';
import { flattened } from './flatten-values.ts';

export interface Change {
  /** Undefined where the side lacks it. */
  readonly old: Value | undefined;
  readonly new: Value | undefined;
  /** New less old, of two numbers. */
  readonly diff?: number | bigint;
}

/** By name of the value. */
export type Changes = ReadonlyMap<string, Change>;

/** By file; only files with changes. @param all unchanged values too. */
export function diffFiles(
  old: ReadonlyMap<WorkspacePath, Value>,
  now: ReadonlyMap<WorkspacePath, Value>,
  all: boolean,
): ReadonlyMap<WorkspacePath, Changes> {
  const paths = [...new Set([...now.keys(), ...old.keys()])];
  return new Map(
    paths.flatMap((path) => {
      const changes = diffValues(old.get(path), now.get(path), all);
      return changes.size > 0 ? [[path, changes] as const] : [];
    }),
  );
}

export function diffValues(old: Value | undefined, now: Value | undefined, all: boolean): Changes {
  const [before, after] = [old, now].map((tree) =>
    tree === undefined ? new Map<string, Value>() : flattened(listsAsTexts(numberIn(tree))),
  ) as [ReadonlyMap<string, Value>, ReadonlyMap<string, Value>];
  const changes = new Map<string, Change>();
  for (const name of new Set([...after.keys(), ...before.keys()])) {
    const [a, b] = [before.get(name), after.get(name)];
    if (!all && isSame(a, b)) continue;
    const diff = difference(a, b);
    changes.set(name, { old: a, new: b, ...(diff !== undefined && { diff }) });
  }
  return changes;
}

/** A file that is a single text with a number. */
const numberIn = (tree: Value): Value =>
  typeof tree === 'string' && /^-?(?:0|[1-9]\d*)$/.test(tree)
    ? BigInt(tree)
    : typeof tree === 'string' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(tree)
      ? Number(tree)
      : tree;

/** As DVC compares and shows them. */
function listsAsTexts(tree: Value): Value {
  if (isList(tree)) return spellPython(tree);
  return isMap(tree) ? new Map([...tree].map(([key, item]) => [key, listsAsTexts(item)])) : tree;
}

/** 1 and 1.0 are the same, two NaN are, and null and nothing, as in DVC. */
function isSame(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (isNumber(a) && isNumber(b))
    return Object.is(a, b) || (Number.isNaN(a) === Number.isNaN(b) && isEqual(a, b));
  return canonicalJson(a) === canonicalJson(b);
}

// oxlint-disable-next-line eqeqeq -- an integer and a float can be equal
const isEqual = (a: number | bigint, b: number | bigint): boolean => a == b;

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** Booleans are no numbers, and NaN has no difference. */
function difference(a: Value | undefined, b: Value | undefined): number | bigint | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (typeof a === 'bigint' && typeof b === 'bigint') return b - a;
  const diff = Number(b) - Number(a);
  return Number.isNaN(diff) ? undefined : diff;
}
