// One `-S`: `key=value`, `list[0]=value`, `+key=value` or `~key`, and what it does to values. Owns no merge of mappings.
import { PipeError } from '../../base/problem.ts';
import { isList, isMap } from '../../base/spelling.ts';
import type { Scalar, Value } from '../../base/value.ts';
import { readYaml } from '../../yaml/yaml-source.ts';

export interface Edit {
  /** Keys of mappings; numbers are items of lists. */
  readonly steps: readonly (string | number)[];
  /** Undefined: the key, or the item, is taken out. */
  readonly value: Value | undefined;
  /** The last step may be a key that its mapping does not have yet. */
  readonly adds?: true;
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
  // Hydra's + is for new keys only, its ++ for both; here each is for both, as for experiments.
  const [sign] = /^(?:~|\+{0,2})/.exec(text)!;
  const equals = text.indexOf('=');
  const steps = stepsOf(text.slice(sign.length, removes ? undefined : Math.max(sign.length, equals)));
  if ((!removes && equals < 0) || steps.some((step) => step === '')) {
    throw new PipeError({
      code: 'bad-overlay',
      title: `-S ${text}: expected key=value`,
      hint: 'for example -S train.epochs=5, -S layers[0]=9, -S +grid.batch=[8] to add a key, or -S ~grid.rate to take one out',
    });
  }
  return {
    steps,
    value: removes ? undefined : readYaml(text.slice(equals + 1), `-S ${text}`).value,
    ...(sign.startsWith('+') && { adds: true }),
  };
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
export function editAt(values: Value, edit: Edit, known = 0): Edited {
  const { steps, value, adds } = edit;
  const step = steps[known];
  if (step === undefined) return { result: value, known, names: [] };
  const isLast = known === steps.length - 1;
  if (isMap(values)) {
    const names = [...values.keys()].map(String);
    if (typeof step === 'number' || (!values.has(step) && !(adds && isLast)))
      return { result: undefined, known, names };
    const inner = isLast ? { result: value, known, names } : editAt(values.get(step)!, edit, known + 1);
    if (inner.result === undefined && !isLast) return inner;
    const result = new Map<Scalar, Value>(values);
    if (inner.result === undefined) result.delete(step);
    else result.set(step, inner.result);
    return { ...inner, result };
  }
  const items = isList(values) ? values : [];
  const names = items.map((_, index) => String(index));
  if (typeof step !== 'number' || step >= items.length) return { result: undefined, known, names };
  const inner = isLast ? { result: value, known, names } : editAt(items[step]!, edit, known + 1);
  if (inner.result === undefined && !isLast) return inner;
  return {
    ...inner,
    result: items.toSpliced(step, 1, ...(inner.result === undefined ? [] : [inner.result])),
  };
}
