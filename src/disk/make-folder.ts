// Makes a folder that a user named, with the folders above it.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { systemError } from './system-problem.ts';

/**
 * One folder after the other: where a file system without real folders (/proc) answers that a folder which is there does not exist,
 * Node's recursive mkdir tries for ever.
 * @param folder absolute. @param doing what it is for, to follow "cannot". @throws PipeError where it cannot be made.
 */
export function makeFolder(folder: string, doing: string): void {
  const missing: string[] = [];
  let above = folder;
  while (statSync(above, { throwIfNoEntry: false }) === undefined && dirname(above) !== above) {
    missing.unshift(above);
    above = dirname(above);
  }
  for (const path of missing)
    try {
      mkdirSync(path);
    } catch (error) {
      if (errno(error) === 'EEXIST') continue;
      if (errno(error) === 'ENOENT')
        throw new PipeError({
          code: 'not-permitted',
          title: `cannot ${doing}: no folder can be made in ${dirname(path)}`,
          hint: 'name another folder',
        });
      throw systemError(error, { doing, path, permit: 'name another folder' });
    }
}
