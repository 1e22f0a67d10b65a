// One writer at a time: who holds the run lock may change the workspace. The lock itself is the operating system's (an
// SQLite file's), so it ends with its owner however that dies; a record beside it says who holds it.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import writeFileAtomic from 'write-file-atomic';
import { errno, PipeError } from '../pipeline/problem.ts';
import { ownProcessId, type ProcessId } from './process-id.ts';

export interface LockOwner extends ProcessId {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Identifies the run in the environment of everything it starts. */
  readonly run: string;
}

export interface RunLock {
  /** The record of an owner that died without letting go. */
  readonly dead: LockOwner | undefined;
  /** Another run held it first. */
  readonly waited: boolean;
  release(): void;
}

export interface RunLockOptions {
  /** Absolute folder. */
  readonly folder: string;
  readonly run: string;
  /** Wait until the owner lets go; else fail at once. */
  readonly wait: boolean;
  /** Take the lock of another host's run, which cannot be seen from here. */
  readonly breakLock: boolean;
  /** Told once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop waiting. */
  readonly stopped: () => boolean;
}

const POLL_MS = 100;

/** @throws PipeError when another run holds the lock (with `wait: false`), or a run of another host left its record. */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock | undefined> {
  mkdirSync(options.folder, { recursive: true });
  const record = ownerFile(options.folder);
  const database = new DatabaseSync(join(options.folder, 'run.lock'));
  let told = false;
  while (!tryLock(database)) {
    const owner = readOwner(options.folder);
    if (!options.wait) {
      database.close();
      throw heldError(owner);
    }
    if (!told) options.onWait(describeOwner(owner));
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (options.stopped()) {
      database.close();
      return undefined;
    }
  }
  const left = readOwner(options.folder);
  if (left && left.host !== hostname() && !options.breakLock) {
    database.close();
    throw otherHostError(left);
  }
  const own: LockOwner = {
    ...ownProcessId(),
    host: hostname(),
    since: new Date().toISOString(),
    run: options.run,
  };
  writeFileAtomic.sync(record, JSON.stringify(own) + '\n', { fsync: false });
  return {
    dead: left,
    waited: told,
    release() {
      rmSync(record, { force: true });
      database.close();
    },
  };
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

const ownerFile = (folder: string): string => join(folder, 'run.owner.json');

/** Who holds the lock, or died holding it. @param folder absolute. */
export function readOwner(folder: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile(folder), 'utf8')) as LockOwner;
  } catch (error) {
    if (errno(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function describeOwner(owner: LockOwner | undefined): string {
  if (!owner) return 'another run';
  return `process ${owner.pid} on ${owner.host}, running since ${owner.since}`;
}

function heldError(owner: LockOwner | undefined): PipeError {
  return new PipeError({
    code: 'run-locked',
    title: 'another run is at work in this project',
    facts: [['owner', describeOwner(owner)]],
    hint: 'wait for it to end (leave out --no-wait), or stop it',
  });
}

function otherHostError(owner: LockOwner): PipeError {
  return new PipeError({
    code: 'run-locked-elsewhere',
    title: 'a run on another host holds this project, or died there',
    facts: [['owner', describeOwner(owner)]],
    hint: `look on ${owner.host} whether process ${owner.pid} still runs; if not, run again with --break-lock`,
  });
}
