// Keys under `params:` that are patterns, such as `group*` and `models.?.lr`: which values they match, as DVC's dpath does.
import { fnmatch } from '../../base/fnmatch.ts';
import { isList, isMap, spellPython } from '../../base/spelling.ts';
import type { Scalar, Value } from '../../base/value.ts';

export interface Match {
  readonly path: readonly (Scalar | number)[];
  readonly value: Value;
}

export const isPattern = (key: string): boolean => /[*?[]/.test(key);

/** In the order of the file, what is outside first. `**` is any number of keys, once in a pattern. */
export function matchesOf(values: Value, pattern: string): readonly Match[] {
  const steps = pattern.replace(/^\.+/, '').split('.').map(stepOf);
  return [...matchesBelow({ path: [], value: values }, steps)].sort((a, b) => a.path.length - b.path.length);
}

type Step = RegExp | typeof ANY;

/** `**` */
const ANY = Symbol('any number of keys');

const stepOf = (text: string): Step => (text === '**' ? ANY : fnmatch(text));

function* matchesBelow({ path, value }: Match, [step, ...rest]: readonly Step[]): Generator<Match> {
  if (step === undefined) {
    if (path.length > 0) yield { path, value };
  } else if (step === ANY) {
    yield* matchesBelow({ path, value }, rest);
    for (const inner of itemsOf({ path, value })) yield* matchesBelow(inner, [step, ...rest]);
  } else
    for (const inner of itemsOf({ path, value }))
      if (step.test(textOf(inner.path.at(-1)!))) yield* matchesBelow(inner, rest);
}

function itemsOf({ path, value }: Match): readonly Match[] {
  if (isMap(value)) return [...value].map(([key, item]) => ({ path: [...path, key], value: item }));
  return isList(value) ? value.map((item, index) => ({ path: [...path, index], value: item })) : [];
}

/** Indices of lists are numbers, as integers of a file are not. */
const textOf = (key: Scalar | number): string =>
  typeof key === 'number' && Number.isInteger(key) ? String(key) : spellPython(key);
