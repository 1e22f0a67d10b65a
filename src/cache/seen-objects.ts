// Which objects of a directory were there when it was last stored, by the folder of the store that they are in. As long as such a folder
// has the same times, no name was added to it or removed from it, so its objects need no look each. What was damaged in its place is
// found where it is read. It holds for the list that the lock file names: a look also renews an object, and what the lock file names
// garbage collection keeps without that.
import { hash } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { readChecked, writeChecked } from '../disk/checked-file.ts';
import { keyText, now, unsettledFor } from '../disk/stat-key.ts';
import type { Digest } from '../hash/digest.ts';
import type { Objects } from './objects.ts';

/** Fewer objects are looked at in the time that the folders take. */
const WORTH_SEEING = 256;
const HEADER = 'pipe-seen/2';

interface Sized {
  readonly digest: Digest;
  readonly size: number;
}

/** By folder of the store: its times, and which objects of it were seen. */
type Seen = Map<string, string>;

interface SeenList {
  /** Of the whole directory. */
  readonly list: Digest;
  readonly seen: Seen;
}

export class SeenObjects {
  /** Absolute path of the memory; losing it costs time only. */
  readonly #file: string;
  /** Absolute folder of all objects. */
  readonly #folder: string;
  readonly #objects: Objects;

  constructor(file: string, folder: string, objects: Objects) {
    this.#file = file;
    this.#folder = folder;
    this.#objects = objects;
  }

  /**
   * Those of the files whose objects do not exist. @param directory absolute path of the files. @param list its digest.
   * @param recorded the digest that the lock file names for it.
   */
  lacking<T extends Sized>(
    directory: string,
    list: Digest,
    files: readonly T[],
    recorded: Digest,
  ): readonly T[] {
    if (files.length < WORTH_SEEING) return this.#objects.unkept(files);
    const groups = Map.groupBy(files, ({ digest }) => folderOf(digest));
    // Before the looks: what is removed meanwhile changes the times.
    const seen = this.#look(groups);
    const all = this.#read();
    const last = all.get(directory);
    const before = last?.list === recorded ? last.seen : undefined;
    const isSeen = (folder: string): boolean => seen.has(folder) && seen.get(folder) === before?.get(folder);
    const lacking = this.#objects.unkept(
      [...groups].flatMap(([folder, group]) => (isSeen(folder) ? [] : group)),
    );
    // Objects without their final names may never get them.
    for (const { digest } of lacking) seen.delete(folderOf(digest));
    for (const digest of this.#objects.waiting()) seen.delete(folderOf(digest));
    this.#write(all.set(directory, { list, seen }));
    return lacking;
  }

  /** Of a folder with recent times nothing is kept: a removal may not show in them. */
  #look(groups: ReadonlyMap<string, readonly Sized[]>): Seen {
    const started = now();
    const seen: Seen = new Map();
    for (const [folder, group] of groups) {
      const stats = lstatSync(`${this.#folder}/${folder}`, { bigint: true, throwIfNoEntry: false });
      if (!stats?.isDirectory() || unsettledFor(stats, started) > 0n) continue;
      const digests = group.map(({ digest }) => digest).join('');
      seen.set(folder, `${keyText(stats)}\t${hash('sha256', digests)}`);
    }
    return seen;
  }

  #read(): Map<string, SeenList> {
    const all = new Map<string, SeenList>();
    for (const line of readChecked(this.#file, HEADER)) {
      const [path, list, folder, ...seen] = line.split('\t') as [string, Digest, string, ...string[]];
      const directory = JSON.parse(path) as string;
      if (!all.has(directory)) all.set(directory, { list, seen: new Map() });
      all.get(directory)!.seen.set(folder, seen.join('\t'));
    }
    return all;
  }

  #write(all: ReadonlyMap<string, SeenList>): void {
    const lines = [...all]
      .filter(([directory]) => existsSync(directory))
      .flatMap(([directory, { list, seen }]) =>
        [...seen].map(([folder, line]) => `${JSON.stringify(directory)}\t${list}\t${folder}\t${line}`),
      );
    writeChecked(this.#file, HEADER, lines);
  }
}

const folderOf = (digest: Digest): string => digest.slice(0, 2);
