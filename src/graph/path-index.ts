// Finds, among many paths, the equal one, those that contain a path and those inside of it, without comparing every pair.

export interface PathIndex<T> {
  /** How many different paths there are. */
  readonly size: number;
  equal(path: string): T | undefined;
  /** What contains the path, nearest first; not the equal one. */
  around(path: string): readonly T[];
  /** What is inside of the path, in the order of the entries; not the equal one. */
  inside(path: string): readonly T[];
}

/** @param entries paths, normalised and `/`-separated; of equal ones the first counts. */
export function indexPaths<T>(entries: Iterable<readonly [path: string, value: T]>): PathIndex<T> {
  const exact = new Map<string, T>();
  const below = new Map<string, T[]>();
  for (const [path, value] of entries) {
    if (exact.has(path)) continue;
    exact.set(path, value);
    for (const folder of foldersOf(path)) {
      const list = below.get(folder);
      if (list) list.push(value);
      else below.set(folder, [value]);
    }
  }
  /** By folder: itself, and what contains it. */
  const from = new Map<string, readonly T[]>();
  const upFrom = (folder: string): readonly T[] => {
    let found = from.get(folder);
    if (!found) {
      found = [folder, ...foldersOf(folder)].flatMap((at) => (exact.has(at) ? [exact.get(at)!] : []));
      from.set(folder, found);
    }
    return found;
  };
  return {
    size: exact.size,
    equal: (path) => exact.get(path),
    around: (path) => (path === '.' || path === '/' ? [] : upFrom(folderAround(path))),
    inside: (path) => below.get(path) ?? [],
  };
}

/** `a/b/c` → `a/b`, `a`, `.`; an absolute path ends at `/`. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path; at !== '.' && at !== '/'; folders.push(at)) at = folderAround(at);
  return folders;
}

function folderAround(path: string): string {
  const end = path.lastIndexOf('/');
  if (end > 0) return path.slice(0, end);
  return end === 0 ? '/' : '.';
}
