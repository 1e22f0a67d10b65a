// Compares keys of mappings as Python does: 1, 1.0 and true are one key.
import type { Scalar } from './value.ts';

/** The same value for equal keys. */
export function keyIdentity(key: Scalar): Scalar {
  if (typeof key === 'boolean') return BigInt(key);
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key;
}

/** @returns a function that gives, for each key, the first one so far that is equal to it. */
export function equalKeys(): (key: Scalar) => Scalar {
  const first = new Map<Scalar, Scalar>();
  return (key) => {
    const identity = keyIdentity(key);
    const known = first.get(identity);
    if (known !== undefined || first.has(identity)) return known!;
    first.set(identity, key);
    return key;
  };
}
