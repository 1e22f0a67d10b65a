// The files of the object store, one per digest: they are written under temporary names, flushed in groups, renamed, and never changed
// afterwards. Knows nothing of directories and of the workspace.
import { hash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  readFileSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Algorithm, Digest } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { giveTurn } from '../base/event-loop-turn.ts';
import { errno } from '../base/problem.ts';
import { temporaryName } from '../disk/temporary-name.ts';
import { beginUnfinished } from '../disk/unfinished.ts';
import { discard } from '../disk/discard.ts';
import type { Fault } from '../disk/crash-point.ts';
import { lookingUnseen, type LookInside } from '../disk/look-inside.ts';
import { storeError } from '../disk/store-error.ts';
import { NewObjects } from './new-objects.ts';
import type { FileContent } from './object-store.ts';
import { ObjectCopier } from './object-copier.ts';
import { moveToQuarantine, type Quarantine } from './quarantine.ts';

export interface ObjectsOptions extends Quarantine {
  /** Absolute folder that holds `xx/rest`. */
  readonly folder: string;
  readonly hasher: Hasher;
  readonly fault: Fault;
  /** Called for objects that are stored again, some time after they were stored. */
  readonly renew: (path: string) => void;
  /** Makes the folder of an object and those around it. @throws PipeError for a symbolic link in place of one. */
  readonly makeFolder: (folder: string) => void;
  /** Makes the cache folder; called before the first object is written. */
  readonly prepare: () => void;
}

/** Milliseconds; well below the time for which garbage collection keeps new objects. */
const RENEW_AFTER = 5 * 60_000;

/** Relative to the folder of all objects. */
const nameOf = (digest: Digest): string => `${digest.slice(0, 2)}/${digest.slice(2)}`;

export class Objects {
  readonly algorithm: Algorithm;
  readonly #options: ObjectsOptions;
  readonly #new: NewObjects;
  readonly #copier: ObjectCopier;
  /** Folders `xx` that exist. */
  readonly #shards = new Set<string>();
  #isWritable = false;

  constructor(options: ObjectsOptions) {
    const { folder, hasher, fault } = options;
    this.algorithm = hasher.rules.algorithm;
    this.#options = options;
    this.#new = new NewObjects({ folder, at: (digest) => this.at(digest), fault });
    this.#copier = new ObjectCopier(hasher);
  }

  /** The final path of an object, whether it exists or not. */
  at(digest: Digest): string {
    return `${this.#options.folder}/${nameOf(digest)}`;
  }

  /** Where the file with the bytes of a digest is now, flushed or not, if there is one. */
  where(digest: Digest): string {
    return this.#new.find(digest) ?? this.at(digest);
  }

  /** The file that has the bytes of a digest now, flushed or not; undefined where there is none of that size. */
  find(digest: Digest, size?: number): string | undefined {
    return this.#isThere({ digest, size }) ? this.where(digest) : undefined;
  }

