// Which files differ between two manifests of a folder. Pure.
import type { ManifestEntry } from '../hash/tree.ts';

export interface FileChange {
  /** Relative to the folder. */
  readonly path: string;
  readonly status: 'added' | 'removed' | 'modified';
}

/** In the order of the paths. */
export function folderChanges(old: readonly ManifestEntry[], now: readonly ManifestEntry[]): FileChange[] {
  const before = new Map(old.map((entry) => [entry.path, identity(entry)]));
  const after = new Map(now.map((entry) => [entry.path, identity(entry)]));
  const changes: FileChange[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    if (!before.has(path)) changes.push({ path, status: 'added' });
    else if (!after.has(path)) changes.push({ path, status: 'removed' });
    else if (before.get(path) !== after.get(path)) changes.push({ path, status: 'modified' });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function identity(entry: ManifestEntry): string {
  switch (entry.kind) {
    case 'file':
      return `file ${entry.digest} ${entry.isexec === true}`;
    case 'directory':
      return 'directory';
    case 'symlink':
      return `symlink ${entry.target}`;
  }
}
