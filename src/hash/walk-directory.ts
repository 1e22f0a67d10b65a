// Lists what a directory holds, with stat data, without reading any file. Symlinks are kept as they are in projects of
// our own and followed in DVC repositories.
import { isUtf8 } from 'node:buffer';
import { realpathSync, type BigIntStats, type Dirent } from 'node:fs';
import { dirname } from 'node:path';
import { PipeError } from '../pipeline/problem.ts';
import { badEntry, badSymlink, isGone, notAFile, readError, shownPath } from './hash-problem.ts';
import type { Ignored } from './ignore-rules.ts';
import { whyBadPath, whyBadTarget } from './names.ts';
import type { StatKey } from './stat-key.ts';
import { lstatSync, readdirSync, readlinkSync, statSync } from '../pipeline/witnessed-fs.ts';

export type Found =
  | ({ readonly kind: 'file'; readonly path: string; readonly isexec: boolean } & StatKey)
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

export interface WalkOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly asDvc: boolean;
  /** Absolute folder of the cache's objects: links into it are files that the cache linked back. */
  readonly objects: string | undefined;
  readonly ignored: Ignored | undefined;
  readonly ignoreFile: string;
}

/** A walk that came upon an ignore file whose rules it does not have yet. */
export class UnknownIgnoreFile extends Error {
  readonly folder: string;

  constructor(folder: string) {
    super(folder);
    this.folder = folder;
  }
}

/**
 * Everything in the directory at an absolute path, in the order of the file system, paths relative to it.
 * @param known folders whose ignore files are part of `options.ignored`.
 * @throws PipeError for devices, names and symlinks that cannot be kept, and unreadable folders.
 */
export function walkDirectory(top: string, options: WalkOptions, known: ReadonlySet<string>): Found[] {
  const found: Found[] = [];
  visit(top, '', [], found, options, known);
  return found;
}

/** @param linked real paths of the folders that symlinks led to on the way here, to notice circles. */
function visit(
  folder: string,
  path: string,
  linked: readonly string[],
  found: Found[],
  options: WalkOptions,
  known: ReadonlySet<string>,
): void {
  const before = found.length;
  for (const entry of list(folder, options)) {
    const { name } = entry;
    const absolute = `${folder}/${name}`;
    const inner = path === '' ? name : `${path}/${name}`;
    const shown = (): string => shownPath(absolute, options.root);
    if (name === options.ignoreFile) {
      if (options.asDvc)
        throw badEntry(shown(), 'DVC allows no .dvcignore inside of dependencies and outputs');
      if (!known.has(folder)) throw new UnknownIgnoreFile(folder);
    }
    if (options.asDvc && entry.isDirectory() && isForeignToDvc(name, absolute)) continue;
    if (options.ignored?.(absolute, entry.isDirectory())) continue;
    if (path.length + name.length > 200 || !SIMPLE.test(name)) {
      const why = whyBadPath(inner);
      if (why !== undefined) throw badEntry(shown(), why);
    }
    if (entry.isDirectory()) visit(absolute, inner, linked, found, options, known);
    else if (entry.isFile()) found.push(file(inner, lstat(absolute, shown)));
    else if (entry.isSymbolicLink()) visitLink(absolute, inner, linked, found, options, known);
    else throw notAFile(shown(), describe(entry));
  }
  if (path !== '' && found.length === before && !options.asDvc) found.push({ kind: 'directory', path });
}

// Names that need no closer look.
const SIMPLE = /^[A-Za-z0-9_-][A-Za-z0-9_. -]{0,99}$/;

function visitLink(
  absolute: string,
  inner: string,
  linked: readonly string[],
  found: Found[],
  options: WalkOptions,
  known: ReadonlySet<string>,
): void {
  const shown = (): string => shownPath(absolute, options.root);
  const target = readlinkSync(absolute);
  if (!options.asDvc && !(options.objects !== undefined && target.startsWith(`${options.objects}/`))) {
    const why = whyBadTarget(target, absolute, options.root) ?? whyLeadsOutside(absolute, options.root);
    if (why !== undefined) throw badSymlink(shown(), target, why);
    found.push({ kind: 'symlink', path: inner, target });
    return;
  }
  const stats = statSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (!stats) throw badSymlink(shown(), target, 'its target does not exist');
  if (stats.isFile()) found.push(file(inner, stats));
  else if (stats.isDirectory()) {
    const real = realpathSync.native(absolute);
    if (linked.includes(real) || `${realpathSync.native(dirname(absolute))}/`.startsWith(`${real}/`))
      throw badSymlink(shown(), target, 'it leads in a circle');
    visit(absolute, inner, [...linked, real], found, options, known);
  } else throw notAFile(shown(), describe(stats));
}

function file(path: string, stats: BigIntStats): Found {
  // A file of its own shape: the whole of `stats` would keep five times the memory for large directories.
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return { kind: 'file', path, isexec: (stats.mode & 0o100n) !== 0n, ino, size, mtimeNs, ctimeNs };
}

function lstat(absolute: string, shown: () => string): BigIntStats {
  try {
    return lstatSync(absolute, { bigint: true });
  } catch (error) {
    throw readError(error, shown());
  }
}

function list(folder: string, options: WalkOptions): Dirent[] {
  const shown = shownPath(folder, options.root);
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw readError(error, shown);
  }
  if (entries.some(({ name }) => name.includes('\ufffd'))) {
    // Either the character itself, or bytes that are no UTF-8 and would come back as something else.
    const bad = readdirSync(folder, { encoding: 'buffer' }).find((name) => !isUtf8(name));
    if (bad) throw badEntry(`${shown}/${bad.toString('latin1')}`, 'its name is not valid UTF-8');
  }
  return entries;
}

/** What DVC never looks at: version control, and repositories inside the repository. */
function isForeignToDvc(name: string, absolute: string): boolean {
  return (
    name === '.git' ||
    name === '.hg' ||
    name === '.dvc' ||
    statSync(`${absolute}/.dvc`, { throwIfNoEntry: false })?.isDirectory() === true
  );
}

function whyLeadsOutside(absolute: string, root: string): string | undefined {
  let real: string;
  try {
    // The other realpathSync takes `link/..` for the folder of the link.
    real = realpathSync.native(absolute);
  } catch (error) {
    if (isGone(error)) return undefined; // dangling: nothing to reach
    throw new PipeError({
      code: 'symlink-refused',
      title: `cannot follow the symlink ${JSON.stringify(shownPath(absolute, root))}`,
    });
  }
  const home = realpathSync.native(root);
  return real === home || real.startsWith(`${home}/`) ? undefined : 'it points outside of the project';
}

interface Kinds {
  isFIFO(): boolean;
  isSocket(): boolean;
}

export function describe(entry: Kinds): string {
  return entry.isFIFO() ? 'a named pipe' : entry.isSocket() ? 'a socket' : 'a device';
}
