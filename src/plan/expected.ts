// Whether the content of an output, which a restore is going to bring, says all about a dependency on the same path.
import type { ObjectStore } from '../cache/object-store.ts';
import { isDirectory, type Content } from '../hash/digest.ts';

/** Not where a dependency counts more (what symlinks lead to) or less (what belongs to git) than an output does. */
export function saysAll(content: Content, store: Pick<ObjectStore, 'entries'>): boolean {
  if (!isDirectory(content.digest)) return true;
  const entries = store.entries(content);
  return (
    entries !== undefined &&
    entries.every(({ kind, path }) => kind !== 'symlink' && !path.split('/').includes('.git'))
  );
}
