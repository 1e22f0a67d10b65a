// One change of the values of a parameter file, and what it makes of them.
import { isList, isMap } from '../../../base/spelling.ts';
import type { Scalar, Value, ValuePath } from '../../../base/value.ts';

export interface ParamEdit {
  /** Keys of mappings; numbers are items of lists. */
  readonly steps: ValuePath;
  /** Undefined: the key, or the item, is taken out. */
  readonly value: Value | undefined;
  /** Mappings on the way, and the key, may be missing. */
  readonly adds?: boolean;
}

/** @returns undefined where the values have no such place. */
export function withValue(values: Value, { steps, value, adds = false }: ParamEdit): Value | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const isLast = rest.length === 0;
  if (isList(values)) {
    if (typeof step !== 'number' || step >= values.length) return undefined;
    const inner = isLast ? value : withValue(values[step]!, { steps: rest, value, adds });
    if (inner === undefined && !isLast) return undefined;
    return values.toSpliced(step, 1, ...(inner === undefined ? [] : [inner]));
  }
  if (!isMap(values) || typeof step === 'number') return undefined;
  if (!values.has(step) && !(adds && value !== undefined)) return undefined;
  const inner = isLast ? value : withValue(values.get(step) ?? new Map(), { steps: rest, value, adds });
  if (inner === undefined && !isLast) return undefined;
  const result = new Map<Scalar, Value>(values);
  if (inner === undefined) result.delete(step);
  else result.set(step, inner);
  return result;
}

export function valueAt(values: Value, steps: ValuePath): Value | undefined {
  let at: Value | undefined = values;
  for (const step of steps) {
    if (isMap(at)) at = at.get(step);
    else at = isList(at) && typeof step === 'number' ? at[step] : undefined;
  }
  return at;
}
