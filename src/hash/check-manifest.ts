// Checks the entries of a manifest of either format. A manifest may come from an untrusted source.
import { PipeError } from '../base/problem.ts';
import { compareBytes, whyBadPath } from './entry-names.ts';
import type { TreeEntry } from './tree.ts';

/** @throws PipeError for entries that are unsorted or repeated, inside of a file, or outside of the directory. */
export function checkEntries(
  entries: readonly { readonly path: string; readonly kind: TreeEntry['kind'] }[],
): void {
  const leaves = new Set<string>();
  let previous: string | undefined;
  for (const { path } of entries) {
    const why = whyBadPath(path);
    if (why !== undefined) throw hostile(`the path ${JSON.stringify(path)} is refused: ${why}`);
    if (previous !== undefined && compareBytes(previous, path) >= 0)
      throw hostile(`${JSON.stringify(path)} is repeated or out of order`);
    previous = path;
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (leaves.has(path.slice(0, end)))
        throw hostile(`${JSON.stringify(path)} is inside of something that is not a directory`);
    }
    leaves.add(path);
  }
}

export function hostile(why: string): PipeError {
  return new PipeError({
    code: 'manifest-refused',
    title: `the manifest of a directory is refused: ${why}`,
    hint: 'nothing was written; the object is damaged or another program made it',
  });
}
