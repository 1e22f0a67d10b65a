// One process at a time writes into a clone: git refuses where another one holds its lock files, and waits for none of them.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { lockAlone } from '../disk/sqlite-lock.ts';

/** Called once, after a while, with the process that another one waits for. */
export type OnWait = (owner: string) => void;

const MOST_MS = 600_000;
/** A shorter wait is not worth a line. */
const SAID_MS = 2_000;
/** A git whose `pipe` was killed goes on for a while. */
const LEFT_MS = 10_000;
const POLL_MS = 100;

/** What git locks for what is written here; a git that was killed leaves them, and later ones refuse. */
const GIT_LOCKS = ['config.lock', 'shallow.lock', 'HEAD.lock', 'packed-refs.lock'];

/** @param clone absolute folder, which exists. */
export async function alone<Result>(clone: string, act: () => Result, onWait?: OnWait): Promise<Result> {
  const lock = await take(clone, onWait);
  try {
    if (lock) for (const name of GIT_LOCKS) await removeLeft(join(clone, name));
    return act();
  } finally {
    lock?.close();
  }
}

/** @returns undefined where there are no locks, or one does not end: git then says why. */
async function take(clone: string, onWait: OnWait | undefined): Promise<DatabaseSync | undefined> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(clone, 'in-use.lock'));
    for (let waited = 0; waited < MOST_MS; waited += POLL_MS) {
      if (lockAlone(database)) {
        recordOwner(clone);
        return database;
      }
      if (waited === SAID_MS) onWait?.(`${ownerOf(clone)}, which reads the same repository`);
      // Signals are listened to meanwhile.
      await passing(POLL_MS);
    }
  } catch {
    // The file cannot be written, or its file system has no locks.
  }
  database?.close();
  return undefined;
}

const ownerFile = (clone: string): string => join(clone, 'in-use.owner');

function recordOwner(clone: string): void {
  try {
    writeFileSync(ownerFile(clone), `process ${process.pid} on ${hostname()}`);
  } catch {
    // It is only shown.
  }
}

function ownerOf(clone: string): string {
  try {
    return readFileSync(ownerFile(clone), 'utf8').slice(0, 100) || 'another process';
  } catch {
    return 'another process';
  }
}

async function removeLeft(file: string): Promise<void> {
  for (let waited = 0; waited <= LEFT_MS; waited += POLL_MS) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return;
    if (Date.now() - found.mtimeMs > LEFT_MS) break;
    await passing(POLL_MS);
  }
  rmSync(file, { force: true });
}
