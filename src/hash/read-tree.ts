// From a walk to a tree: the digests of a directory's files, known or read, and its manifest.
import { hash } from 'node:crypto';
import type { ContentRules } from './content-rules.ts';
import type { Digest } from './digest.ts';
import { LARGE_FILE } from './file-pool.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { sortByPath } from './entry-names.ts';
import type { FoundFiles } from './found-files.ts';
import type { Found } from './walk-directory.ts';

export interface HashedFile {
  readonly digest: Digest;
  /** Any later change shows in the file's times. */
  readonly settled: boolean;
}

/** By the index of the file in the walk. */
export interface FileSource {
  known(index: number): HashedFile | undefined;
  /** @returns undefined when the file changed meanwhile. */
  read(index: number): Promise<HashedFile | undefined>;
}

export interface HashedFiles {
  /** In the order of the walk. */
  readonly digests: readonly Digest[];
  /** Indexes of the files of which a later change may not show. */
  readonly unsettled: ReadonlySet<number>;
}

/**
 * Reads small files one after the other, then large ones in threads, several at a time.
 * @returns undefined when one of them changed meanwhile.
 */
export async function readFiles(files: FoundFiles, source: FileSource): Promise<HashedFiles | undefined> {
  const digests: Digest[] = Array.from({ length: files.count });
  const unsettled = new Set<number>();
  const large: number[] = [];
  const take = (index: number, file: HashedFile | undefined): boolean => {
    if (!file) return false;
    digests[index] = file.digest;
    if (!file.settled) unsettled.add(index);
    return true;
  };
  for (let index = 0; index < files.count; index += 1) {
    if (take(index, source.known(index))) continue;
    if (files.size(index) > LARGE_FILE) large.push(index);
    else if (!take(index, await source.read(index))) return undefined;
  }
  const read = await Promise.all(large.map(async (index) => take(index, await source.read(index))));
  return read.includes(false) ? undefined : { digests, unsettled };
}

/** @param digests as `readFiles` gives them. */
export function treeOf({ files, others }: Found, digests: readonly Digest[], rules: ContentRules): Tree {
  const kind = 'file';
  const entries = files.paths.map((path, index): TreeEntry => {
    const digest = digests[index]!;
    const size = files.size(index);
    return files.isexec(index) && rules.keepsModes
      ? { kind, path, digest, size, isexec: true }
      : { kind, path, digest, size };
  });
  return treeWith(sortByPath([...entries, ...others]), rules);
}

/** @param entries sorted by path. */
export function treeWith(entries: readonly TreeEntry[], rules: ContentRules): Tree {
  let size = 0;
  let nfiles = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    size += entry.size;
    nfiles += 1;
  }
  const manifest = rules.formatManifest(entries);
  return {
    content: { digest: `${hash(rules.algorithm, manifest, 'hex')}.dir` as Digest, size, nfiles },
    entries,
    manifest,
  };
}

/**
 * The digests of the files of a walk, by the entries with their names.
 * @returns undefined where the walk found anything but these entries.
 */
export function namedBy(
  entries: readonly TreeEntry[],
  { files, others }: Found,
  { keepsModes }: ContentRules,
): Digest[] | undefined {
  if (files.count + others.length !== entries.length) return undefined;
  const named = new Map(entries.map((entry) => [entry.path, entry]));
  if (others.some(({ kind, path }) => named.get(path)?.kind !== kind)) return undefined;
  const digests: Digest[] = [];
  for (const [index, path] of files.paths.entries()) {
    const entry = named.get(path);
    if (entry?.kind !== 'file') return undefined;
    if (keepsModes && files.isexec(index) !== (entry.isexec === true)) return undefined;
    digests.push(entry.digest);
  }
  return digests;
}
