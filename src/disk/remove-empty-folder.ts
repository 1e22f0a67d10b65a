// Removes a folder if it is empty.
import { rmdirSync } from 'node:fs';
import { errno } from '../base/problem.ts';

const NOT_REMOVED: readonly unknown[] = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'];

/** @param folder absolute. @returns false where it is not empty, not a folder, or does not exist. */
export function removeEmptyFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (NOT_REMOVED.includes(errno(error))) return false;
    throw error;
  }
}
