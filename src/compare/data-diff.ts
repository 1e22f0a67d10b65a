// What differs between the data of two revisions: files and folders that are recorded by their digests.

/** A file, or a folder, whose files are entries of their own. */
export interface DataEntry {
  /** From the root. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly digest: string;
  /** Bytes; undefined where it is not known. */
  readonly size: number | undefined;
  /** A folder whose files are not known, since the cache lacks its list of them. */
  readonly isOpaque?: true;
}

export interface DataDiff {
  readonly added: readonly DataEntry[];
  readonly deleted: readonly DataEntry[];
  readonly modified: readonly DataPair[];
  /** The same content at another path. */
  readonly renamed: readonly DataPair[];
}

export interface DataPair {
  readonly old: DataEntry;
  readonly new: DataEntry;
}

type Entries = ReadonlyMap<string, DataEntry>;

/** @param old entries by path. */
export function diffData(old: Entries, now: Entries): DataDiff {
  const isKnown = ({ path }: DataEntry): boolean => !isInOpaque(path, old) && !isInOpaque(path, now);
  const added = [...now.values()].filter((entry) => !old.has(entry.path) && isKnown(entry)).sort(byPath);
  const deleted = [...old.values()].filter((entry) => !now.has(entry.path) && isKnown(entry)).sort(byPath);
  const waiting = Map.groupBy(deleted, identity);
  const renamed: DataPair[] = [];
  for (const entry of added) {
    const before = waiting.get(identity(entry))?.shift();
    if (before) renamed.push({ old: before, new: entry });
  }
  const moved = new Set(renamed.flatMap((pair) => [pair.old, pair.new]));
  const modified = [...old.values()].flatMap((entry): DataPair[] => {
    const after = now.get(entry.path);
    return after && after.digest !== entry.digest && isKnown(entry) ? [{ old: entry, new: after }] : [];
  });
  return {
    added: added.filter((entry) => !moved.has(entry)),
    deleted: deleted.filter((entry) => !moved.has(entry)),
    modified: modified.sort((a, b) => byPath(a.old, b.old)),
    renamed: renamed.sort((a, b) => byPath(a.old, b.old)),
  };
}

export const isEmptyDiff = ({ added, deleted, modified, renamed }: DataDiff): boolean =>
  [added, deleted, modified, renamed].every((list) => list.length === 0);

const identity = ({ digest, isFolder }: DataEntry): string => `${isFolder} ${digest}`;

const byPath = (a: DataEntry, b: DataEntry): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** Folders above the path, not the path itself. */
function isInOpaque(path: string, entries: Entries): boolean {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    if (entries.get(path.slice(0, slash))?.isOpaque) return true;
  return false;
}
