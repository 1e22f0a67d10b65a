// Reading of the file system by code that loads, hashes or decides. While a witness listens, it notes once per path what was there
// before the path was read, so that a later run can compare. Nothing else happens here.
import * as fs from 'node:fs';
import { MISSING, stampOf, EXISTS, type PathStamp } from './path-stamp.ts';
import { naming } from './system-problem.ts';

export interface Witness {
  /**
   * Ends the listening. @returns what was seen, by absolute path; undefined where the record is not complete: too many
   * paths, symlinks inside of directories, or a path that appeared or disappeared meanwhile.
   */
  end(): ReadonlyMap<string, PathStamp> | undefined;
}

/** Comparing so many paths takes about as long as walking them. */
const MOST = 20_000;

let seen: Map<string, PathStamp> | undefined;

/** At most one listens at a time. */
export function listen(): Witness {
  const own = new Map<string, PathStamp>();
  seen = own;
  return {
    end() {
      const whole = seen === own;
      if (whole) seen = undefined;
      return whole ? own : undefined;
    },
  };
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
  if (!seen) return;
  if (typeof path !== 'string' || seen.size >= MOST) return giveUp();
  const before = seen.get(path);
  if (before !== undefined && before !== MISSING && before !== EXISTS) return;
  if (before === MISSING) return stats ? giveUp() : undefined;
  seen.set(path, stats ? stampOf(stats) : MISSING);
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

export const existsSync = after(noteExistence, fs.existsSync);
export const readFileSync = after(note, ((path: string, options: 'utf8') =>
  naming(path, () => fs.readFileSync(path, options))) as typeof fs.readFileSync);
export const readdirSync = after(note, fs.readdirSync);
export const realpathSync = after(note, fs.realpathSync as Read) as (path: string) => string;
export const statSync = seeing(note, fs.statSync as Stat) as typeof fs.statSync;
export const lstatSync = seeing(noteItself, fs.lstatSync as Stat) as typeof fs.lstatSync;
export const readlinkSync = after(giveUp, fs.readlinkSync);
