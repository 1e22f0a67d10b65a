// The run cache of a project of our own: one small JSON file per fingerprint with the outputs that it gave, newest first. A result is
// used only while the store has all of its objects.
import { existsSync, readFileSync, renameSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Content, Digest } from '../hash/digest.ts';
import type { LockedPath } from '../lock/lock-entry.ts';
import type { Problem } from '../base/problem.ts';
import type { ObjectStore } from '../cache/object-store.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { crashPoint, type Fault } from '../disk/crash-point.ts';
import { GROUP_FILE, RealFolders } from '../disk/real-folder.ts';
import type { RunCache } from '../cache/run-cache.ts';
import type { RunFormat } from '../cache/run-format.ts';
import { runsFolder } from '../cache/runs-folder.ts';
import { storeError } from '../disk/store-error.ts';

export interface RunCacheOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  readonly store: Pick<ObjectStore, 'has'>;
  /** A group shares the cache. */
  readonly shared?: boolean;
  readonly fault?: Fault;
}

/** Crash points. */
const RUN_STEPS = { write: 'write run', rename: 'rename run' };
/** How many results are kept per fingerprint: the first, and the newest others. */
const KEEP = 5;
const DAY = 86_400_000;

export function openRunCache({ dir, store, shared = false, fault = crashPoint }: RunCacheOptions): RunCache {
  const at = (fingerprint: Digest): string =>
    join(runsFolder(dir), fingerprint.slice(0, 2), fingerprint.slice(2));
  const folders = new RealFolders(dir, shared);

  return {
    find(fingerprint) {
      const outs = readRuns(at(fingerprint)).find((outs) => outs.every(({ content }) => store.has(content)));
      if (outs) renew(at(fingerprint));
      return outs;
    },
    save(fingerprint, { outs }) {
      const file = at(fingerprint);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      const known = text === undefined ? [] : readRecord(text);
      if (!known && NEWER.test(text!)) return newerProblem(file);
      const runs = known ?? [];
      if (runs[0] && sameOuts(runs[0], outs)) return undefined;
      const others = runs.filter((earlier) => !sameOuts(earlier, outs));
      const kept = others.length < KEEP ? others : [...others.slice(0, KEEP - 2), others.at(-1)!];
      try {
        folders.make(dirname(file));
        // A record that cannot be read is kept under another name.
        if (!known) renameSync(file, `${file}.damaged`);
        replaceFile(file, formatRuns([outs, ...kept]), {
          // Garbage collection knows such names.
          temporary: `${file}.${temporaryName()}`,
          replaceLink: true,
          ...(shared && { mode: GROUP_FILE }),
          steps: RUN_STEPS,
          fault,
        });
      } catch (error) {
        throw storeError(error, 'write the run cache', file);
      }
      const first = runs.at(-1);
      return first && !runs.some((earlier) => sameOuts(earlier, outs)) ? otherResult(first, outs) : undefined;
    },
  };
}

/** Notes the last use of a run for garbage collection, once a day, where the cache can be written. */
function renew(file: string): void {
  const now = new Date();
  try {
    if (now.getTime() - statSync(file).mtimeMs > DAY) utimesSync(file, now, now);
  } catch {
    // The cache is read-only, or the file was removed meanwhile.
  }
}

const SCHEMA = 'pipe-run/1';
const NEWER = /^\{"schema":"pipe-run\/(?!1")/;

function newerProblem(file: string): Problem {
  return {
    code: 'run-record-newer',
    title: 'the run cache does not keep this result: a newer version of pipe wrote the record of its inputs',
    facts: [['record', file]],
    hint: 'update pipe',
  };
}

export function formatRuns(runs: readonly (readonly LockedPath[])[]): string {
  return JSON.stringify({ schema: SCHEMA, runs }) + '\n';
}

export const ownRuns: RunFormat = {
  names: [/^[0-9a-f]{2}$/, /^[0-9a-f]{62}$/],
  parse: readRecord,
  format: formatRuns,
  record: (entry) => formatRuns([entry.outs]),
  records: 'runs',
};

function otherResult(
  first: readonly LockedPath[],
  outs: readonly LockedPath[],
): ReturnType<RunCache['save']> {
  const before = new Map(first.map(({ path, content }) => [path, content.digest]));
  const differing = outs
    .filter(({ path, content }) => before.get(path) !== content.digest)
    .map(({ path }) => path);
  return {
    code: 'nondeterministic',
    title: 'the same inputs gave other outputs than an earlier run',
    facts: [['differing', differing.join(', ')]],
    hint: 'both results are kept; fix seeds and orders if they are to be equal',
  };
}

function sameOuts(a: readonly LockedPath[], b: readonly LockedPath[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ path, content }, index) =>
        path === b[index]!.path &&
        content.digest === b[index]!.content.digest &&
        content.isexec === b[index]!.content.isexec,
    )
  );
}

/** Results of a run file, newest first; none where it is missing, incomplete or not ours: then the stage runs again. */
export function readRuns(file: string): readonly (readonly LockedPath[])[] {
  // Nearly all stages of a first run have no file, and throwing an error takes longer than the rest of this function.
  if (!existsSync(file)) return [];
  try {
    return parseRuns(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/** As `readRuns`, of the text of such a file. */
export function parseRuns(text: string): readonly (readonly LockedPath[])[] {
  return readRecord(text) ?? [];
}

/** Results in the text of a run file; undefined where it is no such text, or of another version. */
export function readRecord(text: string): readonly (readonly LockedPath[])[] | undefined {
  try {
    const { schema, runs } = JSON.parse(text) as { schema?: unknown; runs?: unknown };
    return schema === SCHEMA && Array.isArray(runs) && runs.every(isOuts) ? runs : undefined;
  } catch {
    return undefined;
  }
}

function isOuts(value: unknown): value is readonly LockedPath[] {
  return Array.isArray(value) && value.every(isLockedPath);
}

function isLockedPath(value: unknown): value is LockedPath {
  const { path, content } = (value ?? {}) as { path?: unknown; content?: Partial<Content> };
  return (
    typeof path === 'string' &&
    typeof content?.digest === 'string' &&
    /^[0-9a-f]{64}(?:\.dir)?$/.test(content.digest) &&
    Number.isSafeInteger(content.size)
  );
}
