// Finds, among many paths, the equal one, those that contain a path and those inside of it, without comparing every pair.

export interface PathIndex<T> {
  equal(path: string): T | undefined;
  /** What contains the path, nearest first; not the equal one. */
  around(path: string): T[];
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
  return {
    equal: (path) => exact.get(path),
    around: (path) => foldersOf(path).flatMap((folder) => (exact.has(folder) ? [exact.get(folder)!] : [])),
    inside: (path) => below.get(path) ?? [],
  };
}

/** `a/b/c` → `a/b`, `a`, `.`; an absolute path ends at `/`. */
function foldersOf(path: string): string[] {
  if (path === '.' || path === '/') return [];
  const folders: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    folders.push(path.slice(0, end));
  folders.push(path.startsWith('/') ? '/' : '.');
  return folders;
}
