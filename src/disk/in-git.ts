// Whether a folder is in a git repository, without starting git.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param folder absolute. @returns whether it or one above it has a `.git`, a file or a folder. */
export function isInGit(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInGit(dirname(folder)));
}
