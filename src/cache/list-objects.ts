// What lies in a cache folder: objects, files of earlier runs, and what dead processes left behind. Reads names and stat
// data only.
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import { errno } from '../pipeline/problem.ts';
import type { Layout } from './manifests.ts';
import { objectsFolder } from './open-store.ts';
import { runsFolder } from './open-run-cache.ts';

export interface StoredObject {
  readonly digest: Digest;
  /** Absolute. */
  readonly path: string;
  /** Bytes on this file system, without what it shares with others. */
  readonly size: number;
  /** Milliseconds since the epoch: when it was stored, or last stored again. */
  readonly time: number;
}

/** A file that is no object: written aside by a process that may be dead, or set aside as corrupt. */
export interface Leftover {
  readonly path: string;
  readonly size: number;
  readonly time: number;
  /** The process that wrote it; undefined for what was set aside. */
  readonly pid: number | undefined;
}

const OBJECT: Record<Layout, RegExp> = { pipe: /^[0-9a-f]{64}(?:\.dir)?$/, dvc: /^[0-9a-f]{32}(?:\.dir)?$/ };
/** As `asideName` makes them, with or without the object's name before; `rest.<pid>.tmp` of run files. */
const ASIDE = /(?:^|\.)(\d+)(?:-[0-9a-f]+)*\.tmp$/;

export function* listObjects(dir: string, layout: Layout): Generator<StoredObject> {
  for (const { path, shard, name, stats } of shards(objectsFolder(dir, layout))) {
    const digest = shard + name;
    if (OBJECT[layout].test(digest) && stats.isFile()) {
      yield { digest: digest as Digest, path, size: stats.size, time: stats.mtimeMs };
    }
  }
}

/** @param scratch folder for files on their way to the workspace; @param quarantine absolute. */
export function* listLeftovers(
  dir: string,
  layout: Layout,
  scratch: string,
  quarantine: string,
): Generator<Leftover> {
  const leftover = (path: string, stats: Stats, pid: number | undefined): Leftover => ({
    path,
    size: stats.size,
    time: stats.ctimeMs,
    pid,
  });
  for (const folder of [objectsFolder(dir, layout), runsFolder(dir)]) {
    for (const { path, name, stats } of shards(folder)) {
      const aside = ASIDE.exec(name);
      if (aside) yield leftover(path, stats, Number(aside[1]));
    }
  }
  for (const name of list(scratch)) {
    const path = join(scratch, name);
    const aside = ASIDE.exec(name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (aside && stats) yield leftover(path, stats, Number(aside[1]));
  }
  for (const name of list(quarantine)) {
    const path = join(quarantine, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats) yield leftover(path, stats, undefined);
  }
}

/** Entries of the folders `xx` in a folder. */
function* shards(folder: string): Generator<{ path: string; shard: string; name: string; stats: Stats }> {
  for (const shard of list(folder)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue;
    for (const name of list(join(folder, shard))) {
      const path = join(folder, shard, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats) yield { path, shard, name, stats };
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return [];
    throw error;
  }
}
