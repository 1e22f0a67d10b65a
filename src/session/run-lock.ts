// The run lock: only its owner may change the workspace. It is a lock of the operating system on an SQLite file, so it ends
// with its owner however that ends; a record beside the file names the owner.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '../disk/crash-point.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { lockAlone } from '../disk/sqlite-lock.ts';
import { storeError } from '../disk/store-error.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { naming } from '../disk/system-problem.ts';
import { endOrphans } from '../run/process/orphans.ts';
import { isAlive, ownProcessId, type ProcessId } from '../base/process-id.ts';
import { lockProblem } from './lock-problem.ts';

export interface LockOwner extends ProcessId {
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Identifies the run in the environment of everything it starts. */
  readonly run: string;
  /** The job of Slurm that it is part of. */
  readonly job?: string;
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
  /** Wait until the owner releases it; else fail at once. */
  readonly wait: boolean;
  /** Take the lock of a run on another host, whose processes cannot be seen from here. */
  readonly breakLock: boolean;
  /** Called once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Called after the processes of an earlier run that died with the lock have ended. */
  readonly onTakeOver: (problem: Problem) => void;
  /** Whether the user has asked to stop waiting. */
  readonly stopped: () => boolean;
}

const POLL_MS = 100;
/** The system releases the lock of a dying process a moment before it reports the process as dead. */
const DYING_MS = 1000;
const DYING_POLL_MS = 10;

/**
 * Takes the lock. Ends the processes that a dead run left before taking its lock.
 * @returns undefined when the user stopped waiting.
 * @throws PipeError when another run holds the lock (with `wait: false`), a run of another host left its record, or the
 * folder cannot be written.
 */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock | undefined> {
  const { folder } = options;
  const database = openDatabase(folder);
  try {
    let waited = false;
    while (!tryLock(database, folder)) {
      const owner = readOwner(folder);
      if (!options.wait) throw heldError(owner);
      if (!waited) options.onWait(describeOwner(owner));
      waited = true;
      await sleep(POLL_MS);
      if (options.stopped()) {
        database.close();
        return undefined;
      }
    }
    const left = readOwner(folder);
    if (left) await takeOver(left, options);
    // The record of the dead run is replaced last: if this run dies before, the next one ends the processes it left.
    writeOwner(folder, options.run);
    return {
      waited,
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
    if (await hasEndedElsewhere(left)) options.onTakeOver(takenOverProblem(left, 0));
    else if (!options.breakLock) throw otherHostError(left);
    return;
  }
  for (let waited = 0; isAlive(left); waited += DYING_POLL_MS) {
    // The lock file was deleted while its owner was running.
    if (waited >= DYING_MS) throw heldError(left);
    await sleep(DYING_POLL_MS);
  }
  options.onTakeOver(takenOverProblem(left, await endOrphans(left.run)));
}

/** Whether it is known that an owner on another machine has ended: what is part of a job ends with it. */
export const hasEndedElsewhere = async ({ job }: LockOwner): Promise<boolean> =>
  job !== undefined && (await import('../run/batch/slurm/job-over.ts')).isJobOver(job);

/** The job of Slurm that runs us, on a node of its own: a shell of `salloc` is elsewhere, and may outlive its job. */
const ownJob = ({ SLURMD_NODENAME: node, SLURM_JOB_ID: job }: NodeJS.ProcessEnv): string | undefined =>
  node === undefined ? undefined : job;

function writeOwner(folder: string, run: string): void {
  const job = ownJob(process.env);
  const own: LockOwner = {
    ...ownProcessId(),
    host: hostname(),
    since: new Date().toISOString(),
    run,
    ...(job !== undefined && { job }),
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
    return lockAlone(database);
  } catch (error) {
    throw lockError(error, folder);
  }
}

/** @param folder absolute. */
const lockError = (error: unknown, folder: string): unknown =>
  lockProblem(error, join(folder, 'run.lock'), {
    code: 'run-lock-unavailable',
    name: 'run lock',
    hint: 'a run must be able to write there, on a file system with locks; `pipe status` works without',
  });

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

/** The owner of the run lock, where it lives; of another host that is unknown, and taken for granted. @param folder absolute. */
export function runningNow(folder: string): LockOwner | undefined {
  const owner = readOwner(folder);
  return owner && (owner.host !== hostname() || isAlive(owner)) ? owner : undefined;
}

const readText = (file: string): string => naming(file, () => readFileSync(file, 'utf8'));

function describeOwner(owner: LockOwner | undefined): string {
  if (!owner) return 'another run';
  const job = owner.job === undefined ? '' : ` in job ${owner.job} of Slurm`;
  return `process ${owner.pid} on ${owner.host}${job}, running since ${owner.since}`;
}

function takenOverProblem(owner: LockOwner, orphans: number): Problem {
  return {
    code: 'run-died',
    title: 'the previous run did not end normally: what it finished is kept',
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
    title: 'another run is active in this project',
    facts: [['owner', describeOwner(owner)]],
    hint: 'wait for it to end (leave out --no-wait), or stop it',
  });
}

function otherHostError(owner: LockOwner): PipeError {
  return new PipeError({
    code: 'run-locked-elsewhere',
    title: 'a run on another host holds this project, or died there',
    facts: [['owner', describeOwner(owner)]],
    hint: `check on ${owner.host} whether process ${owner.pid} still runs; if not, run again with --break-lock`,
  });
}
