// Saves files at the path of an output that no stage made and no cache holds, before they are replaced. Each has a folder with a record
// and the content itself, which is moved (or copied, where it must stay).
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
import { dirname, join, posix } from 'node:path';
import { describe } from '../hash/walk-directory.ts';
import { errno, PipeError } from '../base/problem.ts';
import { crashPoint } from '../disk/crash-point.ts';
import { inFolder, listFolder, makeRealFolder, NO_LINK } from '../disk/real-folder.ts';
import { storeError } from '../disk/store-error.ts';
import { syncPaths } from '../disk/flush.ts';

/** For so long garbage collection keeps it by default. */
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
  /** Absolute folder that holds the record and the content. */
  readonly path: string;
  /** The folder below which no link is followed. */
  readonly base: string;
  readonly stats: Stats;
  readonly about: SavedAbout;
}

const SCHEMA = 'pipe-saved/1';
const ID = /^[0-9a-f]{8}$/;
const ABOUT = 'about.json';
const CONTENT = 'content';
/** The parts of what is saved as a whole. */
const WHOLE = [''];

/** @param folder absolute folder of saved outputs. @returns the newest last; what cannot be read is left out. */
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
 * Saves what is at a path. @param path absolute. @param folder absolute folder of saved outputs.
 * @param stays copy it, and leave it where it is. @param parts save these paths in the folder there, and nothing else of it.
 * @throws PipeError for sockets, devices and named pipes, which cannot be saved, and when the disk is full.
 */
export function saveAside(
  path: string,
  what: Pick<SavedAbout, 'at' | 'stage'>,
  folder: string,
  stays: boolean,
  parts: readonly string[] = WHOLE,
): Saved {
  const found = measure(path, what.at, parts);
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
    // The record first: a record without content counts as nothing, content without a record could not be found.
    writeFileSync(join(home, ABOUT), `${JSON.stringify({ schema: SCHEMA, ...about })}\n`, { flag: 'wx' });
    if (parts !== WHOLE && !stays) moveParts(path, parts, home);
    else if (stays || !move(path, join(home, CONTENT))) copy(path, home, found.paths, parts);
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

/** @returns false where the two are on different file systems, or the path is a mount point. */
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

/** Each is moved by itself; where that is not possible, it is copied, and stays until it is replaced. */
function moveParts(path: string, parts: readonly string[], home: string): void {
  const content = join(home, CONTENT);
  const copied: string[] = [];
  for (const part of parts) {
    const to = join(content, part);
    mkdirSync(dirname(to), { recursive: true });
    if (move(join(path, part), to)) continue;
    cpSync(join(path, part), to, COPY);
    if (!lstatSync(to).isSymbolicLink()) copied.push(to);
  }
  syncPaths([...foldersAround(parts, content), ...copied], home);
}

/** The content gets its name when it is complete. */
function copy(path: string, home: string, paths: readonly string[], parts: readonly string[]): void {
  const aside = join(home, 'copying');
  for (const part of parts) cpSync(join(path, part), join(aside, part), COPY);
  const copied = paths.map((inner) => aside + inner.slice(path.length));
  if (parts !== WHOLE) copied.push(...foldersAround(parts, aside));
  if (copied.length > 0) syncPaths(copied, home);
  renameSync(aside, join(home, CONTENT));
}

function foldersAround(parts: readonly string[], top: string): ReadonlySet<string> {
  const folders = new Set([top]);
  for (const part of parts)
    for (let folder = posix.dirname(part); folder !== '.'; folder = posix.dirname(folder))
      folders.add(join(top, folder));
  return folders;
}

interface Measured {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

/** @throws PipeError for what cannot be saved. */
function measure(path: string, shown: string, parts: readonly string[]): Measured {
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
    for (const part of parts) visit(join(path, part), posix.join(shown, part));
  } catch (error) {
    throw storeError(error, `look at '${shown}' before it is replaced`, path);
  }
  return { paths, files, size };
}

function unsavableProblem(shown: string, what: string): PipeError {
  return new PipeError({
    code: 'save-refused',
    title: `'${shown}' is ${what}, which would be replaced and cannot be saved`,
    hint: 'remove it or move it away, and run again',
  });
}

function goneProblem(id: string): PipeError {
  return new PipeError({
    code: 'not-saved',
    title: `no saved output has the id '${id}' any more`,
    hint: '`pipe cache saved` lists all',
  });
}
