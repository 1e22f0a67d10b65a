// Moves a file or folder of the workspace: by its name where that is possible, else by a copy that is complete before the old one goes.
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../../base/problem.ts';
import { crashPoint } from '../../disk/crash-point.ts';
import { storeError } from '../../disk/store-error.ts';
import { temporaryName } from '../../disk/temporary-name.ts';

/** @param from absolute; @param to absolute, where nothing is. @throws PipeError when there is no room, or it is not allowed. */
export function moveData(from: string, to: string): void {
  try {
    mkdirSync(dirname(to), { recursive: true });
    crashPoint('move data');
    try {
      renameSync(from, to);
    } catch (error) {
      if (errno(error) !== 'EXDEV') throw error;
      const aside = `${to}.${temporaryName()}`;
      cpSync(from, aside, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      renameSync(aside, to);
      rmSync(from, { recursive: true });
    }
  } catch (error) {
    throw storeError(error, 'move data', to);
  }
}
