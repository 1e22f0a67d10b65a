// Shares a repository with a DVC that runs at the same time. We hold DVC's lock of the repository while we publish, and enter the paths
// of a running stage in DVC's table, so that either program refuses to work on the paths of the other. Neither waits for the other's
// stages: DVC refuses, and so do we.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Stage } from '../pipeline/stage.ts';
import { isUrl } from '../base/workspace-path.ts';
import { naming } from '../disk/system-problem.ts';
import type { FileLocks } from '../run/process/flock.ts';
import {
  busyProblem,
  enterPaths,
  readTable,
  removePaths,
  writeTable,
  type Entry,
  type Paths,
  type Table,
} from './rwlock-table.ts';

export interface DvcLock {
  /** Runs with the lock of the repository held; waits for it first. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Enters the paths that a stage reads and writes, until the returned function is called.
   * @throws PipeError when DVC works on one of them.
   */
  claim(stage: Stage): Promise<() => Promise<void>>;
  close(): void;
}

export interface DvcLockOptions {
  /** Absolute root of the repository. */
  readonly root: string;
  readonly locks: FileLocks;
  /** Our command line, which DVC shows when it refuses. */
  readonly command: string;
  /** Wait while DVC holds the lock; else fail at once. */
  readonly wait: boolean;
  /** Called once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop. */
  readonly stopped: () => boolean;
}

const POLL_MS = 50;

export function openDvcLock(options: DvcLockOptions): DvcLock {
  const { root, locks, command, wait, onWait, stopped } = options;
  const folder = join(root, '.dvc/tmp');
  mkdirSync(folder, { recursive: true });
  const repository = join(folder, 'lock');
  const guard = join(folder, 'rwlock.lock');
  const tableFile = join(folder, 'rwlock');
  const own: Entry = { pid: process.pid, cmd: command };
  let holders = 0;
  let held = Promise.resolve();
  let hasWaited = false;

  async function acquire(file: string): Promise<void> {
    while (!(await locks.lock(file))) {
      if (!wait || stopped()) throw busyProblem('DVC is at work in this repository', ownerOf(file));
      if (!hasWaited) onWait(`DVC (process ${ownerOf(file)})`);
      hasWaited = true;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
    // As DVC does, for programs that find the lock taken.
    naming(file, () => writeFileSync(file, ` ${process.pid}\n`));
  }

  async function edit(change: (table: Table) => void): Promise<void> {
    await acquire(guard);
    try {
      const table = readTable(tableFile);
      change(table);
      writeTable(tableFile, table);
    } finally {
      await locks.unlock(guard);
    }
  }

  // One edit after another: the guard belongs to the process, so it does not separate our own stages.
  let editing: Promise<void> = Promise.resolve();
  const inTurn = (change: (table: Table) => void): Promise<void> => {
    const turn = editing.then(() => edit(change));
    editing = turn.catch(() => {});
    return turn;
  };

  return {
    async exclusive(work) {
      holders += 1;
      if (holders === 1) held = held.then(() => acquire(repository));
      try {
        await held;
        return await work();
      } finally {
        holders -= 1;
        if (holders === 0) {
          held = held.then(
            () => locks.unlock(repository),
            () => {},
          );
          await held;
        }
      }
    },
    async claim(stage) {
      const paths = pathsOf(stage, root);
      await inTurn((table) => enterPaths(table, own, paths));
      return () => inTurn((table) => removePaths(table, own, paths));
    },
    close: () => locks.close(),
  };
}

function pathsOf(stage: Stage, root: string): Paths {
  return {
    read: [...stage.deps, ...stage.params].filter(({ at }) => !isUrl(at)).map(({ at }) => resolve(root, at)),
    write: stage.outs.map(({ at }) => resolve(root, at)),
  };
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}
