// Checks the entries of a manifest of either format. A manifest may come from an untrusted source.
import { PipeError } from '../base/problem.ts';
import { compareBytes, SHORT_PATH, SIMPLE_NAME, whyBadPath } from './entry-names.ts';
import type { TreeEntry } from './tree.ts';

/** @throws PipeError for entries that are unsorted or repeated, inside of a file, or outside of the directory. */
export function checkEntries(
  entries: readonly { readonly path: string; readonly kind: TreeEntry['kind'] }[],
): void {
  const leaves = new Set<string>();
  let previous: string | undefined;
  let folder = '';
  for (const { path } of entries) {
    const start = path.lastIndexOf('/') + 1;
    // Most entries are beside the one before, and have a plain name.
    const isBeside = start === folder.length && path.startsWith(folder);
    const isPlain = isBeside && path.length <= SHORT_PATH && SIMPLE_NAME.test(path.slice(start));
    const why = isPlain ? undefined : whyBadPath(path);
    if (why !== undefined) throw hostile(`the path ${JSON.stringify(path)} is refused: ${why}`);
    if (previous !== undefined && compareBytes(previous, path) >= 0)
      throw hostile(`${JSON.stringify(path)} is repeated or out of order`);
    previous = path;
    leaves.add(path);
    if (isBeside) continue;
    folder = path.slice(0, start);
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (leaves.has(path.slice(0, end)))
        throw hostile(`${JSON.stringify(path)} is inside of something that is not a directory`);
    }
  }
}

export function hostile(why: string): PipeError {
  return new PipeError({
    code: 'manifest-refused',
    title: `the manifest of a directory is refused: ${why}`,
    hint: 'nothing was written; the object is damaged or another program made it',
  });
}
