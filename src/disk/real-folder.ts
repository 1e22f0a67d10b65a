// Work in folders below the cache that are reached through real folders only: a symbolic link on the way is an error that names it. On
// Linux the work goes through the descriptor of the opened folder, so that no link can replace it meanwhile; on other systems each
// folder on the way is checked immediately before.
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { replaceFile } from './replace-file.ts';
import { temporaryName } from './temporary-name.ts';

export interface Entry {
  readonly name: string;
  readonly stats: Stats;
}

/** The path by which an entry of an opened folder is used. */
export type EntryPath = (name: string) => string;

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
/** Reading a file this way fails where it is a symbolic link. */
// Node passes numbers on to open(2); its types know texts only.
export const NO_LINK = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;
/** Appending to a file this way fails where it is a symbolic link. */
export const APPEND_NO_LINK = (constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW) as unknown as string;

const byDescriptor = process.platform === 'linux' && existsSync('/proc/self/fd');

/**
 * Works in a folder. @param base absolute, may be reached through links. @param folder absolute, `base` or below it.
 * @returns undefined where the folder does not exist. @throws PipeError for a symbolic link on the way.
 */
export function inFolder<T>(base: string, folder: string, work: (at: EntryPath) => T): T | undefined {
  const parts = relative(base, folder).split('/').filter(Boolean);
  if (!byDescriptor) {
    const isThere = parts.every((_, index) => refuseLink(join(base, ...parts.slice(0, index + 1))));
    // The base may be a link itself.
    return isThere && statSync(folder, { throwIfNoEntry: false })?.isDirectory()
      ? work((name) => join(folder, name))
      : undefined;
  }
  let descriptor: number | undefined;
  try {
    descriptor = openSync(base, FOLDER);
    let path = base;
    for (const part of parts) {
      path = join(path, part);
      const next = openPart(descriptor, part, path);
      closeSync(descriptor);
      descriptor = next;
    }
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return work((name) => `/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}

function openPart(descriptor: number, part: string, path: string): number {
  const at = `/proc/self/fd/${descriptor}/${part}`;
  try {
    return openSync(at, FOLDER | constants.O_NOFOLLOW);
  } catch (error) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw linkProblem(path, readlinkSync(at));
    throw error;
  }
}

/** Sorted by name; none where the folder does not exist. @throws PipeError for a symbolic link on the way. */
export function listFolder(base: string, folder: string): readonly Entry[] {
  const entries = inFolder(base, folder, (at) =>
    readdirSync(at('.'))
      .sort()
      .flatMap((name): Entry[] => {
        const stats = lstatSync(at(name), { throwIfNoEntry: false });
        return stats ? [{ name, stats }] : [];
      }),
  );
  return entries ?? [];
}

/**
 * Removes a file, or with `recursive` a folder and everything in it, if it is unchanged since it was seen.
 * @param base absolute. @param path absolute, below `base`. @returns whether it was removed.
 */
export function removeSeen(base: string, path: string, seen: Stats, recursive = false): boolean {
  const removed = inFolder(base, dirname(path), (at) => {
    const name = basename(path);
    if (!isSeen(at(name), seen)) return false;
    if (recursive) rmSync(at(name), { recursive: true });
    else unlinkSync(at(name));
    return true;
  });
  return removed ?? false;
}

/** As `removeSeen`; replaces the text of the file, whose modification time stays. */
export function replaceSeen(base: string, path: string, seen: Stats, text: string): boolean {
  const replaced = inFolder(base, dirname(path), (at) => {
    const file = at(basename(path));
    if (!isSeen(file, seen)) return false;
    replaceFile(file, text, {
      temporary: at(`${basename(path)}.${temporaryName()}`),
      replaceLink: true,
      time: seen.mtimeMs,
    });
    return true;
  });
  return replaced ?? false;
}

function isSeen(path: string, seen: Stats): boolean {
  const now = lstatSync(path, { throwIfNoEntry: false });
  return now?.ino === seen.ino && now.size === seen.size && now.mtimeMs === seen.mtimeMs;
}

/** Folders of a cache that a group shares: all its members write to them. */
const GROUP_FOLDER = 0o2775;
/** Files there that are rewritten: records of runs, as DVC has them, and our own. */
export const GROUP_FILE = 0o664;

/**
 * What `work` makes is open to the group from its first moment: another member may come before its mode is set.
 * `work` is synchronous, since the mask is that of the whole process.
 */
export function withGroupMask<T>(work: () => T): T {
  const mask = process.umask(0o002);
  try {
    return work();
  } finally {
    process.umask(mask);
  }
}

/**
 * Makes a folder and its parents. @param base absolute, made as well. @param folder absolute, `base` or below it.
 * @throws PipeError for a symbolic link below `base` on the way.
 */
export function makeRealFolder(base: string, folder: string, shared = false): void {
  new RealFolders(base, shared).make(folder);
}

/** Makes many folders as `makeRealFolder` does, and looks once at those that they have in common. */
export class RealFolders {
  readonly #base: string;
  readonly #shared: boolean;
  /** Those that others are in. */
  readonly #parents = new Set<string>();

  constructor(base: string, shared = false) {
    this.#base = resolve(base);
    this.#shared = shared;
  }

  /** @param folder absolute, the base or below it. */
  make(folder: string): void {
    try {
      this.#make(folder);
    } catch (error) {
      if (errno(error) !== 'ENOENT' || this.#parents.size === 0) throw error;
      // Somebody removed a folder meanwhile.
      this.#parents.clear();
      this.#make(folder);
    }
  }

  #make(folder: string): void {
    if (!folder.startsWith(`${this.#base}/`)) return this.#makeBase();
    const parent = dirname(folder);
    if (!this.#parents.has(parent)) this.#make(parent);
    this.#parents.add(parent);
    if (isRealFolder(folder)) return;
    try {
      if (this.#shared) makeGroupFolder(folder);
      else mkdirSync(folder);
    } catch (error) {
      // Somebody else was faster, or it is no folder.
      if (errno(error) !== 'EEXIST') throw error;
      if (!isRealFolder(folder)) throw Object.assign(error as Error, { code: 'ENOTDIR' });
    }
  }

  #makeBase(): void {
    if (this.#shared) makeShared(this.#base);
    else if (!existsSync(this.#base)) mkdirSync(this.#base, { recursive: true });
  }
}

/** @throws PipeError where it is a symbolic link. */
function isRealFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) throw linkProblem(path, readlinkSync(path));
  return stats?.isDirectory() === true;
}

function makeShared(folder: string): void {
  if (existsSync(folder)) return;
  makeShared(dirname(folder));
  try {
    makeGroupFolder(folder);
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

function makeGroupFolder(path: string): void {
  withGroupMask(() => mkdirSync(path));
  chmodSync(path, GROUP_FOLDER);
}

/** @param path absolute. @returns whether anything is there. @throws PipeError where it is a symbolic link. */
export function refuseLink(path: string): boolean {
  let stats: Stats | undefined;
  try {
    stats = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errno(error) === 'ENOTDIR') return false;
    throw error;
  }
  if (stats?.isSymbolicLink()) throw linkProblem(path, readlinkSync(path));
  return stats !== undefined;
}

function linkProblem(path: string, target: string): PipeError {
  return new PipeError({
    code: 'cache-link',
    title: `${path} is a symbolic link: links below the cache are never followed`,
    facts: [['leads to', target]],
    hint: 'remove the link; to keep the cache elsewhere, set its folder (`config: {cache: {dir: …}}`, in a DVC repository `dvc cache dir`)',
  });
}
