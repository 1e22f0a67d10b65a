// Reading the file system as far as decisions rest on it. Whoever loads, hashes or decides reads through these functions;
// while a witness listens, it notes once per path what stood there before it was read. Nothing else happens here.
import * as fs from 'node:fs';
import { NOTHING, seenText, SOMETHING, type Seen } from './path-stamp.ts';
import { naming } from './system-problem.ts';

export interface Witness {
  /**
   * Ends the listening. @returns what was seen, by absolute path; undefined where that cannot be told in full: too many
   * paths, symlinks inside of directories, or a path that came and went.
   */
  end(): ReadonlyMap<string, Seen> | undefined;
}

/** Comparing so many paths takes about as long as walking them. */
const MOST = 20_000;

let seen: Map<string, Seen> | undefined;

/** At most one listens at a time. */
export function listen(): Witness {
  const own = new Map<string, Seen>();
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
    return undefined; // a file where a folder was expected, or nobody may look
  }
}

const giveUp = (): void => void (seen = undefined);

function note(path: unknown): void {
  if (!seen) return;
  if (typeof path !== 'string' || seen.size >= MOST) return giveUp();
  const before = seen.get(path);
  if (before === undefined || before === NOTHING || before === SOMETHING) noteStats(path, statAt(path));
}

function noteStats(path: unknown, stats: fs.BigIntStats | undefined): void {
  if (!seen) return;
  if (typeof path !== 'string' || seen.size >= MOST) return giveUp();
  const before = seen.get(path);
  if (before !== undefined && before !== NOTHING && before !== SOMETHING) return;
  if (before === NOTHING) return stats ? giveUp() : undefined;
  seen.set(path, stats ? seenText(stats) : NOTHING);
}

/** Where a symlink leads, and through which others, cannot be told by stat data alone. */
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
  if (before !== undefined && before !== NOTHING) return;
  const there = fs.existsSync(path);
  if (before === NOTHING) return there ? giveUp() : undefined;
  seen.set(path, there ? SOMETHING : NOTHING);
}

type Read = (path: never, ...rest: never[]) => unknown;

/** The same function, with a look at the path before. */
function after<F extends Read>(look: (path: unknown) => void, read: F): F {
  const witnessed = (path: never, ...rest: never[]): unknown => {
    if (seen) look(path);
    return read(path, ...rest);
  };
  return witnessed as F;
}

type Stat = (path: never, options?: fs.StatSyncOptions) => fs.BigIntStats | undefined;

/** The same function, whose answer is itself what there is to see; only if it is less exact, with a look before. */
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
