// Lists what a directory holds, with stat data, without reading any file. The content rules decide whether symlinks are
// entries or are followed.
import { isUtf8 } from 'node:buffer';
import { realpathSync, type BigIntStats, type Dirent } from 'node:fs';
import { errno } from '../base/problem.ts';
import type { ContentRules } from './content-rules.ts';
import { badEntry, badSymlink, isGone, notAFile, readError, shownPath } from './hash-problem.ts';
import type { Ignored, IgnoreRules } from './ignore-rules.ts';
import { SHORT_PATH, SIMPLE_NAME, whyBadPath, whyBadTarget } from './entry-names.ts';
import { FoundFiles } from './found-files.ts';
import { entriesOnce } from '../disk/folder-entries.ts';
import { lookingInside, type Look, type LookInside } from '../disk/look-inside.ts';
import { missingError } from '../disk/mounted-tree.ts';
import { lookKey } from '../disk/stat-key.ts';
import { readdirSync, readlinkSync, statSync } from '../disk/witnessed-fs.ts';
import { isInside } from '../base/workspace-path.ts';

export type OtherEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** The entries of a directory, without their contents. */
export interface Found {
  readonly files: FoundFiles;
  /** What is not a file. */
  readonly others: readonly OtherEntry[];
}

export interface Walk extends Found {
  readonly others: OtherEntry[];
  /** What is there and does not count: ignored, of git, or foreign to the rules; of a folder only its own path. */
  readonly leftOut: string[];
  /** Something in it belongs to git. */
  holdsGit: boolean;
  /** Something in it may be a link into the cache: a symlink, a read-only file, or what was not looked at. */
  mayHoldLinks: boolean;
}

export interface WalkOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly rules: ContentRules;
  /** Absolute folder of the cache's objects: links into it are files that the cache linked back. */
  readonly objects: string | undefined;
  readonly ignores: IgnoreRules;
  /** Leave out what belongs to git: in dependencies and data, and in DVC repositories in outputs too. */
  readonly withoutGit: boolean;
  /** Files of the directory that are known without a look, by path. */
  readonly known?: ReadonlyMap<string, Look>;
}

interface Walking extends WalkOptions {
  readonly look: LookInside;
}

/**
 * Everything in the directory at an absolute path, in the order of the file system, the files of a folder before its folders; paths
 * relative to it.
 * @throws PipeError for devices, names and symlinks that cannot be kept, and unreadable folders.
 */
export function walkDirectory(top: string, options: WalkOptions): Readonly<Walk> {
  const walk: Walk = {
    files: new FoundFiles(),
    others: [],
    leftOut: [],
    holdsGit: false,
    mayHoldLinks: options.known !== undefined,
  };
  lookingInside((look) => walkFolder(top, '', options.ignores.above(top), walk, { ...options, look }));
  return walk;
}

function walkFolder(
  folder: string,
  path: string,
  above: Ignored | undefined,
  walk: Walk,
  options: Walking,
): void {
  const { files, others } = walk;
  const before = files.count + others.length;
  const { rules } = options;
  const entries = list(folder, options);
  const folders: string[] = [];
  const ignored = ignoredIn(folder, entries, above, options);
  for (const entry of entries) {
    const { name } = entry;
    const isSimple = path.length + name.length <= SHORT_PATH && SIMPLE_NAME.test(name);
    if (!isSimple) {
      if (name.includes('\ufffd')) checkEncoding(folder, options);
      if (name === '.git') walk.holdsGit = true;
    }
    if (isLeftOut(entry, folder, ignored, options)) {
      walk.leftOut.push(pathIn(path, name));
      walk.mayHoldLinks = true;
      continue;
    }
    if (!isSimple) {
      const why = whyBadPath(pathIn(path, name));
      if (why !== undefined) throw badEntry(shownPath(`${folder}/${name}`, options.root), why);
    }
    if (entry.isFile()) walkFile(folder, path, name, walk, options);
    else if (entry.isDirectory()) folders.push(name);
    else if (entry.isSymbolicLink()) walkLink(folder, path, name, walk, options);
    else throw notAFile(shownPath(`${folder}/${name}`, options.root), describe(entry));
  }
  for (const name of folders) walkFolder(`${folder}/${name}`, pathIn(path, name), ignored, walk, options);
  if (path !== '' && files.count + others.length === before && rules.keepsEmptyFolders)
    others.push({ kind: 'directory', path });
}

