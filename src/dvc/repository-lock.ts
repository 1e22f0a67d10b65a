// Shares a repository with a DVC that runs at the same time: its lock of the repository is held while we publish, and
// the paths of a stage that runs are entered in its table of readers and writers, so that either refuses what the other
// is at. Owns no waiting for each other's stages: DVC refuses, and so do we.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { naming } from '../disk/system-problem.ts';
import { overlap } from '../plan/overlap.ts';
import type { FileLocks } from '../run/process/flock.ts';

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
  /** Our command line, as DVC shows it to whom it refuses. */
  readonly command: string;
  /** Fail at once where DVC holds the lock. */
  readonly wait: boolean;
  /** Told once, before waiting. */
  readonly onWait: (owner: string) => void;
  /** Whether the user has asked to stop. */
  readonly stopped: () => boolean;
}

interface Entry {
  readonly pid: number;
  readonly cmd: string;
}

interface Table {
  write: { [path: string]: Entry };
  read: { [path: string]: Entry[] };
}

const POLL_MS = 50;

export function openDvcLock(options: DvcLockOptions): DvcLock {
  const folder = join(options.root, '.dvc/tmp');
  mkdirSync(folder, { recursive: true });
  const repository = join(folder, 'lock');
  const guard = join(folder, 'rwlock.lock');
  const table = join(folder, 'rwlock');
  const own: Entry = { pid: process.pid, cmd: options.command };
  let holders = 0;
  let held = Promise.resolve();
  let told = false;

  async function acquire(file: string): Promise<void> {
    while (!(await options.locks.lock(file))) {
      if (!options.wait || options.stopped()) throw busy('DVC is at work in this repository', ownerOf(file));
      if (!told) options.onWait(`DVC (process ${ownerOf(file)})`);
      told = true;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
    // As DVC does, for whoever finds the lock taken.
    naming(file, () => writeFileSync(file, ` ${process.pid}\n`));
  }

  async function edit(change: (table: Table) => void): Promise<void> {
    await acquire(guard);
    try {
      const now = readTable(table);
      change(now);
      naming(table, () => writeFileSync(table, JSON.stringify(now)));
    } finally {
      await options.locks.unlock(guard);
    }
  }

  // One edit after another: the guard is ours as a process, so it would not keep our own stages apart.
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
            () => options.locks.unlock(repository),
            () => {},
          );
          await held;
        }
      }
    },
    async claim(stage) {
      const at = (path: WorkspacePath): string => resolve(options.root, path);
      const read = [...stage.deps, ...stage.params].map((dep) => at(dep.at));
      const write = stage.outs.map((out) => at(out.at));
      await inTurn((now) => {
        refuseBlocked(now, own, read, write);
        for (const path of read) (now.read[path] ??= []).push(own);
        for (const path of write) now.write[path] = own;
      });
      return () =>
        inTurn((now) => {
          for (const path of write) delete now.write[path];
          for (const path of read) {
            const index = (now.read[path] ?? []).findIndex((entry) => isSame(entry, own));
            if (index >= 0) now.read[path]!.splice(index, 1);
            if (now.read[path]?.length === 0) delete now.read[path];
          }
        });
    },
    close: () => options.locks.close(),
  };
}

const isSame = (a: Entry, b: Entry): boolean => a.pid === b.pid && a.cmd === b.cmd;

/** Drops the entries of processes that are gone, as DVC does. */
function readTable(file: string): Table {
  let text = '{}';
  try {
    text = naming(file, () => readFileSync(file, 'utf8'));
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
  }
  let table: { readonly read?: unknown; readonly write?: unknown } | null = {};
  try {
    table = JSON.parse(text) as typeof table;
  } catch {
    // Cut off by a crash of whoever wrote it: nobody can be in it any more.
  }
  const write = Object.entries(table?.write ?? {}).filter((item): item is [string, Entry] =>
    isAliveEntry(item[1]),
  );
  const read = Object.entries(table?.read ?? {}).flatMap(([path, entries]): [string, Entry[]][] => {
    const alive = Array.isArray(entries) ? entries.filter(isAliveEntry) : [];
    return alive.length > 0 ? [[path, alive]] : [];
  });
  return { write: Object.fromEntries(write), read: Object.fromEntries(read) };
}

function isAliveEntry(entry: unknown): entry is Entry {
  const { pid } = (entry ?? {}) as Partial<Entry>;
  return Number.isSafeInteger(pid) && isAlive(pid!);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

/** DVC's rule: nobody writes what another reads or writes, nor reads what another writes. */
function refuseBlocked(table: Table, own: Entry, read: readonly string[], write: readonly string[]): void {
  const check = (entries: readonly (readonly [string, Entry])[], paths: readonly string[]): void => {
    for (const [path, entry] of entries) {
      if (isSame(entry, own)) continue;
      const mine = paths.find((candidate) => overlap(candidate as WorkspacePath, path as WorkspacePath));
      if (mine !== undefined) throw busy(`DVC works on '${mine}'`, `${entry.pid}: dvc ${entry.cmd}`);
    }
  };
  check(Object.entries(table.write), [...read, ...write]);
  check(
    Object.entries(table.read).flatMap(([path, entries]) => entries.map((entry) => [path, entry] as const)),
    write,
  );
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}

function busy(title: string, owner: string): PipeError {
  return new PipeError({
    code: 'dvc-busy',
    title,
    facts: [['process', owner]],
    hint: 'wait for it to end, then run again',
  });
}
