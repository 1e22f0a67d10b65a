// Reading of the file system by code that loads, hashes or decides. While a witness listens, it notes once per path what was there
// before the path was read, so that a later run can compare. While a tree is mounted, it is read in place of a folder of the disk.
import * as fs from 'node:fs';
import {
  direntsOf,
  entryAt,
  missingError,
  namesBelow,
  realNames,
  statsOf,
  type MountedTree,
  type TreeEntry,
} from './mounted-tree.ts';
import { MISSING, stampOf, EXISTS, type PathStamp } from './path-stamp.ts';
import { naming } from './system-problem.ts';

export interface Witness {
  /**
   * Ends the listening. @returns what was seen, by absolute path; undefined where the record is not complete: too many
   * paths, symlinks inside of directories, or a path that appeared or disappeared meanwhile.
   */
  end(): ReadonlyMap<string, PathStamp> | undefined;
}

/** The record of so many paths takes 150 MB: more is walked. */
const MOST = 500_000;

let seen: Map<string, PathStamp> | undefined;

let mounted: MountedTree | undefined;

/**
 * Reads a tree in place of the folder at its top while `work` runs. What `work` reads is not witnessed.
 * @param work ends before it returns: it is not asynchronous.
 */
export function readingTree<T>(tree: MountedTree, work: () => T): T {
  const [before, heard] = [mounted, seen];
  mounted = tree;
  seen = undefined;
  try {
    return work();
  } finally {
    mounted = before;
    seen = heard;
  }
}

/** A witness hears of what is read, or a tree is read in place of a folder. */
export const isObserved = (): boolean => seen !== undefined || mounted !== undefined;

/** A tree is read in place of a folder. */
export const isMounted = (): boolean => mounted !== undefined;

/** At most one listens at a time. */
export function listen(): Witness {
  let own: Map<string, PathStamp> | undefined = new Map();
  seen = own;
  return {
    end() {
      const whole = own !== undefined && seen === own ? own : undefined;
      if (whole) seen = undefined;
      // The witness is held until the run ends.
      own = undefined;
      return whole;
    },
  };
}

/**
 * What `work` reads, beside what a witness hears of it. @param work ends before it returns.
 * @returns `seen` undefined where the record is not complete.
 */
export function hearing<T>(work: () => T): {
  readonly result: T;
  readonly seen: ReadonlyMap<string, PathStamp> | undefined;
} {
  if (mounted) return { result: work(), seen: undefined };
  const outer = seen;
  const own = new Map<string, PathStamp>();
  seen = own;
  try {
    const result = work();
    return { result, seen: seen === own ? own : undefined };
  } finally {
    const whole = seen === own;
    seen = outer;
    if (!whole) giveUp();
    for (const [path, what] of own) if (seen) pass(path, what, seen);
  }
}

/** A path that changed since it was seen before ends the listening. */
function pass(path: string, what: PathStamp, to: Map<string, PathStamp>): void {
  const before = to.get(path);
  if (before === undefined || (before === EXISTS && what !== MISSING)) to.set(path, what);
  else if ((before === MISSING) !== (what === MISSING)) giveUp();
}

/** Whether a path is as it was seen. A witness hears of the look. */
export function isAsSeen(path: string, what: PathStamp): boolean {
  if (what === EXISTS || what === MISSING) return existsSync(path) === (what === EXISTS);
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && stampOf(stats) === what;
}

/** The stamp of a file; undefined where no file is, or where it cannot be looked at. Never called while a tree is mounted. */
export function fileStamp(path: string): PathStamp | undefined {
  const stats = statAt(path);
  const stamp = stats && stampOf(stats);
  noteStamp(path, stamp ?? MISSING);
  return stats?.isFile() ? stamp : undefined;
}

function statAt(path: string): fs.BigIntStats | undefined {
  try {
    return fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a file where a folder was expected, or permission is denied
  }
}

const giveUp = (): void => void (seen = undefined);

function note(path: unknown): void {
  if (!seen) return;
  if (typeof path !== 'string' || seen.size >= MOST) return giveUp();
  const before = seen.get(path);
  if (before === undefined || before === MISSING || before === EXISTS) noteStats(path, statAt(path));
}

function noteStats(path: unknown, stats: fs.BigIntStats | undefined): void {
  if (seen) noteStamp(path, stats ? stampOf(stats) : MISSING);
}

function noteStamp(path: unknown, stamp: PathStamp): void {
  if (!seen) return;
  if (typeof path !== 'string' || seen.size >= MOST) return giveUp();
  const before = seen.get(path);
  if (before !== undefined && before !== MISSING && before !== EXISTS) return;
  if (before === MISSING) return stamp === MISSING ? undefined : giveUp();
  seen.set(path, stamp);
}

