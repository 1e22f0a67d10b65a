// Lists what a directory holds, with stat data, without reading any file. The content rules decide whether symlinks are
// entries or are followed.
import { isUtf8 } from 'node:buffer';
import { realpathSync, type BigIntStats, type Dirent } from 'node:fs';
import { errno } from '../base/problem.ts';
import type { ContentRules } from './content-rules.ts';
import { badEntry, badSymlink, isGone, notAFile, readError, shownPath } from './hash-problem.ts';
import type { Ignored, IgnoreRules } from './ignore-rules.ts';
import { SHORT_PATH, SIMPLE_NAME, whyBadPath, whyBadTarget } from './entry-names.ts';
import { FoundFile, StatNumbers } from './found-file.ts';
import { entriesOf } from '../disk/folder-entries.ts';
import { lookingInside, type LookInside } from '../disk/look-inside.ts';
import { missingError } from '../disk/mounted-tree.ts';
import { readdirSync, readlinkSync, statSync } from '../disk/witnessed-fs.ts';
import { isInside } from '../base/workspace-path.ts';

export type Found =
  | FoundFile
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

export interface Walk {
  readonly found: Found[];
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
  readonly known?: ReadonlyMap<string, FoundFile>;
}

interface Walking extends WalkOptions {
  readonly look: LookInside;
  readonly numbers: StatNumbers;
}

/**
 * Everything in the directory at an absolute path, in the order of the file system, paths relative to it.
 * @throws PipeError for devices, names and symlinks that cannot be kept, and unreadable folders.
 */
export function walkDirectory(top: string, options: WalkOptions): Readonly<Walk> {
  const walk: Walk = {
    found: [],
    leftOut: [],
    holdsGit: false,
    mayHoldLinks: options.known !== undefined,
  };
  const numbers = new StatNumbers();
  lookingInside((look) =>
    walkFolder(top, '', options.ignores.above(top), walk, { ...options, look, numbers }),
  );
  return walk;
}

function walkFolder(
  folder: string,
  path: string,
  above: Ignored | undefined,
  walk: Walk,
  options: Walking,
): void {
  const { found } = walk;
  const before = found.length;
  const { rules } = options;
  const entries = list(folder, options);
  const ignored = ignoredIn(folder, entries, above, options);
  for (const entry of entries) {
    const { name } = entry;
    const inner = path === '' ? name : `${path}/${name}`;
    if (name === '.git') walk.holdsGit = true;
    if (isLeftOut(entry, folder, ignored, options)) {
      walk.leftOut.push(inner);
      walk.mayHoldLinks = true;
      continue;
    }
    if (path.length + name.length > SHORT_PATH || !SIMPLE_NAME.test(name)) {
      const why = whyBadPath(inner);
      if (why !== undefined) throw badEntry(shownPath(`${folder}/${name}`, options.root), why);
    }
    if (entry.isFile()) found.push(foundFile(folder, name, inner, walk, options));
    else if (entry.isDirectory()) walkFolder(`${folder}/${name}`, inner, ignored, walk, options);
    else if (entry.isSymbolicLink()) walkLink(`${folder}/${name}`, inner, walk, options);
    else throw notAFile(shownPath(`${folder}/${name}`, options.root), describe(entry));
  }
  if (path !== '' && found.length === before && rules.keepsEmptyFolders)
    found.push({ kind: 'directory', path });
}

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

function walkLink(absolute: string, inner: string, walk: Walk, options: Walking): void {
  const { found } = walk;
  const shown = (): string => shownPath(absolute, options.root);
  const target = readlinkSync(absolute);
  walk.mayHoldLinks = true;
  if (
    options.rules.keepsLinks &&
    !(options.objects !== undefined && target.startsWith(`${options.objects}/`))
  ) {
    const why = whyBadTarget(target, absolute, options.root) ?? whyLeadsOutside(absolute, options.root);
    if (why !== undefined) throw badSymlink(shown(), target, why);
    found.push({ kind: 'symlink', path: inner, target });
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
  if (stats.isFile()) found.push(FoundFile.of(inner, stats, options.numbers));
  // DVC follows links to files only.
  else if (stats.isDirectory()) walk.leftOut.push(inner);
  else throw notAFile(shown(), describe(stats));
}

function foundFile(folder: string, name: string, path: string, walk: Walk, options: Walking): FoundFile {
  const { known, numbers } = options;
  const file = known?.get(path)?.among(numbers);
  if (file) return file;
  const stats = lookAt(folder, name, options);
  if ((stats.mode & 0o222n) === 0n) walk.mayHoldLinks = true;
  return FoundFile.of(path, stats, numbers);
}

function lookAt(folder: string, name: string, { look, root }: Walking): BigIntStats {
  try {
    const stats = look(folder, name);
    if (stats) return stats;
    throw missingError(`${folder}/${name}`);
  } catch (error) {
    throw readError(error, shownPath(`${folder}/${name}`, root));
  }
}

function list(folder: string, options: Walking): readonly Dirent[] {
  const shown = shownPath(folder, options.root);
  let entries: readonly Dirent[];
  try {
    entries = entriesOf(folder);
  } catch (error) {
    throw readError(error, shown);
  }
  if (entries.some(({ name }) => name.includes('\ufffd'))) {
    // Either the character itself, or bytes that are not UTF-8 and that would be written as other bytes.
    const bad = readdirSync(folder, { encoding: 'buffer' }).find((name) => !isUtf8(name));
    if (bad) throw badEntry(`${shown}/${bad.toString('latin1')}`, 'its name is not valid UTF-8');
  }
  return entries;
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
