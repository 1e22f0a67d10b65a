// Which objects a policy allows to be removed: never those that the workspace needs, of the others those first whose last use is the
// oldest, and none that was stored a moment ago, since another process may be about to name it.
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import type { StoredObject } from './list-objects.ts';
import type { RunFiles } from './run-files.ts';

export interface GarbagePolicy {
  /** Objects of runs that were used within so many milliseconds stay. */
  readonly keepFor?: number;
  /** The oldest are removed until all objects together have at most so many bytes. */
  readonly maxSize?: number;
  /** Everything is removed that is not needed. */
  readonly onlyNeeded?: true;
}

export type Objects = ReadonlyMap<Digest, StoredObject>;

/** Digests of the files of each directory. */
export type Directories = ReadonlyMap<Digest, readonly Digest[]>;

/** When an object, or a directory that contains it, was stored and was last used; Infinity for a needed object. */
interface Use {
  stored: number;
  used: number;
}

/** @param needed contents that lock files name. @returns the objects that may be removed. */
export function chooseRemovable(
  objects: Objects,
  directories: Directories,
  runs: RunFiles,
  needed: Iterable<Pick<Content, 'digest'>>,
  policy: GarbagePolicy,
  time: number,
  isYoung: (since: number) => boolean,
): ReadonlySet<Digest> {
  const uses = usesOf(objects, directories, runs, needed);
  const free = [...objects.keys()]
    .filter((digest) => uses.get(digest)!.used !== Infinity && !isYoung(uses.get(digest)!.stored))
    .sort((a, b) => uses.get(a)!.used - uses.get(b)!.used || directoriesFirst(a, b));
  if (policy.onlyNeeded) return new Set(free);
  const removable = new Set<Digest>();
  let bytes = sizeOf([...objects.values()]);
  for (const digest of free) {
    const old = policy.keepFor !== undefined && uses.get(digest)!.used < time - policy.keepFor;
    const over = policy.maxSize !== undefined && bytes > policy.maxSize;
    if (!old && !over) break;
    removable.add(digest);
    bytes -= objects.get(digest)!.size;
  }
  return removable;
}

function usesOf(
  objects: Objects,
  directories: Directories,
  { records, others }: RunFiles,
  needed: Iterable<Pick<Content, 'digest'>>,
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
  for (const { results, time } of records)
    for (const outs of results) for (const { content } of outs) use(content.digest, time);
  // A newer version may restore what its records name.
  for (const { digests, time } of others) for (const digest of digests) use(digest, time);
  for (const [directory, files] of directories) {
    const { used, stored } = uses.get(directory)!;
    for (const digest of files) use(digest, used, stored);
  }
  return uses;
}

/** A directory must not outlive its files. */
export function directoriesFirst(a: Digest, b: Digest): number {
  return Number(isDirectory(b)) - Number(isDirectory(a));
}

export function sizeOf(objects: readonly { readonly size: number }[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}