/** Stat data alone does not show where a symlink leads, and through which others. */
function noteItself(path: unknown): void {
  if (typeof path !== 'string' || isSymlink(path)) return giveUp();
  note(path);
}

function isSymlink(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch {
    return false;
  }
}

function noteExistence(path: unknown): void {
  if (!seen) return;
  if (typeof path !== 'string') return giveUp();
  const before = seen.get(path);
  if (before !== undefined && before !== MISSING) return;
  const exists = fs.existsSync(path);
  if (before === MISSING) return exists ? giveUp() : undefined;
  seen.set(path, exists ? EXISTS : MISSING);
}

type Read = (path: never, ...rest: never[]) => unknown;

/** The same function, which looks at the path first. */
function after<F extends Read>(look: (path: unknown) => void, read: F): F {
  const witnessed = (path: never, ...rest: never[]): unknown => {
    if (seen) look(path);
    return read(path, ...rest);
  };
  return witnessed as F;
}

type Stat = (path: never, options?: fs.StatSyncOptions) => fs.BigIntStats | undefined;

/** The same function, whose answer is noted; where the answer is not exact enough, it looks at the path first. */
function seeing(look: (path: unknown) => void, stat: Stat): Stat {
  return (path, options) => {
    if (!seen || options?.bigint !== true) {
      if (seen) look(path);
      return stat(path, options);
    }
    let stats: fs.BigIntStats | undefined;
    try {
      stats = stat(path, options);
      return stats;
    } finally {
      if (stats?.isSymbolicLink()) giveUp();
      else noteStats(path, stats);
    }
  };
}

/** The same function, which reads a mounted tree where the path is in one. */
function orTree<F extends Read>(
  read: F,
  inTree: (tree: MountedTree, names: readonly string[], path: string, options: unknown) => unknown,
): F {
  const either = (path: never, ...rest: never[]): unknown => {
    const names = mounted && namesBelow(mounted, path);
    return names ? inTree(mounted!, names, path, rest[0]) : read(path, ...rest);
  };
  return either as F;
}

const statInTree =
  (follow: boolean) =>
  (tree: MountedTree, names: readonly string[], path: string, options: unknown): fs.Stats | undefined => {
    const entry = entryAt(tree, names, follow);
    if (entry) return statsOf(entry);
    if ((options as fs.StatSyncOptions | undefined)?.throwIfNoEntry === false) return undefined;
    throw missingError(path);
  };

function readInTree(tree: MountedTree, names: readonly string[], path: string, options: unknown): unknown {
  const entry = entryAt(tree, names, true);
  if (entry?.kind === 'directory') throw missingError(path, 'EISDIR');
  const bytes = entry?.kind === 'file' ? entry.read() : undefined;
  if (bytes === undefined) throw missingError(path);
  return options === undefined ? bytes : bytes.toString('utf8');
}

function folderInTree(
  entry: TreeEntry | undefined,
  path: string,
): TreeEntry & { readonly kind: 'directory' } {
  if (entry?.kind === 'directory') return entry;
  throw missingError(path, entry ? 'ENOTDIR' : 'ENOENT');
}

export const existsSync = orTree(
  after(noteExistence, fs.existsSync),
  (tree, names) => entryAt(tree, names, true) !== undefined,
);
export const readFileSync = orTree(
  after(note, ((path: string, options: 'utf8') =>
    naming(path, () => fs.readFileSync(path, options))) as typeof fs.readFileSync),
  readInTree,
);
export const readdirSync = orTree(after(note, fs.readdirSync), (tree, names, path, options) => {
  const folder = folderInTree(entryAt(tree, names, true), path);
  return options === undefined ? [...folder.entries.keys()] : direntsOf(folder, path);
});
export const realpathSync = orTree(after(note, fs.realpathSync as Read), (tree, names, path) => {
  const real = realNames(tree, names);
  if (real) return [tree.top, ...real].join('/');
  throw missingError(path);
}) as (path: string) => string;
export const statSync = orTree(seeing(note, fs.statSync as Stat), statInTree(true)) as typeof fs.statSync;
export const lstatSync = orTree(
  seeing(noteItself, fs.lstatSync as Stat),
  statInTree(false),
) as typeof fs.lstatSync;
export const readlinkSync = orTree(after(giveUp, fs.readlinkSync), (tree, names, path) => {
  const entry = entryAt(tree, names, false);
  const target = entry?.kind === 'symlink' ? entry.target() : undefined;
  if (target !== undefined) return target;
  throw missingError(path, entry ? 'EINVAL' : 'ENOENT');
});
