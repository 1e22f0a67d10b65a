// Which objects and runs of a cache may go, and removing them. What the workspace needs never goes; of the rest, what a
// policy says, oldest use first; and nothing that was stored a moment ago, since another process may be about to name it.
import { rmSync } from 'node:fs';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import { errno } from '../pipeline/problem.ts';
import { crashPoint, type Fault } from './fault.ts';
import { listLeftovers, listObjects, type StoredObject } from './list-objects.ts';
import { entriesIn, type Layout } from './manifests.ts';
import { keepResults, listRunFiles, type RunFile } from './run-files.ts';
import { storeError } from './store-problem.ts';

export interface GarbagePolicy {
  /** Objects of runs that were of use within so many milliseconds stay. */
  readonly keepFor?: number;
  /** The oldest go until all objects together measure at most so many bytes. */
  readonly maxSize?: number;
  /** Everything goes that is not in `needed`. */
  readonly onlyNeeded?: true;
}

export interface GarbageOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: Layout;
  readonly scratch: string;
  readonly quarantine: string;
  /** Contents that lock files name, of the workspace and of whatever else is to be kept. */
  readonly needed: Iterable<Content>;
  readonly policy: GarbagePolicy;
  /** Nobody else stores anything meanwhile: the cache is this project's alone, and its run lock is held. */
  readonly exclusive?: boolean;
  /** Say what would go, remove nothing. */
  readonly dry?: boolean;
  /** Milliseconds since the epoch; default now. */
  readonly time?: number;
  readonly fault?: Fault;
}

export interface Garbage {
  readonly removed: readonly StoredObject[];
  /** Results of earlier runs that can no longer be restored. */
  readonly runs: number;
  /** Files that dead processes and corruption left. */
  readonly leftovers: number;
  /** Bytes that were freed. */
  readonly freed: number;
  /** Objects that stay, and their bytes. */
  readonly kept: { readonly objects: number; readonly bytes: number };
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** What is younger may belong to a run that is going on. */
const GRACE = 30 * MINUTE;
/** A file written aside by a process that seems alive (its number may have passed to another), and what was set aside. */
const LONG_GRACE = 7 * DAY;

/**
 * A crash at any step leaves a cache in which everything needed is complete.
 * @throws PipeError when the cache cannot be written.
 */
export function collectGarbage(options: GarbageOptions): Garbage {
  const { dir, layout, policy, dry = false, time = Date.now(), fault = crashPoint } = options;
  // File times are finer than `time`, so where nobody else stores anything they are not compared at all.
  const isYoung = (since: number): boolean => !options.exclusive && since > time - GRACE;
  const objects = new Map([...listObjects(dir, layout)].map((object) => [object.digest, object]));
  const runs = [...listRunFiles(dir, layout)];
  const directories = readDirectories(objects, layout);
  const uses = usesOf(objects, directories, runs, options.needed);
  const doomed = chooseDoomed(objects, uses, policy, time, isYoung);

  const gone = { runs: 0, leftovers: 0, freed: 0 };
  const remove = (path: string, size: number): void => {
    gone.freed += size;
    if (dry) return;
    fault('remove object');
    rmSync(path, { recursive: true, force: true });
  };
  try {
    // Names first, then manifests, then files: whatever is left at any moment is complete, or is named by nothing.
    const isLeft = (digest: Digest): boolean => objects.has(digest) && !doomed.has(digest);
    const isWhole = ({ digest }: Content): boolean =>
      isLeft(digest) && (directories.get(digest) ?? []).every(isLeft);
    for (const run of runs) {
      const left = run.results.filter((outs) => outs.every(({ content }) => isWhole(content)));
      if (left.length === run.results.length && left.length > 0) continue;
      // It may name objects that were stored after they were listed.
      if (isYoung(run.time)) continue;
      gone.runs += run.results.length - left.length;
      if (dry) continue;
      fault('remove run');
      keepResults(run, left);
    }
    const removed = [...doomed].sort(directoriesFirst).map((digest) => objects.get(digest)!);
    for (const { path, size } of removed) remove(path, size);
    for (const { path, size, time: since, pid } of listLeftovers(
      dir,
      layout,
      options.scratch,
      options.quarantine,
    )) {
      if (since > time - (pid !== undefined && !isAlive(pid) ? GRACE : LONG_GRACE)) continue;
      gone.leftovers += 1;
      remove(path, size);
    }
    const kept = [...objects.values()].filter(({ digest }) => !doomed.has(digest));
    return { removed, ...gone, kept: { objects: kept.length, bytes: sizeOf(kept) } };
  } catch (error) {
    throw storeError(error, 'remove unused objects', dir);
  }
}

/** Digests of the files of each directory. */
function readDirectories(objects: Objects, layout: Layout): ReadonlyMap<Digest, readonly Digest[]> {
  const directories = new Map<Digest, readonly Digest[]>();
  for (const { digest, path } of objects.values()) {
    if (!isDirectory(digest)) continue;
    directories.set(
      digest,
      entriesIn(path, layout).flatMap((entry) => (entry.kind === 'file' ? [entry.digest] : [])),
    );
  }
  return directories;
}

/** When an object, or a directory that it is part of, was stored and was last of use; Infinity for what is needed. */
interface Use {
  stored: number;
  used: number;
}

function usesOf(
  objects: Objects,
  directories: ReadonlyMap<Digest, readonly Digest[]>,
  runs: readonly RunFile[],
  needed: Iterable<Content>,
): ReadonlyMap<Digest, Use> {
  const uses = new Map(
    [...objects.values()].map(({ digest, time }): [Digest, Use] => [digest, { stored: time, used: time }]),
  );
  const use = (digest: Digest, used: number, stored = 0): void => {
    const known = uses.get(digest);
    if (!known) return;
    known.used = Math.max(known.used, used);
    known.stored = Math.max(known.stored, stored);
  };
  for (const { digest } of needed) use(digest, Infinity);
  for (const { results, time } of runs)
    for (const outs of results) for (const { content } of outs) use(content.digest, time);
  for (const [directory, files] of directories) {
    const { used, stored } = uses.get(directory)!;
    for (const digest of files) use(digest, used, stored);
  }
  return uses;
}

function chooseDoomed(
  objects: Objects,
  uses: ReadonlyMap<Digest, Use>,
  policy: GarbagePolicy,
  time: number,
  isYoung: (since: number) => boolean,
): ReadonlySet<Digest> {
  const free = [...objects.keys()]
    .filter((digest) => uses.get(digest)!.used !== Infinity && !isYoung(uses.get(digest)!.stored))
    .sort((a, b) => uses.get(a)!.used - uses.get(b)!.used || directoriesFirst(a, b));
  if (policy.onlyNeeded) return new Set(free);
  const doomed = new Set<Digest>();
  let bytes = sizeOf([...objects.values()]);
  for (const digest of free) {
    const old = policy.keepFor !== undefined && uses.get(digest)!.used < time - policy.keepFor;
    const over = policy.maxSize !== undefined && bytes > policy.maxSize;
    if (!old && !over) break;
    doomed.add(digest);
    bytes -= objects.get(digest)!.size;
  }
  return doomed;
}

type Objects = ReadonlyMap<Digest, StoredObject>;

/** A directory must not outlive its files. */
function directoriesFirst(a: Digest, b: Digest): number {
  return Number(isDirectory(b)) - Number(isDirectory(a));
}

function sizeOf(objects: readonly StoredObject[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) !== 'ESRCH';
  }
}
