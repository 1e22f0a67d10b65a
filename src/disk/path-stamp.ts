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

/** A time before 1970 is negative, and so is an inode number from 2 ** 63 on. */
const NUMBERS = /^(-?\d+)-(-?\d+)-(-?\d+)-(-?\d+)/;

/** The numbers of a stamp that is stat data, as texts. */
export function numbersOfStamp(stamp: PathStamp): Record<'size' | 'mtimeNs' | 'ctimeNs', string> {
  const [, , size = '0', mtimeNs = '0', ctimeNs = '0'] = NUMBERS.exec(stamp) ?? [];
  return { size, mtimeNs, ctimeNs };
}

export function partsOfStamp(stamp: PathStamp): {
  /** As `keyText` writes it. */
  readonly key: string;
  readonly size: bigint;
  readonly mode: bigint;
} {
  const end = stamp.lastIndexOf('-');
  const { size } = numbersOfStamp(stamp);
  return { key: stamp.slice(0, end), size: BigInt(size), mode: BigInt(stamp.slice(end + 1)) };
}
