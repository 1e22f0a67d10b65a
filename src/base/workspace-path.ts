// Paths of the workspace: relative to the project root if they are inside of it.
import { isAbsolute, join, normalize, relative, resolve } from 'node:path';

/**
 * A path that identifies a file of the project: relative to the project root, `/`-separated, normalised
 * (no `.`, `..`, `//` or trailing `/`; the root itself is `.`). A path outside of the root stays absolute.
 */
export type WorkspacePath = string & { readonly brand: 'WorkspacePath' };

/** `https://…`, `s3://…`: not a path of this machine. */
// Most paths are not URLs: the search for the colon is cheaper than the pattern.
export const isUrl = (path: string): boolean =>
  path.includes('://') && /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(path);

/**
 * @param root absolute project root; @param folder what the path is relative to.
 * @returns the path relative to the root; absolute if it is outside; a URL unchanged.
 */
export function workspacePath(root: string, folder: WorkspacePath, path: string): WorkspacePath {
  if (isPlain(path)) {
    if (folder === '.') return path as WorkspacePath;
    if (isPlain(folder)) return `${folder}/${path}` as WorkspacePath;
  }
  if (isUrl(path)) return path as WorkspacePath;
  if (!isAbsolute(path) && !isAbsolute(folder)) {
    const inside = trim(normalize(folder === '.' ? path : `${folder}/${path}`));
    if (inside !== '..' && !inside.startsWith('../')) return inside as WorkspacePath;
  }
  const absolute = resolve(root, folder, path);
  const inside = relative(root, absolute);
  if (inside === '') return '.' as WorkspacePath;
  return (inside === '..' || inside.startsWith('../') ? absolute : inside) as WorkspacePath;
}

/** The absolute path of a workspace path. @param root absolute project root. */
export function absolutePath(root: string, at: WorkspacePath): string {
  const first = at[0];
  if (first === '/') return at;
  // Faster than `join`, which normalises what is normalised already.
  return first === '.' || first === undefined || root === '/' ? join(root, at) : `${root}/${at}`;
}

/** Needs no normalisation: no part is empty or begins with a dot. */
const isPlain = (path: string): boolean =>
  /^[\w@%+=,-][\w@%+=,. -]*(?:\/[\w@%+=,-][\w@%+=,. -]*)*$/.test(path);

const trim = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

/** The current folder. @param root absolute project root, at or above it. */
export const folderHere = (root: string): WorkspacePath =>
  (relative(root, process.cwd()) || '.') as WorkspacePath;

/** `a/b/c` → `a/b`; `a` → `.`. */
export function parentFolder(path: WorkspacePath): WorkspacePath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash)) as WorkspacePath;
}

/** The places of a dependency or output. */
export interface Placed {
  readonly at: WorkspacePath;
  readonly linked?: readonly WorkspacePath[];
}

/** Every place of a dependency or output: as declared, and the ones that symlinks lead to. */
export const placesOf = ({ at, linked }: Placed): readonly WorkspacePath[] =>
  linked ? [at, ...linked] : [at];

/** Whether the path is the folder or inside of it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`);

/** The same of absolute paths. */
export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);
