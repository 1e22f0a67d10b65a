// The verdict: everything that the last clean `repro` saw when it found nothing to do, as one text. Owns what is in it and
// whether it still holds; never why it does not. Loaded before anything else is: it imports next to nothing.
import type { BigIntStats } from 'node:fs';
import { MISSING, stampOf, EXISTS, type PathStamp } from '../disk/path-stamp.ts';

/** What may be asked of the file system; handed in, since loading a module costs as much as the whole answer. */
export interface Files {
  statSync(path: string, options: { bigint: true; throwIfNoEntry: false }): BigIntStats | undefined;
  existsSync(path: string): boolean;
}

/** Whatever decides besides files: another answer may be due where any of it differs. */
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

/** Where the verdict of a project lies, from its root. */
export const VERDICT_FILE = 'cache/state/verdict';
/** Who holds the run lock: while it is there, a run is at work or died. */
export const OWNER_FILE = 'cache/state/run.owner.json';

const END = 'end';

function headOf({ build, args, cwd }: Circumstances): string {
  const { HOME, XDG_CONFIG_HOME } = process.env;
  // The two say where git keeps the patterns of files that no repository has.
  return JSON.stringify([build, process.version, process.getuid?.(), args, cwd, HOME, XDG_CONFIG_HOME]);
}

/** NUL can be part of no path, so nothing can be framed two ways. */
export function formatVerdict({ stages, seen }: Verdict, circumstances: Circumstances): string {
  const parts = [headOf(circumstances), String(stages)];
  // What the folder around it tells needs no look of its own; names come and go with its times.
  const told = (path: string): boolean => {
    const around = seen.get(path.slice(0, path.lastIndexOf('/')));
    return around !== undefined && around !== EXISTS && around !== MISSING;
  };
  for (const [path, what] of seen)
    if (!((what === EXISTS || what === MISSING) && told(path))) parts.push(what, path);
  parts.push(END);
  return parts.join('\0');
}

/** @returns the number of stages that are fresh; undefined when anything at all differs or cannot be told. */
export function stillHolds(text: string, circumstances: Circumstances, files: Files): number | undefined {
  const parts = text.split('\0');
  if (parts.at(-1) !== END || parts[0] !== headOf(circumstances)) return undefined;
  const options = { bigint: true, throwIfNoEntry: false } as const;
  for (let at = 2; at < parts.length - 1; at += 2) {
    const what = parts[at]!;
    const path = parts[at + 1]!;
    if (what === EXISTS || what === MISSING) {
      if (files.existsSync(path) !== (what === EXISTS)) return undefined;
    } else {
      const stats = files.statSync(path, options);
      if (!stats || stampOf(stats) !== what) return undefined;
    }
  }
  return Number(parts[1]);
}
