// Replaces links into the cache by copies, so that the files can be written to.
import { lstatSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { entriesOf } from '../disk/folder-entries.ts';
import { lookingUnseen, type LookInside } from '../disk/look-inside.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';

/**
 * @param path absolute path of an output; of a directory everything in it. @param objects absolute folder of the objects.
 * @returns how many links were replaced.
 * @throws PipeError when there is no room, or the folder cannot be written.
 */
export function unprotect(path: string, objects: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const linked: Linked[] = [];
  if (stats?.isDirectory()) lookingUnseen((look) => findLinked(path, objects, look, linked));
  else addIfLinked(path, stats, objects, linked);
  for (const { path: file, mode } of linked) replaceByCopy(file, mode);
  return linked.length;
}

interface Linked {
  readonly path: string;
  /** Permissions of the object. */
  readonly mode: number;
}

function findLinked(folder: string, objects: string, look: LookInside<Stats>, linked: Linked[]): void {
  for (const entry of entriesOf(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) findLinked(path, objects, look, linked);
    else if (entry.isFile() || entry.isSymbolicLink())
      addIfLinked(path, look(folder, entry.name), objects, linked);
  }
}

function addIfLinked(path: string, stats: Stats | undefined, objects: string, linked: Linked[]): void {
  if (stats?.isFile()) {
    if ((stats.mode & 0o222) === 0) linked.push({ path, mode: stats.mode });
  } else if (stats?.isSymbolicLink() && readlinkSync(path).startsWith(`${objects}/`)) {
    const object = statSync(path, { throwIfNoEntry: false });
    if (object?.isFile()) linked.push({ path, mode: object.mode });
  }
}

function replaceByCopy(path: string, mode: number): void {
  try {
    replaceFile(path, { copyOf: path }, { replaceLink: true, mode: (mode & 0o777) | 0o200 });
  } catch (error) {
    throw storeError(error, 'replace a link to the cache by a copy', path);
  }
}
