// A tree of files that code which loads reads in place of a folder of the disk, such as the files of a git revision. It replaces
// the whole folder: what the tree lacks does not exist. Paths outside of the folder are read from the disk.
import type { Dirent, Stats } from 'node:fs';

export type TreeEntry = TreeFile | TreeFolder | TreeLink;

export interface TreeFile {
  readonly kind: 'file';
  /** @returns undefined where the bytes are not at hand (yet). */
  read(): Buffer | undefined;
}

export interface TreeFolder {
  readonly kind: 'directory';
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

export interface TreeLink {
  readonly kind: 'symlink';
  /** @returns undefined where the target is not known (yet). */
  target(): string | undefined;
}

export interface MountedTree {
  /** Absolute, without symlinks. */
  readonly top: string;
  readonly root: TreeFolder;
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** A path in the tree, as far as it leads. */
interface Step {
  /** Names from the top, without links on the way. */
  readonly path: readonly string[];
  readonly entry: TreeEntry | undefined;
}

/** @returns the names below the top of the tree; undefined for a path outside of it. */
export function namesBelow({ top }: MountedTree, path: unknown): readonly string[] | undefined {
  if (typeof path !== 'string' || !path.startsWith(top)) return undefined;
  if (path.length > top.length && path[top.length] !== '/' && !top.endsWith('/')) return undefined;
  return path
    .slice(top.length)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}

/** Follows the links on the way, and with `follow` also one at the end. */
export function entryAt(tree: MountedTree, names: readonly string[], follow: boolean): TreeEntry | undefined {
  return walk(tree, names, follow).entry;
}

/** The path without links; undefined where nothing is there. */
export function realNames(tree: MountedTree, names: readonly string[]): readonly string[] | undefined {
  const { path, entry } = walk(tree, names, true);
  return entry && path;
}

function walk(tree: MountedTree, names: readonly string[], follow: boolean): Step {
  const open = [...names].reverse();
  let path: string[] = [];
  let links = 0;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === '..') {
      // A link that leads out of the tree leads nowhere.
      if (path.length === 0) return { path, entry: undefined };
      path = path.slice(0, -1);
      continue;
    }
    const next = childOf(folderAt(tree, path), name);
    path = [...path, name];
    if (next?.kind === 'symlink' && (open.length > 0 || follow)) {
      const target = next.target();
      links += 1;
      if (target === undefined || target.startsWith('/') || links > MOST_LINKS)
        return { path, entry: undefined };
      path = path.slice(0, -1);
      open.push(
        ...target
          .split('/')
          .filter((part) => part !== '' && part !== '.')
          .reverse(),
      );
    } else if (open.length === 0) return { path, entry: next };
    else if (next?.kind !== 'directory') return { path, entry: undefined };
  }
  return { path, entry: folderAt(tree, path) };
}

function folderAt({ root }: MountedTree, path: readonly string[]): TreeEntry | undefined {
  let entry: TreeEntry | undefined = root;
  for (const name of path) entry = childOf(entry, name);
  return entry;
}

const childOf = (entry: TreeEntry | undefined, name: string): TreeEntry | undefined =>
  entry?.kind === 'directory' ? entry.entries.get(name) : undefined;

/** What `fs` says of an entry: its kind. It has no size, times or inode. */
export const statsOf = (entry: TreeEntry): Stats => kindOf(entry) as Stats;

export function direntsOf({ entries }: TreeFolder, parentPath: string): Dirent[] {
  return [...entries].map(([name, entry]) => ({ name, parentPath, ...kindOf(entry) }) as Dirent);
}

function kindOf({ kind }: TreeEntry): Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'> {
  return {
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => kind === 'symlink',
  };
}

/** The error that `fs` throws. */
export function missingError(
  path: string,
  code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'EINVAL' = 'ENOENT',
): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
