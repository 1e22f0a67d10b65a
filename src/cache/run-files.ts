// Lists the records of earlier runs for garbage collection: which results they hold and when they were last used. Files that have other
// names, or cannot be read as records, are listed apart: they belong to others, or to a newer version.
import { readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { CacheLayout } from './cache-layout.ts';
import { digestsIn } from './manifests.ts';
import { runsFolder } from './runs-folder.ts';
import { inFolder, listFolder, NO_LINK, type Entry } from '../disk/real-folder.ts';

export interface RunFile {
  /** Absolute. */
  readonly path: string;
  /** Milliseconds since the epoch: when it was written or last found. */
  readonly time: number;
  readonly stats: Stats;
  /** Each a run's outputs. */
  readonly results: readonly (readonly LockedPath[])[];
}

/** A file below the folder of the records that this version cannot read as a record. */
export interface OtherFile {
  readonly path: string;
  readonly time: number;
  /** Everything in it that looks like the digest of an object. */
  readonly digests: readonly Digest[];
}

export interface RunFiles {
  readonly records: readonly RunFile[];
  readonly others: readonly OtherFile[];
}

/** @throws PipeError for a symbolic link in place of a folder. */
export function listRunFiles(dir: string, layout: CacheLayout): RunFiles {
  const records: RunFile[] = [];
  const others: OtherFile[] = [];
  const { names } = layout.runs;

  const visit = (folder: string, depth: number): void => {
    for (const entry of listFolder(dir, folder)) {
      const path = join(folder, entry.name);
      const isOurs = names[depth]!.test(entry.name);
      // A symbolic link in place of a folder is an error, which listing it throws.
      if (isOurs && depth < names.length - 1 && !entry.stats.isFile()) visit(path, depth + 1);
      else if (isOurs && depth === names.length - 1 && entry.stats.isFile()) take(folder, path, entry);
      else if (!entry.name.endsWith('.tmp')) others.push({ path, time: entry.stats.mtimeMs, digests: [] });
    }
  };

  const take = (folder: string, path: string, { name, stats }: Entry): void => {
    const text = inFolder(dir, folder, (at) => read(at(name)));
    const time = stats.mtimeMs;
    const results = text === undefined ? undefined : layout.runs.parse(text);
    if (results) records.push({ path, time, stats, results });
    else others.push({ path, time, digests: digestsIn(text ?? '', layout.content) });
  };

  visit(runsFolder(dir), 0);
  return { records, others };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, { encoding: 'utf8', flag: NO_LINK });
  } catch {
    return undefined; // removed meanwhile, or not readable
  }
}
