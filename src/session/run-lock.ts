// One writer at a time: who holds the run lock may change the workspace. The lock itself is the operating system's (an
// SQLite file's), so it ends with its owner however that dies; a record beside it says who holds it.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '../disk/crash-point.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { storeError } from '../disk/store-error.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { naming } from '../disk/system-problem.ts';
import { endOrphans } from '../run/process/orphans.ts';
import { isAlive, ownProcessId, type ProcessId } from '../run/process/process-id.ts';

export interface LockOwner extends ProcessId {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Identifies the run in the environment of everything it starts. */
  readonly run: string;
}

export interface RunLock {
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
  /** Told that the run before died without letting go, once nothing of it runs any more. */
  readonly onTakeOver: (problem: Problem) => void;
  /** Whether the user has asked to stop waiting. */
  readonly stopped: () => boolean;
}

const POLL_MS = 100;
/** The system takes the lock from a dying process a moment before it calls the process dead. */
const DYING_MS = 1000;
const DYING_POLL_MS = 10;

/**
 * Takes the lock, that of a dead run too: what such a run left running is ended first.
 * @returns undefined when the user stopped waiting.
 * @throws PipeError when another run holds the lock (with `wait: false`), a run of another host left its record, or the
 * folder cannot be written.
 */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock | undefined> {
  const { folder } = options;
  const database = openDatabase(folder);
  try {
    let told = false;
    while (!tryLock(database, folder)) {
      const owner = readOwner(folder);
      if (!options.wait) throw heldError(owner);
      if (!told) options.onWait(describeOwner(owner));
      told = true;
      await sleep(POLL_MS);
      if (options.stopped()) {
        database.close();
        return undefined;
      }
    }
    const left = readOwner(folder);
    if (left) await takeOver(left, options);
    // The record of the dead run goes last: should we die before, the next one ends what it left.
    writeOwner(folder, options.run);
    return {
      waited: told,
      release() {
        crashPoint('let go');
        rmSync(ownerFile(folder), { force: true });
        database.close();
      },
    };
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

async function takeOver(left: LockOwner, options: RunLockOptions): Promise<void> {
  if (left.host !== hostname()) {
    if (!options.breakLock) throw otherHostError(left);
    return;
  }
  for (let waited = 0; isAlive(left); waited += DYING_POLL_MS) {
    // Somebody deleted the lock file under a run that is at work.
    if (waited >= DYING_MS) throw heldError(left);
    await sleep(DYING_POLL_MS);
  }
  options.onTakeOver(takenOverProblem(left, await endOrphans(left.run)));
}

function writeOwner(folder: string, run: string): void {
  const own: LockOwner = {
    ...ownProcessId(),
    host: hostname(),
    since: new Date().toISOString(),
    run,
  };
  const file = ownerFile(folder);
  try {
    replaceFile(file, JSON.stringify(own) + '\n', { temporary: `${file}.new` });
  } catch (error) {
    throw storeError(error, 'record who holds the run lock', file);
  }
}

function openDatabase(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true });
    return new DatabaseSync(join(folder, 'run.lock'));
  } catch (error) {
    throw lockError(error, folder);
  }
}

function tryLock(database: DatabaseSync, folder: string): boolean {
  try {
    crashPoint('take lock');
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (sqliteCode(error) === SQLITE_BUSY) return false;
    throw lockError(error, folder);
  }
}

function sqliteCode(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined;
}

function lockError(error: unknown, folder: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return storeError(error, 'take the run lock', folder);
  const file = join(folder, 'run.lock');
  return (
    refusalOf(file) ??
    new PipeError({
      code: 'run-lock-unavailable',
      title: 'the run lock cannot be taken',
      facts: [
        ['file', file],
        ['reason', error instanceof Error ? error.message : String(error)],
      ],
      hint:
        code === SQLITE_NOTADB
          ? 'delete this file while no run is at work: it has no content of its own'
          : 'a run needs to write there, on a file system that knows locks; `pipe status` works without',
    })
  );
}

/** SQLite does not say why it cannot open a file; the system does. */
function refusalOf(file: string): unknown {
  try {
    closeSync(openSync(file, 'a'));
    return undefined;
  } catch (error) {
    return storeError(error, 'take the run lock', file);
  }
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

const ownerFile = (folder: string): string => join(folder, 'run.owner.json');

/** Who holds the lock, or died holding it. @param folder absolute. */
export function readOwner(folder: string): LockOwner | undefined {
  try {
    const record = JSON.parse(readText(ownerFile(folder))) as Partial<LockOwner> | null;
    // Anything else was not written by a run.
    return typeof record?.host === 'string' && typeof record.run === 'string'
      ? (record as LockOwner)
      : undefined;
  } catch (error) {
    if (errno(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const readText = (file: string): string => naming(file, () => readFileSync(file, 'utf8'));

function describeOwner(owner: LockOwner | undefined): string {
  if (!owner) return 'another run';
  return `process ${owner.pid} on ${owner.host}, running since ${owner.since}`;
}

function takenOverProblem(owner: LockOwner, orphans: number): Problem {
  return {
    code: 'run-died',
    title: 'the run before did not come to its end: what it finished is kept',
    facts: [
      ['owner', describeOwner(owner).replace('running since', 'started')],
      ...(orphans > 0
        ? [['ended', `${orphans} ${orphans === 1 ? 'process' : 'processes'} that it left`] as const]
        : []),
    ],
  };
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
