// Checks the entries of a manifest, whatever its format: a manifest may come from anybody.
import { PipeError } from '../base/problem.ts';
import { compareBytes, whyBadPath } from './entry-names.ts';
import type { TreeEntry } from './tree.ts';

/** @throws PipeError unless the entries are sorted, nothing twice, nothing inside of a file, no path that leaves the directory. */
export function checkEntries(
  entries: readonly { readonly path: string; readonly kind: TreeEntry['kind'] }[],
): void {
  const leaves = new Set<string>();
  let previous: string | undefined;
  for (const { path } of entries) {
    const why = whyBadPath(path);
    if (why !== undefined) throw hostile(`the path ${JSON.stringify(path)} is refused: ${why}`);
    if (previous !== undefined && compareBytes(previous, path) >= 0)
      throw hostile(`${JSON.stringify(path)} stands twice or out of order`);
    previous = path;
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (leaves.has(path.slice(0, end)))
        throw hostile(`${JSON.stringify(path)} lies inside of something that is no directory`);
    }
    leaves.add(path);
  }
}

export function hostile(why: string): PipeError {
  return new PipeError({
    code: 'manifest-refused',
    title: `the manifest of a directory is refused: ${why}`,
    hint: 'nothing was written; the object is damaged or was made by something else than pipe',
  });
}
