// What stood at a path, as text: enough to tell later whether it is still the same.
import type { BigIntStats } from 'node:fs';

/** Stat data, or one of the two below. */
export type Seen = string;

/** Something stands there, whatever it is. */
export const SOMETHING: Seen = 'x';
export const NOTHING: Seen = '-';

/** Stat data in which every change of a file, or of the names in a folder, shows. */
export function seenText({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): Seen {
  return `${ino}-${size}-${mtimeNs}-${ctimeNs}-${mode}`;
}
