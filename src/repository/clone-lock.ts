// One process at a time writes into a clone: git refuses where another one holds its lock files, and waits for none of them. A lock of
// SQLite goes with its process, however that ends.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const MOST_MS = 600_000;
/** A git whose `pipe` was killed goes on for a while. */
const LEFT_MS = 10_000;
const POLL_MS = 50;

/** What git locks for what is written here; a git that was killed leaves them, and later ones refuse. */
const GIT_LOCKS = ['config.lock', 'shallow.lock', 'HEAD.lock', 'packed-refs.lock'];

/** @param clone absolute folder, which exists. */
export function alone<Result>(clone: string, act: () => Result): Result {
  const lock = take(join(clone, 'in-use.lock'));
  try {
    if (lock) for (const name of GIT_LOCKS) removeLeft(join(clone, name));
    return act();
  } finally {
    lock?.close();
  }
}

/** @returns undefined where there are no locks, or one does not end: git then says what is in the way. */
function take(file: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${MOST_MS}`);
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch {
    database?.close();
    return undefined;
  }
}

function removeLeft(file: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited <= LEFT_MS; waited += POLL_MS) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return;
    if (Date.now() - found.mtimeMs > LEFT_MS) break;
    Atomics.wait(clock, 0, 0, POLL_MS);
  }
  rmSync(file, { force: true });
}
