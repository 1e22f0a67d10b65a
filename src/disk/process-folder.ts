// Folders for what a process has on its way. Their names have its number, so that a later one removes what a killed one left.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './temporary-name.ts';
import { existsSync, readdirSync } from './witnessed-fs.ts';

/** @param folder absolute; it exists. @param prefix of all names of this kind. @returns the absolute path of a new folder in it. */
export const makeProcessFolder = (folder: string, prefix: string): string =>
  mkdtempSync(join(folder, `${prefix}${process.pid}-`));

/** Removes those whose processes have ended. @param folder absolute; it need not exist. */
export function removeDeadFolders(folder: string, prefix: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
