// Writes files into a folder that other machines write to as well. A file is written under a temporary name, flushed and renamed, so that
// two machines which write the same at once both leave it whole. Works without blocking: the folder may be a slow mount, and several
// files are written at a time.
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno } from '../../../base/problem.ts';
import type { Fault } from '../../../disk/crash-point.ts';
import { discard } from '../../../disk/discard.ts';
import { temporaryName } from '../../../disk/temporary-name.ts';
import { beginUnfinished, copyBySystem, finished } from '../../../disk/unfinished.ts';
import type { Source } from '../remote.ts';
import { ABANDONED_MS, TEMPORARY } from '../temporary-files.ts';

export class FolderWriter {
  readonly #folder: string;
  readonly #fault: Fault;
  #prepared: Promise<void> | undefined;
  readonly #made = new Set<string>();
  /** Folders with new names that are not flushed yet. */
  readonly #unflushed = new Set<string>();

  /** @param folder absolute. */
  constructor(folder: string, fault: Fault) {
    this.#folder = folder;
    this.#fault = fault;
  }

  /** @param path relative to the folder. */
  async write(path: string, source: Source): Promise<void> {
    const to = join(this.#folder, path);
    await (this.#prepared ??= this.#prepare());
    await this.#makeFolder(dirname(to));
    const temporary = beginUnfinished(join(this.#folder, TEMPORARY, temporaryName()));
    try {
      this.#fault('write to remote');
      if ('text' in source) await writeFile(temporary, source.text, { flag: 'wx' });
      else await copyBySystem(source.path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(temporary, 0o444);
      await flush(temporary);
      this.#fault('rename on remote');
      await moveIn(temporary, to);
      finished(temporary);
      this.#unflushed.add(dirname(to));
    } catch (error) {
      discard(temporary);
      throw error;
    }
  }

  /** Makes the names of everything written safe against a power cut. */
  async settle(): Promise<void> {
    if (this.#unflushed.size > 0) this.#fault('flush remote');
    for (const folder of this.#unflushed) await flush(folder);
    this.#unflushed.clear();
  }

  async #prepare(): Promise<void> {
    const folder = join(this.#folder, TEMPORARY);
    await this.#makeFolder(folder);
    await removeOld(folder);
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    await makeFolder(path);
    this.#made.add(path);
  }
}

/** One folder after the other: Node's recursive mkdir tries for ever where a file system such as /proc or an automount makes none. */
async function makeFolder(path: string): Promise<void> {
  try {
    await makeUnlessThere(path);
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    await makeUnlessThere(path);
  }
}

async function makeUnlessThere(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const isThere = (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!isThere) throw error;
    return;
  }
  await shareWithGroup(path);
}

/** What a group writes to by the setgid bit, as a folder of a team, it may write to further down, whatever the user's umask says. */
async function shareWithGroup(path: string): Promise<void> {
  const { mode } = await stat(dirname(path));
  if ((mode & GROUPS) !== GROUPS) return;
  try {
    await chmod(path, ((await stat(path)).mode | (mode & 0o2070)) & 0o7777);
  } catch (error) {
    // Mounts of other systems have no permissions of this kind.
    if (!['EPERM', 'ENOTSUP'].includes(errno(error) ?? '')) throw error;
  }
}

const GROUPS = constants.S_IWGRP | 0o2000;

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveIn(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    if (errno(error) !== 'EISDIR') throw error;
    // No writer of objects makes folders under their names: the folder is damage.
    await rm(path, { recursive: true });
    await rename(temporary, path);
  }
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats && stats.mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
  }
}
