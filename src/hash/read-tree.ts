// From a walk to a tree: the digests of a directory's files, known or read, and its manifest.
import { hash } from 'node:crypto';
import type { ContentRules } from './content-rules.ts';
import type { Digest } from './digest.ts';
import { LARGE_FILE } from './file-pool.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { sortByPath } from './entry-names.ts';
import { keyText } from '../disk/stat-key.ts';
import { fileLine, type FileLine, type LinePlace } from './file-lines.ts';
import type { FoundFile } from './found-file.ts';
import type { Found } from './walk-directory.ts';

export interface HashedFile {
  readonly digest: Digest;
  /** Any later change shows in the file's times. */
  readonly settled: boolean;
}

export interface FileSource {
  /** @returns also where its line is, if the state database has it. */
  known(item: FoundFile): (HashedFile & Partial<LinePlace>) | undefined;
  /** Lines of the state database. */
  lines(place: LinePlace): FileLine;
  /** @returns undefined when the file changed meanwhile. */
  read(item: FoundFile): Promise<HashedFile | undefined>;
}

export interface HashedFiles {
  /** In the order of the walk; undefined for what is not a file. */
  readonly digests: readonly (Digest | undefined)[];
  /** All files are settled. */
  readonly settled: boolean;
  /** What the state database may keep. */
  remembered(): Iterable<FileLine>;
}

/**
 * Reads small files one after the other, then large ones in threads, several at a time.
 * @returns undefined when one of them changed meanwhile.
 */
export async function readFiles(
  found: readonly Found[],
  source: FileSource,
): Promise<HashedFiles | undefined> {
  const digests: (Digest | undefined)[] = Array.from({ length: found.length });
  const unsettled = new Set<number>();
  const lines = new KeptLines(source);
  const large: number[] = [];
  const take = (index: number, file: HashedFile | undefined): boolean => {
    digests[index] = file?.digest;
    if (!file?.settled) unsettled.add(index);
    return file !== undefined;
  };
  for (let index = 0; index < found.length; index += 1) {
    const item = found[index]!;
    if (item.kind !== 'file') continue;
    const known = source.known(item);
    if (known) {
      take(index, known);
      lines.keep(index, known);
    } else if (item.size > LARGE_FILE) large.push(index);
    else if (!take(index, await source.read(item))) return undefined;
  }
  const read = await Promise.all(
    large.map(async (index) => take(index, await source.read(found[index] as FoundFile))),
  );
  if (read.includes(false)) return undefined;
  const newLine = (index: number): FileLine | undefined => {
    const item = found[index]!;
    if (item.kind !== 'file' || unsettled.has(index)) return undefined;
    return fileLine(item.path, keyText(item), digests[index]!);
  };
  return {
    digests,
    settled: unsettled.size === 0,
    remembered: () => lines.among(found.length, newLine),
  };
}

/** Where the lines of unchanged files are in the state database: those that follow each other are written again as one. */
class KeptLines {
  readonly #source: FileSource;
  /** By the place of a file in the walk. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(source: FileSource) {
    this.#source = source;
  }

  keep(index: number, { start, end }: Partial<LinePlace>): void {
    if (start === undefined || end === undefined) return;
    this.#starts[index] = start;
    this.#ends[index] = end;
  }

  /** All lines of a walk. @param count of what it found. @param newLine the line of what is not kept, if it gets one. */
  *among(count: number, newLine: (index: number) => FileLine | undefined): Iterable<FileLine> {
    let start: number | undefined;
    let end = 0;
    for (let index = 0; index < count; index += 1) {
      const next = this.#starts[index];
      if (start !== undefined && next !== end) {
        yield this.#source.lines({ start, end });
        start = undefined;
      }
      const line = next === undefined ? newLine(index) : undefined;
      if (line !== undefined) yield line;
      start ??= next;
      end = this.#ends[index] ?? end;
    }
    if (start !== undefined) yield this.#source.lines({ start, end });
  }
}

/** @param digests as `readFiles` gives them. */
export function treeOf(
  found: readonly Found[],
  digests: readonly (Digest | undefined)[],
  rules: ContentRules,
): Tree {
  const entries = found.map((item, index): TreeEntry => {
    if (item.kind !== 'file') return item;
    const { kind, path, isexec } = item;
    const digest = digests[index]!;
    const size = Number(item.size);
    return isexec && rules.keepsModes ? { kind, path, digest, size, isexec } : { kind, path, digest, size };
  });
  sortByPath(entries);
  return treeWith(entries, rules);
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
 * Gives the files of a walk the digests of the entries with their names.
 * @returns what the state database may keep; undefined where the walk found anything but these entries.
 */
export function namedBy(
  entries: readonly TreeEntry[],
  found: readonly Found[],
  { keepsModes }: ContentRules,
): FileLine[] | undefined {
  if (found.length !== entries.length) return undefined;
  const named = new Map(entries.map((entry) => [entry.path, entry]));
  const files: FileLine[] = [];
  for (const item of found) {
    const entry = named.get(item.path);
    if (entry?.kind !== item.kind) return undefined;
    if (item.kind !== 'file' || entry.kind !== 'file') continue;
    if (keepsModes && item.isexec !== (entry.isexec === true)) return undefined;
    files.push(fileLine(item.path, keyText(item), entry.digest));
  }
  return files;
}
