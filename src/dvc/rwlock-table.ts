// DVC's table of the paths that commands read and write now (`.dvc/tmp/rwlock`): its text, and who excludes whom.
import { readFileSync, writeFileSync } from 'node:fs';
import { errno, PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { naming } from '../disk/system-problem.ts';
import { overlap } from '../plan/overlap.ts';

/** A command at work. */
export interface Entry {
  readonly pid: number;
  readonly cmd: string;
}

/** Absolute paths. */
export interface Paths {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export interface Table {
  write: { [path: string]: Entry };
  read: { [path: string]: Entry[] };
}

/** The file without the entries of processes that have ended, which DVC leaves out too. */
export function readTable(file: string): Table {
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
    // A crash of the process that wrote it cut it off: that process is not at work any more.
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

/** In place, as DVC does: other commands hold its lock, not the file. */
export function writeTable(file: string, table: Table): void {
  naming(file, () => writeFileSync(file, JSON.stringify(table)));
}

/** Enters the paths of a command. @throws PipeError when another one works on one of them. */
export function enterPaths(table: Table, own: Entry, { read, write }: Paths): void {
  refuseBlocked(table, own, { read, write });
  for (const path of read) (table.read[path] ??= []).push(own);
  for (const path of write) table.write[path] = own;
}

/** Takes the paths of a command out again. */
export function removePaths(table: Table, own: Entry, { read, write }: Paths): void {
  for (const path of write) delete table.write[path];
  for (const path of read) {
    const index = (table.read[path] ?? []).findIndex((entry) => isSame(entry, own));
    if (index >= 0) table.read[path]!.splice(index, 1);
    if (table.read[path]?.length === 0) delete table.read[path];
  }
}

/** DVC's rule: no command writes what another reads or writes, nor reads what another writes. */
function refuseBlocked(table: Table, own: Entry, { read, write }: Paths): void {
  const check = (entries: readonly (readonly [string, Entry])[], paths: readonly string[]): void => {
    for (const [path, entry] of entries) {
      if (isSame(entry, own)) continue;
      const blocked = paths.find((candidate) => overlap(candidate as WorkspacePath, path as WorkspacePath));
      if (blocked !== undefined)
        throw busyProblem(`DVC works on '${blocked}'`, `${entry.pid}: dvc ${entry.cmd}`);
    }
  };
  check(Object.entries(table.write), [...read, ...write]);
  check(
    Object.entries(table.read).flatMap(([path, entries]) => entries.map((entry) => [path, entry] as const)),
    write,
  );
}

export function busyProblem(title: string, owner: string): PipeError {
  return new PipeError({
    code: 'dvc-busy',
    title,
    facts: [['process', owner]],
    hint: 'wait for it to end, then run again',
  });
}

const isSame = (a: Entry, b: Entry): boolean => a.pid === b.pid && a.cmd === b.cmd;

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
