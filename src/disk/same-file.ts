// Whether two paths lead to the same file or folder, by links or by a folder that is mounted twice.
import type { BigIntStats } from 'node:fs';
import { statSync } from './witnessed-fs.ts';

/** What is at a path, behind links; undefined where nothing is, or nothing is known. */
export function statsAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export const isSameFile = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one !== undefined && one.dev === other?.dev && one.ino === other.ino;
