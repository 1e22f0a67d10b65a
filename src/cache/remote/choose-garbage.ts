// Which objects and records of a remote are not needed. Decides only.
import { isDirectory, type Digest } from '../../hash/digest.ts';
import { directoriesFirst } from '../garbage-policy.ts';
import type { Listed } from './remote.ts';

export interface RemoteObject extends Listed {
  readonly digest: Digest;
}

/** A record of an earlier run. */
export interface RemoteRecord extends Listed {
  /** Of its outputs; undefined for a file that this version cannot read as a record, which stays. */
  readonly outs: readonly Digest[] | undefined;
  /** Everything in it that looks like a digest. */
  readonly digests: readonly Digest[];
}

export interface RemoteGarbageOptions {
  readonly objects: ReadonlyMap<Digest, RemoteObject>;
  readonly records: readonly RemoteRecord[];
  /** What is to be kept, with the files of its directories. */
  readonly needed: ReadonlySet<Digest>;
  /** The files of directories on the remote that are needed, young, or named by a record. */
  readonly directories: ReadonlyMap<Digest, readonly Digest[]>;
  readonly isYoung: (file: Listed) => boolean;
}

export interface RemoteGarbageItem {
  readonly kind: 'record' | 'object';
  readonly key: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface RemoteGarbage {
  /** In the order of their removal: at any moment, what a record or a manifest names is there. */
  readonly items: readonly RemoteGarbageItem[];
  readonly kept: { readonly objects: number; readonly bytes: number };
  /** Objects that are not needed, and that stay because they are young. */
  readonly young: number;
}

export function chooseRemoteGarbage(options: RemoteGarbageOptions): RemoteGarbage {
  const { objects, records, directories, isYoung } = options;
  const kept = new Set<Digest>();
  const keep = (digest: Digest): void => {
    if (kept.has(digest)) return;
    kept.add(digest);
    for (const file of directories.get(digest) ?? []) kept.add(file);
  };
  for (const digest of options.needed) keep(digest);
  // What was written a moment ago may be about to be named.
  for (const record of records)
    if (record.outs === undefined || isYoung(record)) record.digests.forEach(keep);
  const young = [...objects.values()].filter((object) => !kept.has(object.digest) && isYoung(object));
  for (const { digest } of young) keep(digest);
  const isWhole = (digest: Digest): boolean =>
    kept.has(digest) &&
    objects.has(digest) &&
    (directories.get(digest) ?? []).every((file) => kept.has(file) && objects.has(file));
  const dead = records.filter(
    (record) => record.outs !== undefined && !isYoung(record) && !record.outs.every(isWhole),
  );
  const free = [...objects.values()]
    .filter(({ digest }) => !kept.has(digest))
    .toSorted((a, b) => directoriesFirst(a.digest, b.digest));
  const left = [...objects.values()].filter(({ digest }) => kept.has(digest));
  return {
    items: [
      ...dead.map(({ key, size, time }) => ({ kind: 'record' as const, key, size, time })),
      ...free.map(({ key, size, time }) => ({ kind: 'object' as const, key, size, time })),
    ],
    kept: { objects: left.length, bytes: left.reduce((sum, { size }) => sum + size, 0) },
    young: young.length,
  };
}

/** Directories whose files have to be known before anything is chosen. */
export function directoriesToRead({
  objects,
  records,
  needed,
  isYoung,
}: Omit<RemoteGarbageOptions, 'directories'>): readonly Digest[] {
  const named = records.flatMap(({ digests }) => digests);
  const young = [...objects.values()].filter(isYoung).map(({ digest }) => digest);
  return [...new Set([...needed, ...named, ...young])].filter(isDirectory);
}
