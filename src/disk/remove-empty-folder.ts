// Removes a folder if it is empty.
import { rmdirSync } from 'node:fs';
import { errno } from '../base/problem.ts';

/** @param folder absolute. @returns false where it is not empty, or does not exist. */
export function removeEmptyFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (errno(error) === 'ENOTEMPTY' || errno(error) === 'EEXIST' || errno(error) === 'ENOENT') return false;
    throw error;
  }
}
