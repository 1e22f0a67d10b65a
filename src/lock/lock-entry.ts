// What a stage last read and wrote, as both lock file formats record it. Data only.
import type { Content } from '../hash/digest.ts';
import type { Overlay } from '../pipeline/params/overlay.ts';
import type { Value } from '../base/value.ts';

/** A dependency or output; `path` as declared, relative to the stage's `wdir`. */
export interface LockedPath {
  readonly path: string;
  readonly content: Content;
  /** In a DVC repository: the size is not recorded, as DVC does for a folder that was updated in part. */
  readonly unsized?: true;
  /** In a DVC repository: recorded as a version in cloud storage; remotes do not have it under its digest. */
  readonly cloud?: true;
}

/** Of more than so many a map is made, which is looked up faster. */
const FEW = 8;
const byPath = new WeakMap<readonly LockedPath[], ReadonlyMap<string, LockedPath>>();

/** The dependency or output with this path. */
export function lockedPath(items: readonly LockedPath[] | undefined, path: string): LockedPath | undefined {
  if (!items || items.length <= FEW) return items?.find((item) => item.path === path);
  let known = byPath.get(items);
  if (!known) {
    const made = new Map<string, LockedPath>();
    for (const item of items) made.set(item.path, item);
    byPath.set(items, made);
    known = made;
  }
  return known.get(path);
}

/** Bytes; undefined where they are not known. */
export const recordedSize = ({
  content,
  unsized,
}: Pick<LockedPath, 'content' | 'unsized'>): number | undefined =>
  unsized || content.unsized ? undefined : content.size;

/** What imported data was brought from. */
export interface LockedOrigin {
  /** Of a URL: what was there. */
  readonly content?: Content;
  /** Of a repository: the commit. */
  readonly rev?: string;
}

/** Values by key, by parameter file as declared. */
export type LockedParams = ReadonlyMap<string, ReadonlyMap<string, Value>>;

export interface LockEntry {
  /** Of data without a command (`cmd` is empty): what is there was brought by people, never made by a run. */
  readonly data?: true;
  readonly cmd: string | readonly string[];
  /** Relative to the folder of the lock file, which leaves out `.`; absent where the format does not record it (DVC's). */
  readonly wdir?: string;
  /** Absent where the format does not record it. */
  readonly env?: { readonly [name: string]: string };
  readonly deps: readonly LockedPath[];
  readonly params: LockedParams;
  readonly outs: readonly LockedPath[];
  /** Of imported data. */
  readonly origin?: LockedOrigin;
  /** In a DVC repository, of imported data: what declares it was edited since, and the checksum over it is that of before. */
  readonly edited?: true;
}

/** Everything that entries name, inputs and outputs. */
export const contentsIn = (entries: readonly LockEntry[]): Content[] =>
  entries.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ content }) => content));

/** The content of a lock file. */
export interface Lock {
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, LockEntry>;
  /** The overlay of the last run. */
  readonly overlay: Overlay;
}

export const emptyLock: Lock = { entries: new Map(), overlay: { files: [], set: [] } };