  /** @throws PipeError where the folder is there and may only be read. */
  requireWritable(): void {
    const { folder } = this.#options;
    try {
      if (!this.#isWritable) accessSync(folder, constants.W_OK);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw storeError(error, 'keep outputs in the cache', folder);
    }
    this.#isWritable = true;
  }

  /**
   * Keeps a copy of a file. @param byLink make the file itself the object, where that is possible.
   * @returns whether the object and the file are the same inode now.
   * @throws PipeError when the file does not have this digest any more.
   */
  async add(path: string, digest: Digest, size: number, byLink: boolean): Promise<boolean> {
    if (this.#isKept(digest, size)) return false;
    return this.addLacking(path, digest, size, byLink);
  }

  /** As `add`, of a file whose object did not exist a moment ago. */
  async addLacking(path: string, digest: Digest, size: number, byLink: boolean): Promise<boolean> {
    // Two files of a directory may be equal.
    if (this.#new.find(digest) !== undefined) return false;
    await giveTurn();
    return this.#write(digest, path, 'keep an output in the cache', async (temporary) => {
      const job = { path, temporary, digest, size };
      const linked = byLink && (await this.#copier.link(job));
      if (!linked) await this.#copier.copy(job);
      return linked;
    });
  }

  /** Those of the files whose objects do not exist, and are to be written. What exists is as new again. */
  unkept<T extends { readonly digest: Digest; readonly size: number }>(files: readonly T[]): T[] {
    return lookingUnseen((look) => files.filter(({ digest, size }) => !this.#isKept(digest, size, look)));
  }

  /** Whether `find` finds every one of these files. */
  hasAll(files: readonly FileContent[]): boolean {
    return lookingUnseen((look) => files.every((file) => this.#isThere(file, look)));
  }

  /** Those of the files that `find` does not find. */
  lacking<T extends FileContent>(files: readonly T[]): readonly T[] {
    return lookingUnseen((look) => files.filter((file) => !this.#isThere(file, look)));
  }

  /** Those that do not have their final names yet. */
  waiting(): Iterable<Digest> {
    return this.#new.digests();
  }

  addText(text: string, digest: Digest): void {
    if (this.#isKept(digest, Buffer.byteLength(text)) && readFileSync(this.find(digest)!, 'utf8') === text)
      return;
    let temporary: string | undefined;
    try {
      temporary = this.#newTemporary(digest);
      this.#options.fault('write object');
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o444 });
      this.#copier.protect(temporary);
      this.#new.add(digest, temporary);
    } catch (error) {
      if (temporary !== undefined) discard(temporary);
      throw storeError(error, 'keep an output in the cache', this.at(digest));
    }
  }

  /**
   * Keeps a file that comes from elsewhere. @param fill writes it, to a path where nothing is, in the folder of the object, and checks that its
   * bytes have the digest.
   */
  async receive(digest: Digest, fill: (path: string, object: string) => Promise<void>): Promise<void> {
    const at = this.at(digest);
    await this.#write(digest, at, 'keep an object in the cache', async (temporary) => {
      if (lstatSync(at, { throwIfNoEntry: false })?.isFile() === false) this.setAside(digest);
      await fill(temporary, at);
      chmodSync(temporary, 0o444);
    });
  }

  /** The text of an object, if it exists and has the bytes of its name. */
  text(digest: Digest): { readonly text: string } | 'missing' | 'corrupt' {
    const path = this.find(digest);
    if (path === undefined) return 'missing';
    const bytes = readFileSync(path);
    const isWhole = `${hash(this.algorithm, bytes, 'hex')}.dir` === digest;
    return isWhole ? { text: bytes.toString('utf8') } : 'corrupt';
  }

  /** The bytes of a file's object, if it exists and they are those of its name. */
  bytes(digest: Digest): Buffer | undefined {
    const path = this.find(digest);
    const bytes = path === undefined ? undefined : readFileSync(path);
    return bytes && hash(this.algorithm, bytes, 'hex') === digest ? bytes : undefined;
  }

  /** Moves a corrupt object into the quarantine. */
  setAside(digest: Digest): void {
    this.#new.forget(digest);
    this.#options.fault('quarantine');
    try {
      moveToQuarantine(this.at(digest), digest, this.#options);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw storeError(error, 'set a corrupt object aside', this.at(digest));
    }
  }

  /** Gives everything added its final name, safe against a power cut. After a failure every later call fails. */
  flush(): void {
    this.#new.flush();
  }

  /** As `flush`, together with what others add before it begins, while other work goes on. */
  flushTogether(moreComes: boolean): Promise<void> {
    return this.#new.flushTogether(moreComes);
  }

  /** Makes a new object. @param shown the path in the message of a failure. @param fill writes the temporary file. */
  async #write<T>(
    digest: Digest,
    shown: string,
    doing: string,
    fill: (temporary: string) => Promise<T>,
  ): Promise<T> {
    let temporary: string | undefined;
    try {
      temporary = this.#newTemporary(digest);
      this.#options.fault('write object');
      const result = await fill(temporary);
      this.#new.add(digest, temporary);
      return result;
    } catch (error) {
      if (temporary !== undefined) discard(temporary);
      throw storeError(error, doing, shown);
    }
  }

  /** A path beside the object. Garbage collection reads from its name which process made it. */
  #newTemporary(digest: Digest): string {
    const final = this.at(digest);
    const shard = dirname(final);
    if (!this.#shards.has(shard)) {
      if (this.#shards.size === 0) this.#options.prepare();
      this.#options.makeFolder(shard);
      this.#shards.add(shard);
    }
    return beginUnfinished(`${final}.${temporaryName()}`);
  }

  #isThere({ digest, size }: Omit<FileContent, 'isexec'>, look?: LookInside<Stats>): boolean {
    const stats = this.#statsOf(digest, look);
    return stats?.isFile() === true && (size === undefined || stats.size === size);
  }

  #statsOf(digest: Digest, look: LookInside<Stats> | undefined): Stats | undefined {
    const temporary = this.#new.find(digest);
    return look && temporary === undefined
      ? look(this.#options.folder, nameOf(digest))
      : lstatSync(temporary ?? this.at(digest), { throwIfNoEntry: false });
  }

  /** Whether the object exists. Anything else under its name is set aside. */
  #isKept(digest: Digest, size: number, look?: LookInside<Stats>): boolean {
    const stats = this.#statsOf(digest, look);
    if (!stats) return false;
    if (stats.isFile() && stats.size === size) {
      if (Date.now() - stats.mtimeMs > RENEW_AFTER) this.#options.renew(this.at(digest));
      return true;
    }
    this.setAside(digest);
    return false;
  }
}
