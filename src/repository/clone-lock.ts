// One process at a time writes into a clone: git refuses where another one holds its lock files, and waits for none of them.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PipeError } from '../base/problem.ts';
import { runProgram } from '../base/run-program.ts';
import { lockAlone } from '../disk/sqlite-lock.ts';

const MOST_MS = 600_000;
/** A git whose `pipe` was killed goes on for a while. */
const LEFT_MS = 10_000;
const POLL_MS = 100;

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

/** @returns undefined where there are no locks, or one does not end: git then says why. @throws PipeError where the user ends the wait. */
function take(file: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    for (let waited = 0; waited < MOST_MS; waited += POLL_MS) {
      if (lockAlone(database)) return database;
      pause();
    }
  } catch (error) {
    database?.close();
    if (error instanceof PipeError) throw error;
    // The file cannot be written, or its file system has no locks.
    return undefined;
  }
  database.close();
  return undefined;
}

/** In a process, which Ctrl-C ends as it ends git: no handler of ours is called meanwhile. @throws PipeError where it was ended. */
function pause(): void {
  if (runProgram('sleep', [String(POLL_MS / 1000)]).kind !== 'killed') return;
  throw new PipeError({
    code: 'repository-unreachable',
    title: 'the wait for another command that reads the same repository was ended',
    hint: 'call the command again',
  });
}

function removeLeft(file: string): void {
  for (let waited = 0; waited <= LEFT_MS; waited += POLL_MS) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return;
    if (Date.now() - found.mtimeMs > LEFT_MS) break;
    pause();
  }
  rmSync(file, { force: true });
}
