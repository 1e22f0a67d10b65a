// Turns links into the cache back into files of their own, so that they can be written to.
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { discard } from '../disk/discard.ts';
import { storeError } from '../disk/disk-problem.ts';

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
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.pipe-${process.pid}.tmp`);
  try {
    copyFileSync(path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    chmodSync(temporary, (stats.mode & 0o777) | 0o200);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw storeError(error, 'replace a link to the cache by a copy', path);
  }
  return 1;
}
