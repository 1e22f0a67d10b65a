// What was at the place of an output, and no stage made and no cache held, kept whole before it was replaced: a folder
// per saved thing with a record of what it was and the thing itself, moved (or copied, where it must stay).
import { randomBytes } from 'node:crypto';
import {
  constants,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from '../hash/walk-directory.ts';
import { errno, PipeError } from '../base/problem.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { inFolder, listFolder, makeRealFolder, NO_LINK } from '../disk/real-folder.ts';
import { storeError } from '../disk/disk-problem.ts';
import { syncPaths } from '../disk/flush.ts';

/** Garbage collection keeps it for so long, unless it is given another time. */
export const SAVED_DAYS = 90;

export interface SavedAbout {
  /** The path that it had, relative to the project, or absolute outside of it. */
  readonly at: string;
  /** The stage that replaced it. */
  readonly stage: string;
  /** ISO 8601. */
  readonly time: string;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

export interface Saved {
  readonly id: string;
  /** Absolute folder that holds the record and the thing. */
  readonly path: string;
  /** The folder from which on no link is followed. */
  readonly base: string;
  readonly stats: Stats;
  readonly about: SavedAbout;
}

const SCHEMA = 'pipe-saved/1';
const ID = /^[0-9a-f]{8}$/;
const ABOUT = 'about.json';
const CONTENT = 'content';

/** @param folder absolute folder of what was saved. @returns the newest last; what cannot be read is left out. */
export function listSaved(folder: string): readonly Saved[] {
  const base = dirname(folder);
  return listFolder(base, folder)
    .filter(({ name, stats }) => ID.test(name) && stats.isDirectory())
    .flatMap(({ name, stats }): Saved[] => {
      const path = join(folder, name);
      const about = inFolder(base, path, (at) => readAbout(at(ABOUT)));
      return about ? [{ id: name, path, base, stats, about }] : [];
    })
    .sort((a, b) => (a.about.time < b.about.time ? -1 : 1));
}

function readAbout(file: string): SavedAbout | undefined {
  try {
    const about = JSON.parse(
      readFileSync(file, { encoding: 'utf8', flag: NO_LINK }),
    ) as Partial<SavedAbout> & { schema?: unknown };
    const { schema, at, stage, time, files, size } = about;
    const isOurs = schema === SCHEMA && typeof at === 'string' && typeof stage === 'string';
    if (!isOurs || typeof time !== 'string' || Number.isNaN(Date.parse(time))) return undefined;
    if (typeof files !== 'number' || typeof size !== 'number') return undefined;
    return { at, stage, time, files, size };
  } catch {
    return undefined;
  }
}

/**
 * Keeps what is at a path. @param path absolute. @param folder absolute folder of what is saved.
 * @param stays the thing stays where it is, and a copy is kept.
 * @throws PipeError for sockets, devices and named pipes, which cannot be kept, and when the disk is full.
 */
export function saveAside(
  path: string,
  what: Pick<SavedAbout, 'at' | 'stage'>,
  folder: string,
  stays: boolean,
): Saved {
  const found = measure(path, what.at);
  const about: SavedAbout = {
    ...what,
    time: new Date().toISOString(),
    files: found.files,
    size: found.size,
  };
  const id = randomBytes(4).toString('hex');
  const home = join(folder, id);
  try {
    makeRealFolder(dirname(folder), home);
    crashPoint('save aside');
    // Its record comes first: one without its thing is nothing, a thing without its record could not be found again.
    writeFileSync(join(home, ABOUT), `${JSON.stringify({ schema: SCHEMA, ...about })}\n`, { flag: 'wx' });
    if (stays || !move(path, join(home, CONTENT))) copy(path, home, found.paths);
    syncPaths([join(home, ABOUT), home, folder], folder);
  } catch (error) {
    if (!lstatSync(join(home, CONTENT), { throwIfNoEntry: false }))
      rmSync(home, { recursive: true, force: true });
    throw storeError(error, `save '${what.at}' before it is replaced`, path);
  }
  return { id, path: home, base: dirname(folder), stats: lstatSync(home), about };
}

/** Puts it back. @param to absolute path at which nothing is. @throws PipeError when it cannot be written. */
export function restoreSaved({ path, id }: Saved, to: string): void {
  const content = join(path, CONTENT);
  try {
    const present = lstatSync(content, { throwIfNoEntry: false });
    if (!present) throw goneProblem(id);
    mkdirSync(dirname(to), { recursive: true });
    if (!move(content, to)) cpSync(content, to, COPY);
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw storeError(error, 'put back what was saved', to);
  }
}

/** @returns false where the two lie on different file systems, or the path is one of its own. */
function move(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errno(error) === 'EXDEV' || errno(error) === 'EBUSY' || errno(error) === 'EACCES') return false;
    throw error;
  }
}

const COPY = {
  recursive: true,
  preserveTimestamps: true,
  verbatimSymlinks: true,
  errorOnExist: true,
  force: false,
  mode: constants.COPYFILE_FICLONE,
} as const;

/** The thing has its name only when it is whole. */
function copy(path: string, home: string, paths: readonly string[]): void {
  const aside = join(home, 'copying');
  cpSync(path, aside, COPY);
  if (paths.length > 0)
    syncPaths(
      paths.map((inner) => aside + inner.slice(path.length)),
      home,
    );
  renameSync(aside, join(home, CONTENT));
}

interface Measured {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

/** @throws PipeError for what cannot be kept. */
function measure(path: string, shown: string): Measured {
  const paths: string[] = [];
  let files = 0;
  let size = 0;
  const visit = (at: string, name: string): void => {
    const stats = lstatSync(at);
    if (stats.isDirectory()) {
      paths.push(at);
      for (const inner of readdirSync(at)) visit(join(at, inner), `${name}/${inner}`);
    } else if (stats.isFile()) {
      paths.push(at);
      files += 1;
      size += stats.size;
    } else if (!stats.isSymbolicLink()) throw unsavableProblem(name, describe(stats));
  };
  try {
    visit(path, shown);
  } catch (error) {
    throw storeError(error, `look at '${shown}' before it is replaced`, path);
  }
  return { paths, files, size };
}

function unsavableProblem(shown: string, what: string): PipeError {
  return new PipeError({
    code: 'save-refused',
    title: `'${shown}' is ${what}, would be replaced, and cannot be saved before`,
    hint: 'remove it or move it away, and run again',
  });
}

function goneProblem(id: string): PipeError {
  return new PipeError({
    code: 'not-saved',
    title: `nothing is saved under '${id}' any more`,
    hint: '`pipe cache saved` lists what is there',
  });
}
