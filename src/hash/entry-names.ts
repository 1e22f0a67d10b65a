// Which names a directory's entries may have, and their order. Hashing and restoring use the same rule, so everything that
// is stored can be restored.

/** Order of the UTF-8 bytes; JavaScript's own order differs above U+FFFF. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

/** Sorts by path, in place, in the order of the bytes. */
export function sortByPath<T extends { readonly path: string }>(entries: T[]): T[] {
  // JavaScript's own order is the same and takes a tenth of the time.
  return entries.some(({ path }) => SURROGATE.test(path))
    ? entries.sort((a, b) => compareBytes(a.path, b.path))
    : entries.sort((a, b) => (a.path < b.path ? -1 : a.path === b.path ? 0 : 1));
}

const SURROGATE = /[\ud800-\udfff]/;

// Surrogates encode code points above all others.
function weight(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** The file that lists ignored files and folders, in projects of our own. */
export const IGNORE_FILE = '.pipeignore';

/** In a path of at most `SHORT_PATH` characters such names are always allowed. */
export const SIMPLE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_. -]{0,99}$/;
export const SHORT_PATH = 200;

const MAX_NAME = 255;
const MAX_PATH = 4096;

/** Why a path (relative to its directory, `/`-separated) cannot be an entry; undefined when it can. */
export function whyBadPath(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.includes('\0')) return 'it contains a NUL character';
  if (path.startsWith('/')) return 'it is absolute';
  if (/^[A-Za-z]:[\\/]/.test(path)) return 'it names a drive';
  if (Buffer.byteLength(path) > MAX_PATH) return `it is longer than ${MAX_PATH} bytes`;
  if (!path.isWellFormed()) return 'it is not valid Unicode';
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return `it has a part "${name}"`;
    if (name.length > MAX_NAME / 4 && Buffer.byteLength(name) > MAX_NAME)
      return `a part of it is longer than ${MAX_NAME} bytes`;
  }
  return undefined;
}

/** Why a symlink of an entry cannot be kept; `at` is the entry's absolute path, `root` the project's. */
export function whyBadTarget(target: string, at: string, root: string): string | undefined {
  if (target === '') return 'its target is empty';
  if (target.includes('\0')) return 'its target contains a NUL character';
  if (target.startsWith('/')) return 'its target is absolute';
  if (!target.isWellFormed()) return 'its target is not valid Unicode';
  const parts = at.slice(root.length).split('/').filter(Boolean).slice(0, -1);
  if (!at.startsWith(`${root}/`)) return 'it is outside of the project';
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return 'it points outside of the project';
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return undefined;
}
