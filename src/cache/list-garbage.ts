// Lists what garbage collection removes: `--dry` prints the list, a real run removes its items. It contains only files that have a name
// of ours and were read as ours.
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import {
  chooseRemovable,
  directoriesFirst,
  sizeOf,
  type Directories,
  type GarbagePolicy,
  type Objects,
} from './garbage-policy.ts';
import { listLeftovers, listObjects } from './list-objects.ts';
import type { CacheLayout } from './cache-layout.ts';
import { filesIn } from './manifests.ts';
import { listRunFiles, type OtherFile } from './run-files.ts';
import { listSaved } from './saved.ts';
import { listFolder } from '../disk/real-folder.ts';
import { isRunning } from '../disk/temporary-name.ts';

export interface GarbageOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly layout: CacheLayout;
  readonly scratch: string;
  readonly quarantine: string;
  /** Absolute folder of saved outputs, and how long they are kept, in milliseconds. */
  readonly saved?: { readonly folder: string; readonly keepFor: number };
  /** Contents that lock files name, those of the workspace and all others whose results are kept. */
  readonly needed: Iterable<Pick<Content, 'digest'>>;
  readonly policy: GarbagePolicy;
  /** No other process stores objects meanwhile: only this project uses the cache, and its run lock is held. */
  readonly exclusive?: boolean;
  /** Milliseconds since the epoch; default now. */
  readonly time?: number;
}

export interface GarbageItem {
  readonly kind: 'record' | 'object' | 'leftover' | 'saved';
  /** Absolute. A record is removed as a whole, unless `left` has a text. */
  readonly path: string;
  /** The folder below which no link is followed. */
  readonly base: string;
  /** What was seen; a path that changed since is not removed. */
  readonly stats: Stats;
  /** Bytes that its removal frees. */
  readonly size: number;
  /** Of a record: how many results are removed, and the text that stays. */
  readonly results?: number;
  readonly left?: string;
}

export interface GarbageList {
  /** In the order of their removal. */
  readonly items: readonly GarbageItem[];
  /** Objects that stay, and their bytes. */
  readonly kept: { readonly objects: number; readonly bytes: number };
  /** Files below the folder of the records that this version cannot read as records: they stay. */
  readonly others: readonly OtherFile[];
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** What is younger may belong to a running process. */
const GRACE = 30 * MINUTE;
/** For a temporary file of a process that seems alive (another may have its number now), and for corrupt objects. */
const LONG_GRACE = 7 * DAY;

/** @throws PipeError for a symbolic link below the cache. */
export function listGarbage(options: GarbageOptions): GarbageList {
  const { dir, layout, time = Date.now() } = options;
  // File times are finer than `time`, so they are not compared at all where no other process stores objects.
  const isYoung = (since: number): boolean => !options.exclusive && since > time - GRACE;
  const objects: Objects = new Map([...listObjects(dir, layout)].map((object) => [object.digest, object]));
  const runs = listRunFiles(dir, layout);
  const directories: Directories = new Map(
    [...objects.values()]
      .filter(({ digest }) => isDirectory(digest))
      .map(({ digest, path }) => [digest, filesIn(path, layout.content)]),
  );
  const removable = chooseRemovable(
    objects,
    directories,
    runs,
    options.needed,
    options.policy,
    time,
    isYoung,
  );

  const isLeft = (digest: Digest): boolean => objects.has(digest) && !removable.has(digest);
  const isWhole = ({ content }: LockedPath): boolean =>
    isLeft(content.digest) && (directories.get(content.digest) ?? []).every(isLeft);
  const records = runs.records.flatMap(({ path, stats, results, time: written }): GarbageItem[] => {
    const left = results.filter((outs) => outs.every(isWhole));
    if (left.length === results.length && left.length > 0) return [];
    // It may name objects that were stored after they were listed.
    if (isYoung(written)) return [];
    const text = left.length > 0 ? layout.runs.format(left) : undefined;
    const size = Math.max(0, stats.size - Buffer.byteLength(text ?? ''));
    const gone = results.length - left.length;
    return [
      {
        kind: 'record',
        path,
        base: dir,
        stats,
        size,
        results: gone,
        ...(text !== undefined && { left: text }),
      },
    ];
  });
  const unused = [...removable].sort(directoriesFirst).map((digest): GarbageItem => {
    const { path, size, stats } = objects.get(digest)!;
    return { kind: 'object', path, base: dir, stats, size };
  });
  const kept = [...objects.values()].filter(({ digest }) => !removable.has(digest));
  return {
    // Records first, then manifests, then files: at any moment, what a record or manifest names is complete.
    items: [...records, ...unused, ...oldLeftovers(options, time), ...oldSaved(options, time)],
    kept: { objects: kept.length, bytes: sizeOf(kept) },
    others: runs.others,
  };
}

function oldLeftovers({ dir, layout, scratch, quarantine }: GarbageOptions, time: number): GarbageItem[] {
  return [...listLeftovers(dir, layout, scratch, quarantine)]
    .filter(
      ({ stats, pid }) => stats.ctimeMs <= time - (pid !== undefined && !isRunning(pid) ? GRACE : LONG_GRACE),
    )
    .map(({ base, path, stats }) => ({
      kind: 'leftover',
      path,
      base,
      stats,
      size: sizeBelow(base, path, stats),
    }));
}

function sizeBelow(base: string, path: string, stats: Stats): number {
  if (!stats.isDirectory()) return stats.size;
  let size = 0;
  for (const entry of listFolder(base, path)) size += sizeBelow(base, join(path, entry.name), entry.stats);
  return size;
}

function oldSaved({ saved }: GarbageOptions, time: number): GarbageItem[] {
  if (!saved) return [];
  return listSaved(saved.folder)
    .filter(({ about }) => Date.parse(about.time) <= time - saved.keepFor)
    .map(({ path, base, stats, about }) => ({ kind: 'saved', path, base, stats, size: about.size }));
}
