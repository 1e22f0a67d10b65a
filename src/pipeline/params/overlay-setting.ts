// One `-S`: `key=value`, `list[0]=value` or `~key`, and what it does to values. Owns no merge of mappings.
import { PipeError } from '../../base/problem.ts';
import { isList, isMap } from '../../base/spelling.ts';
import type { Scalar, Value } from '../../base/value.ts';
import { readYaml } from '../../yaml/yaml-source.ts';

export interface Edit {
  /** Keys of mappings; numbers are items of lists. */
  readonly steps: readonly (string | number)[];
  /** Undefined: the key, or the item, is taken out. */
  readonly value: Value | undefined;
}

/** @throws PipeError for a text that is neither. */
export function parseSetting(text: string): Edit {
  if (/^~[^=]*=/.test(text))
    throw new PipeError({
      code: 'bad-overlay',
      title: `-S ${text}: ~ takes a key out, and has no value`,
      hint: `write -S ${text.slice(0, text.indexOf('='))}`,
    });
  const removes = text.startsWith('~');
  const equals = text.indexOf('=');
  const steps = stepsOf(removes ? text.slice(1) : text.slice(0, Math.max(0, equals)));
  if ((!removes && equals < 0) || steps.some((step) => step === '')) {
    throw new PipeError({
      code: 'bad-overlay',
      title: `-S ${text}: expected key=value`,
      hint: 'for example -S train.epochs=5, -S layers[0]=9, or -S ~grid.rate to take a key out',
    });
  }
  return { steps, value: removes ? undefined : readYaml(text.slice(equals + 1), `-S ${text}`).value };
}

/** `a.b[0]` → `a`, `b`, 0. */
function stepsOf(text: string): (string | number)[] {
  return text.split('.').flatMap((part) => {
    const [, key, items] = /^([^[\]]+)((?:\[\d+\])+)$/.exec(part.trim()) ?? [];
    if (key === undefined) return [part.trim()];
    return [key, ...items!.slice(1, -1).split('][').map(Number)];
  });
}

interface Edited {
  /** Undefined where the values have no such place. */
  readonly result: Value | undefined;
  /** How many steps the values have, and what is there instead of the next one. */
  readonly known: number;
  readonly names: readonly string[];
}

/** The values with the edit made; the given ones stay as they are. */
export function editAt(values: Value, { steps, value }: Edit, known = 0): Edited {
  const step = steps[known];
  if (step === undefined) return { result: value, known, names: [] };
  const isLast = known === steps.length - 1;
  if (isMap(values)) {
    const names = [...values.keys()].map(String);
    if (typeof step === 'number' || !values.has(step)) return { result: undefined, known, names };
    const inner = isLast
      ? { result: value, known, names }
      : editAt(values.get(step)!, { steps, value }, known + 1);
    if (inner.result === undefined && !isLast) return inner;
    const result = new Map<Scalar, Value>(values);
    if (inner.result === undefined) result.delete(step);
    else result.set(step, inner.result);
    return { ...inner, result };
  }
  const items = isList(values) ? values : [];
  const names = items.map((_, index) => String(index));
  if (typeof step !== 'number' || step >= items.length) return { result: undefined, known, names };
  const inner = isLast ? { result: value, known, names } : editAt(items[step]!, { steps, value }, known + 1);
  if (inner.result === undefined && !isLast) return inner;
  return {
    ...inner,
    result: items.toSpliced(step, 1, ...(inner.result === undefined ? [] : [inner.result])),
  };
}
