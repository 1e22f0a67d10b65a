// Removes folders that have become empty.
import { rmdirSync } from 'node:fs';
import { errno } from '../base/problem.ts';

/** @param folder absolute. @returns false where something is in it, or it is gone already. */
export function removeEmptyFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (errno(error) === 'ENOTEMPTY' || errno(error) === 'EEXIST' || errno(error) === 'ENOENT') return false;
    throw error;
  }
}
