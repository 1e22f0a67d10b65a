// One sender at a time. The lock is an exclusive SQLite transaction on a file: the system releases it with the process,
// however that ends, so no lock is ever left behind and none is taken over by two.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

const SQLITE_BUSY = 5;
const POLL_MS = 150;

/** @param path absolute path of the lock file; it stays when the lock is released. */
export async function withSendLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  try {
    for (let waited = false; !begin(database); waited = true) {
      if (!waited) options.onWait?.();
      await sleep(POLL_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
    return await work();
  } finally {
    database.close();
  }
}

function begin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
