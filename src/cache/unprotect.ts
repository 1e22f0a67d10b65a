// Replaces links into the cache by copies, so that the files can be written to.
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';

/**
 * @param path absolute path of an output; of a directory everything in it. @param objects absolute folder of the objects.
 * @returns how many links were replaced.
 * @throws PipeError when there is no room, or the folder cannot be written.
 */
export function unprotect(path: string, objects: string): number {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isDirectory())
    return readdirSync(path).reduce((sum, name) => sum + unprotect(join(path, name), objects), 0);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!link || !stats?.isFile()) return 0;
  const isLinked = link.isSymbolicLink()
    ? readlinkSync(path).startsWith(`${objects}/`)
    : (stats.mode & 0o222) === 0;
  if (!isLinked) return 0;
  try {
    replaceFile(path, { copyOf: path }, { replaceLink: true, mode: (stats.mode & 0o777) | 0o200 });
  } catch (error) {
    throw storeError(error, 'replace a link to the cache by a copy', path);
  }
  return 1;
}
