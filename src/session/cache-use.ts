// A shared cache is in use while a run of one of its projects goes on: many at a time. Garbage collection takes the cache alone, so that
// no object is removed that a run is about to name. Both are locks of the operating system on an SQLite file.
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { USE_LOCK } from '../cache/cache-tag.ts';
import { projectsFolder } from '../cache/projects.ts';
import { errno, PipeError } from '../base/problem.ts';
import { GROUP_FILE, makeRealFolder, refuseLink, withGroupMask } from '../disk/real-folder.ts';
import { isBusy, lockAlone } from '../disk/sqlite-lock.ts';
import { storeError } from '../disk/store-error.ts';
import { lockProblem } from './lock-problem.ts';

export interface CacheUse {
  release(): void;
}

export interface CacheUseOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  /** A group shares the cache. */
  readonly shared: boolean;
  /** No project may use it meanwhile. */
  readonly alone: boolean;
  /** Wait until the others release it; else fail at once. */
  readonly wait: boolean;
  /** Called once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop waiting. */
  readonly stopped: () => boolean;
}

const POLL_MS = 100;

/**
 * @returns undefined when the user stopped waiting.
 * @throws PipeError where it is not free (with `wait: false`), or where `alone` is asked for and the cache cannot be written to.
 */
export async function useCache(options: CacheUseOptions): Promise<CacheUse | undefined> {
  const { dir, alone, wait, onWait, stopped } = options;
  const database = openDatabase(options);
  // Who cannot write to the cache adds nothing that could be removed.
  if (!database) return { release: () => undefined };
  try {
    for (let first = true; !tryLock(database, alone, dir); first = false) {
      if (!wait) throw busyProblem(dir, alone);
      if (first)
        onWait(
          alone ? 'runs of other projects that use this cache' : 'garbage collection in the shared cache',
        );
      await sleep(POLL_MS);
      if (!stopped()) continue;
      database.close();
      return undefined;
    }
    return { release: () => database.close() };
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

/** @returns undefined where the cache can only be read. */
function openDatabase({ dir, shared, alone }: CacheUseOptions): DatabaseSync | undefined {
  const folder = projectsFolder(dir);
  const file = join(dir, USE_LOCK);
  try {
    makeRealFolder(dir, folder, shared);
    refuseLink(file);
    if (!existsSync(file)) {
      if (shared) withGroupMask(() => closeSync(openSync(file, 'a', GROUP_FILE)));
      else closeSync(openSync(file, 'a'));
    }
    accessSync(file, constants.W_OK);
  } catch (error) {
    const unwritable = ['EACCES', 'EPERM', 'EROFS'].includes(errno(error) ?? '');
    if (alone || !unwritable) throw storeError(error, 'use the shared cache', folder);
    return undefined;
  }
  return new DatabaseSync(file);
}

function tryLock(database: DatabaseSync, alone: boolean, dir: string): boolean {
  try {
    if (alone) return lockAlone(database);
    // A read inside of a transaction holds the shared lock until the transaction ends.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return true;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (isBusy(error)) return false;
    throw lockProblem(error, join(dir, USE_LOCK), {
      code: 'cache-lock-unavailable',
      name: 'lock of the shared cache',
      hint: 'put the cache on a file system with locks',
    });
  }
}

function busyProblem(dir: string, alone: boolean): PipeError {
  return new PipeError({
    code: 'cache-in-use',
    title: alone
      ? 'runs of other projects use this cache'
      : 'garbage collection is active in the shared cache',
    facts: [['cache', dir]],
    hint: 'wait for it to end (leave out --no-wait)',
  });
}
