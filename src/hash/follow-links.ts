// Where the symlinks of a dependency lead, in a project of our own: through chains, into other folders and the links there.
// Visits each place once, so circles end. Reads names and links only. Hashing refuses links that leave the project.
import { readlinkSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { relative } from 'node:path';
import { entriesOf } from '../disk/folder-entries.ts';
import type { Ignored, IgnoreRules } from './ignore-rules.ts';
import { compareBytes } from './entry-names.ts';
import { isInside } from '../base/workspace-path.ts';

/** The end of a chain of links, absolute. */
export interface LinkEnd {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'nothing';
}

export interface FollowedLinks {
  /** Every link and its end, in a fixed order; a link that leads in a circle is left out. */
  readonly links: readonly { readonly at: string; readonly end: LinkEnd }[];
  /** Files and folders that the links lead to; folders inside of the dependency, or of an earlier one, are left out. */
  readonly ends: readonly LinkEnd[];
}

/**
 * @param top absolute path of a folder, with no symlink on the way to it.
 * @param within folders outside of it are not entered, which may be as large as the disk; nor are they among the ends.
 */
export function followLinks(top: string, ignores: IgnoreRules, within?: string): FollowedLinks {
  const links: { at: string; end: LinkEnd }[] = [];
  const ends = new Map<string, LinkEnd>();
  const folders = [top];
  const followed = new Set<string>();
  let open = linksIn(top, ignores);
  while (open.length > 0) {
    const next: string[] = [];
    for (const at of open.sort(compareBytes)) {
      if (followed.has(at)) continue;
      followed.add(at);
      const end = endOf(at);
      if (!end) continue;
      links.push({ at, end });
      if (end.kind === 'nothing' || ends.has(end.path)) continue;
      if (end.kind === 'directory') {
        if (within !== undefined && !isInside(end.path, within)) continue;
        if (folders.some((folder) => covers(folder, end.path))) continue;
        folders.push(end.path);
        // One by one: a folder may have more links than a call takes arguments.
        for (const link of linksIn(end.path, ignores)) next.push(link);
      }
      ends.set(end.path, end);
    }
    open = next;
  }
  return { links, ends: [...ends.values()] };
}

/** A walk through the outer folder reaches the inner one. */
function covers(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return !path.split('/').some((name) => name === '..' || name === '.git');
}

/** Follows every symlink on the way to a path, and the path itself. @returns undefined where they lead in a circle. */
export function endOf(path: string): LinkEnd | undefined {
  try {
    const real = realpathSync.native(path);
    return { path: real, kind: statSync(real).isDirectory() ? 'directory' : 'file' };
  } catch {
    const lost = endOfNothing(path);
    return lost === undefined ? undefined : { path: lost, kind: 'nothing' };
  }
}

/** The limit of Linux. */
const MOST_LINKS = 40;

/** The place that a dangling path leads to. */
function endOfNothing(path: string): string | undefined {
  const left = path.split('/').reverse();
  let at = '';
  let followed = 0;
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const target = linkTarget(`${at}/${name}`);
    if (target === undefined) {
      at = `${at}/${name}`;
      continue;
    }
    followed += 1;
    if (followed > MOST_LINKS) return undefined;
    if (target.startsWith('/')) at = '';
    left.push(...target.split('/').reverse());
  }
  return at === '' ? '/' : at;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing
  }
}

/** Absolute paths of the symlinks in a folder and below. */
function linksIn(top: string, ignores: IgnoreRules): string[] {
  const found: string[] = [];
  const collect = (folder: string, above: Ignored | undefined): void => {
    const entries = list(folder);
    const ignored = entries.some(({ name }) => name === ignores.file) ? ignores.found(folder) : above;
    for (const entry of entries) {
      if (entry.isFile() || entry.name === '.git') continue;
      const path = `${folder}/${entry.name}`;
      if (ignored?.(path, entry.isDirectory())) continue;
      if (entry.isDirectory()) collect(path, ignored);
      // The cache links files of outputs back by absolute paths; hashing refuses any other absolute link.
      else if (entry.isSymbolicLink() && !linkTarget(path)?.startsWith('/')) found.push(path);
    }
  };
  collect(top, ignores.above(top));
  return found;
}

function list(folder: string): readonly Dirent[] {
  try {
    return entriesOf(folder);
  } catch {
    return []; // it went away, or hashing reports why it cannot be read
  }
}

/** The real path of a folder, if that is inside of the project; else the path itself. */
export function realFolder(path: string, root: string): string {
  const real = endOf(path)?.path;
  return real !== undefined && isInside(real, root) ? real : path;
}