const pathIn = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

function isLeftOut(
  entry: Dirent,
  folder: string,
  ignored: Ignored | undefined,
  { rules, withoutGit }: WalkOptions,
): boolean {
  const { name } = entry;
  if (name === '.git' && withoutGit) return true;
  if (!entry.isFile() && rules.isForeign(name, `${folder}/${name}`)) return true;
  return ignored?.(`${folder}/${name}`, entry.isDirectory()) === true;
}

function walkLink(folder: string, path: string, name: string, walk: Walk, options: Walking): void {
  const absolute = `${folder}/${name}`;
  const shown = (): string => shownPath(absolute, options.root);
  const target = readlinkSync(absolute);
  walk.mayHoldLinks = true;
  if (
    options.rules.keepsLinks &&
    !(options.objects !== undefined && target.startsWith(`${options.objects}/`))
  ) {
    const why = whyBadTarget(target, absolute, options.root) ?? whyLeadsOutside(absolute, options.root);
    if (why !== undefined) throw badSymlink(shown(), target, why);
    walk.others.push({ kind: 'symlink', path: pathIn(path, name), target });
    return;
  }
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(absolute, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (errno(error) === 'ELOOP') throw badSymlink(shown(), target, 'it leads in a circle');
    throw readError(error, shown());
  }
  if (!stats) throw badSymlink(shown(), target, 'its target does not exist');
  if (stats.isFile()) walk.files.add(path, name, { ...lookKey(stats), mode: Number(stats.mode) });
  // DVC follows links to files only.
  else if (stats.isDirectory()) walk.leftOut.push(pathIn(path, name));
  else throw notAFile(shown(), describe(stats));
}

function walkFile(folder: string, path: string, name: string, walk: Walk, options: Walking): void {
  const known = options.known?.get(pathIn(path, name));
  const look = known ?? lookAt(folder, name, options);
  if ((look.mode & 0o222) === 0) walk.mayHoldLinks = true;
  walk.files.add(path, name, look);
}

function lookAt(folder: string, name: string, { look, root }: Walking): Look {
  try {
    const stats = look(folder, name);
    if (stats) return stats;
    throw missingError(`${folder}/${name}`);
  } catch (error) {
    throw readError(error, shownPath(`${folder}/${name}`, root));
  }
}

function list(folder: string, options: Walking): readonly Dirent[] {
  try {
    return entriesOnce(folder);
  } catch (error) {
    throw readError(error, shownPath(folder, options.root));
  }
}

/** @throws PipeError for bytes that are not UTF-8 and that would be written as other bytes. */
function checkEncoding(folder: string, { root }: WalkOptions): void {
  const bad = readdirSync(folder, { encoding: 'buffer' }).find((name) => !isUtf8(name));
  if (bad)
    throw badEntry(`${shownPath(folder, root)}/${bad.toString('latin1')}`, 'its name is not valid UTF-8');
}

function ignoredIn(
  folder: string,
  entries: readonly Dirent[],
  above: Ignored | undefined,
  { rules, ignores, root }: WalkOptions,
): Ignored | undefined {
  if (!entries.some(({ name }) => name === ignores.file)) return above;
  if (rules.whyNoInnerIgnoreFile !== undefined)
    throw badEntry(shownPath(`${folder}/${ignores.file}`, root), rules.whyNoInnerIgnoreFile);
  return ignores.found(folder);
}

function whyLeadsOutside(absolute: string, root: string): string | undefined {
  let real: string;
  try {
    // The JavaScript realpathSync resolves `link/..` to the folder of the link.
    real = realpathSync.native(absolute);
  } catch (error) {
    if (isGone(error)) return undefined; // dangling: it leads to nothing
    if (errno(error) === 'ELOOP') return 'it leads in a circle';
    throw readError(error, shownPath(absolute, root));
  }
  const home = realpathSync.native(root);
  return isInside(real, home) ? undefined : 'it points outside of the project';
}

interface Kinds {
  isFIFO(): boolean;
  isSocket(): boolean;
}

export function describe(entry: Kinds): string {
  return entry.isFIFO() ? 'a named pipe' : entry.isSocket() ? 'a socket' : 'a device';
}
