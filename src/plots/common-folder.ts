// The folder that paths have in common.

/** @param paths at least one; @returns '' where they share none. */
export function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').filter((part) => part !== '.'));
  let length = first.length;
  for (const other of others)
    while (length > 0 && first.slice(0, length).some((part, index) => part !== other[index])) length -= 1;
  return first.slice(0, length).join('/');
}
