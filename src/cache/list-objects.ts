// Lists what a cache folder holds: objects, and files that dead processes or damage left. Reads names and stat data only, and lists
// only files that have a name of ours.
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { errno } from '../base/problem.ts';
import type { Digest } from '../hash/digest.ts';
import type { CacheLayout } from './cache-layout.ts';
import { objectsFolder } from './open-store.ts';
import { runsFolder } from './runs-folder.ts';
import { listFolder, type Entry } from '../disk/real-folder.ts';

export interface StoredObject {
  readonly digest: Digest;
  /** Absolute. */
  readonly path: string;
  /** Bytes on this file system, without what it shares with others. */
  readonly size: number;
  /** Milliseconds since the epoch: when it was stored, or last stored again. */
  readonly time: number;
  readonly stats: Stats;
}

/** What is no object: the temporary file or folder of a process that may be dead, or a corrupt object. */
export interface Leftover {
  /** The folder below which no link is followed. */
  readonly base: string;
  readonly path: string;
  readonly stats: Stats;
  /** The process that wrote it; undefined for a corrupt object. */
  readonly pid: number | undefined;
}

/** As `temporaryName` makes them. */
const TEMPORARY = /^(\d+)-[0-9a-f]{8}-\d+\.tmp$/;
/** The same after the name of an object or record; older versions wrote the number of the process only. */
const TEMPORARY_OF = /^[0-9a-f]{30,64}(?:\.dir)?\.(\d+)(?:-[0-9a-f]{8}-\d+)?\.tmp$/;
const SHARD = /^[0-9a-f]{2}$/;

/** @throws PipeError for a symbolic link in place of a folder. */
export function* listObjects(dir: string, layout: CacheLayout): Generator<StoredObject> {
  for (const { path, shard, name, stats } of shards(dir, objectsFolder(dir, layout))) {
    const digest = shard + name;
    if (layout.content.digest.test(digest) && stats.isFile()) {
      yield { digest: digest as Digest, path, size: stats.size, time: stats.mtimeMs, stats };
    }
  }
}

/**
 * @param scratch folder for files on their way to the workspace; @param quarantine absolute.
 * @throws PipeError for a symbolic link in place of a folder.
 */
export function* listLeftovers(
  dir: string,
  layout: CacheLayout,
  scratch: string,
  quarantine: string,
): Generator<Leftover> {
  // DVC 2 has its objects in the cache folder itself.
  for (const folder of [objectsFolder(dir, layout), runsFolder(dir), dir]) {
    for (const { path, name, stats } of shards(dir, folder)) {
      const pid = TEMPORARY_OF.exec(name)?.[1];
      // The folder of an object that came in part.
      const isOurs = stats.isFile() || stats.isDirectory();
      if (pid !== undefined && isOurs) yield { base: dir, path, stats, pid: Number(pid) };
    }
  }
  const base = ownBase(dir, scratch);
  for (const { name, stats } of listFolder(base, scratch)) {
    const pid = (TEMPORARY.exec(name) ?? TEMPORARY_OF.exec(name))?.[1];
    // A symbolic link and a folder get their names by renaming too.
    if (pid !== undefined) yield { base, path: join(scratch, name), stats, pid: Number(pid) };
  }
  for (const { name, stats } of quarantined(base, quarantine)) {
    if (layout.content.digest.test(name) && stats.isFile())
      yield { base, path: join(quarantine, name), stats, pid: undefined };
  }
}

/** None where another user of a shared cache has closed the folder. */
function quarantined(base: string, quarantine: string): readonly Entry[] {
  try {
    return listFolder(base, quarantine);
  } catch (error) {
    if (errno(error) === 'EACCES') return [];
    throw error;
  }
}

/** The folder below which all files are ours and no link is followed: the cache, in a DVC repository `.dvc/tmp`. */
export function ownBase(dir: string, scratch: string): string {
  return scratch.startsWith(`${dir}/`) ? dir : dirname(dirname(scratch));
}

/** Entries of the folders `xx` in a folder. */
function* shards(dir: string, folder: string): Generator<Entry & { path: string; shard: string }> {
  for (const { name: shard } of listFolder(dir, folder)) {
    if (!SHARD.test(shard)) continue;
    for (const entry of listFolder(dir, join(folder, shard)))
      yield { ...entry, path: join(folder, shard, entry.name), shard };
  }
}
