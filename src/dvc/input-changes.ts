// Which differences between recorded and present inputs make a stage stale for DVC.
import type { Stage } from '../pipeline/stage.ts';
import type { Value, ValueMap } from '../base/value.ts';
import type { Change } from '../plan/fingerprint.ts';

/**
 * DVC compares only what is declared now, and values of parameters as Python does. The environment is an
 * extension of ours.
 */
export function dvcSees(stage: Stage, { kind, key, status, old, new: now }: Change): boolean {
  if (kind === 'env') return true;
  if (status === 'removed') {
    const wholeFile = stage.params.some((dep) => dep.file === key[0] && dep.keys.length === 0);
    return kind === 'param' && wholeFile;
  }
  return !(kind === 'param' && status === 'modified' && equalInPython(old!, now!));
}

/** `1 == 1.0 == True`; lists by item, mappings by key whatever their order. */
export function equalInPython(a: Value, b: Value): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equalInPython(item, b[index]))
    );
  }
  if (a instanceof Map || b instanceof Map) {
    if (!(a instanceof Map) || !(b instanceof Map) || a.size !== b.size) return false;
    return [...(a as ValueMap)].every(
      ([key, item]) => b.has(key) && equalInPython(item, b.get(key) as Value),
    );
  }
  return a === b || (isNumber(a) && isNumber(b) && Number(a) === Number(b) && exact(a) === exact(b));
}

const isNumber = (value: Value): value is boolean | bigint | number =>
  typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number';

/** Integers beyond 2^53 differ although their nearest floats do not. */
function exact(value: boolean | bigint | number): bigint | number {
  return typeof value === 'number' && !Number.isInteger(value) ? value : BigInt(value);
}
