// The verdict: every path that the last clean `repro` read when it found nothing to do, with its state, as one text. Owns its
// format and the test whether it still holds, not the reasons why it does not. It is loaded first and imports almost nothing.
import type { BigIntStats } from 'node:fs';
import { MISSING, stampOf, EXISTS, type PathStamp } from '../disk/path-stamp.ts';

/** The part of `node:fs` that is needed; passed in, since loading a module costs as much as the whole answer. */
export interface Files {
  statSync(path: string, options: { bigint: true; throwIfNoEntry: false }): BigIntStats | undefined;
  existsSync(path: string): boolean;
}

/** What decides besides files: the verdict holds only if all of it is the same. */
export interface Circumstances {
  /** Digest of the engine's own sources. */
  readonly build: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

export interface Verdict {
  readonly stages: number;
  /** By absolute path. */
  readonly seen: ReadonlyMap<string, PathStamp>;
}

/** The verdict of a project, relative to its root. */
export const VERDICT_FILE = 'cache/state/verdict';
/** The record of the owner of the run lock: while it exists, a run is active or died. */
export const OWNER_FILE = 'cache/state/run.owner.json';

const END = 'end';

function headOf({ build, args, cwd }: Circumstances): string {
  const { HOME, XDG_CONFIG_HOME } = process.env;
  // The two decide where git finds the user's own ignore patterns.
  return JSON.stringify([build, process.version, process.getuid?.(), args, cwd, HOME, XDG_CONFIG_HOME]);
}

/** Parts are separated by NUL, which no path contains. */
export function formatVerdict({ stages, seen }: Verdict, circumstances: Circumstances): string {
  const parts = [headOf(circumstances), String(stages)];
  // The times of a folder change with the names in it: a path whose folder is recorded needs no record of its existence.
  const isImplied = (path: string): boolean => {
    const around = seen.get(path.slice(0, path.lastIndexOf('/')));
    return around !== undefined && around !== EXISTS && around !== MISSING;
  };
  for (const [path, what] of seen)
    if (!((what === EXISTS || what === MISSING) && isImplied(path))) parts.push(what, path);
  parts.push(END);
  return parts.join('\0');
}

/** @returns the number of fresh stages; undefined if anything differs. */
export function stillHolds(text: string, circumstances: Circumstances, files: Files): number | undefined {
  let at = 0;
  // One by one: a list of all parts would stay in memory while the ordinary walk decides.
  const next = (): string => {
    const from = at;
    const stop = text.indexOf('\0', from);
    at = stop < 0 ? text.length : stop + 1;
    return text.slice(from, stop < 0 ? undefined : stop);
  };
  if (!text.endsWith(`\0${END}`) || next() !== headOf(circumstances)) return undefined;
  const stages = Number(next());
  const options = { bigint: true, throwIfNoEntry: false } as const;
  for (let what = next(); what !== END; what = next()) {
    const path = next();
    if (what === EXISTS || what === MISSING) {
      if (files.existsSync(path) !== (what === EXISTS)) return undefined;
    } else {
      const stats = files.statSync(path, options);
      if (!stats || stampOf(stats) !== what) return undefined;
    }
  }
  return stages;
}
