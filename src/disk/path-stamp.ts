// What was at a path, as a text: a later comparison shows whether it is still the same.
import type { BigIntStats } from 'node:fs';

/** Stat data, or one of the two below. */
export type PathStamp = string;

/** The path exists; what it is was not looked at. */
export const EXISTS: PathStamp = 'x';
export const MISSING: PathStamp = '-';

/**
 * Changes with every change of a file, or of the names in a folder. Joined from a list: V8 keeps each part of a template as an object,
 * five times the memory.
 */
export function stampOf({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): PathStamp {
  return [ino, size, mtimeNs, ctimeNs, mode].join('-');
}

export function partsOfStamp(stamp: PathStamp): {
  /** As `keyText` writes it. */
  readonly key: string;
  readonly size: bigint;
  readonly mode: bigint;
} {
  const end = stamp.lastIndexOf('-');
  const [, size = '0'] = stamp.split('-', 2);
  return { key: stamp.slice(0, end), size: BigInt(size), mode: BigInt(stamp.slice(end + 1)) };
}
