// The files of the run cache as garbage collection sees them: which results they hold and when they were last of use.
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPath } from '../lock/lock-entry.ts';
import { naming } from '../pipeline/system-problem.ts';
import { readDvcRun } from './dvc-run-cache.ts';
import type { Layout } from './manifests.ts';
import { formatRuns, readRuns, runsFolder } from './open-run-cache.ts';

export interface RunFile {
  readonly path: string;
  /** Milliseconds since the epoch: when it was written or last found. */
  readonly time: number;
  /** Each a run's outputs; none where the file cannot be read. */
  readonly results: readonly (readonly LockedPath[])[];
}

export function* listRunFiles(dir: string, layout: Layout): Generator<RunFile> {
  for (const path of filesBelow(runsFolder(dir))) {
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (time === undefined) continue;
    const dvc = layout === 'dvc' ? readDvcRun(path) : undefined;
    yield { path, time, results: layout === 'pipe' ? readRuns(path) : dvc ? [dvc.outs] : [] };
  }
}

/** Leaves these results of a file, whose time stays; the file goes with its last one. */
export function keepResults({ path, time }: RunFile, results: RunFile['results']): void {
  if (results.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  const temporary = `${path}.${process.pid}.tmp`;
  naming(temporary, () => writeFileSync(temporary, formatRuns(results)));
  utimesSync(temporary, time / 1000, time / 1000);
  renameSync(temporary, path);
}

function* filesBelow(folder: string): Generator<string> {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return; // no run was ever kept
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && !entry.name.endsWith('.tmp')) yield path;
  }
}
