// The interface of the store that keeps the bytes of outputs under their digests.
import type { Content, Digest } from '../hash/digest.ts';
import type { ManifestEntry } from '../hash/tree.ts';

/** The result of a restore; `corrupt` objects are set aside on the way. */
export type Restored = 'restored' | 'missing' | 'corrupt';

export interface FileContent {
  readonly digest: Digest;
  /** Unknown inside of DVC directories. */
  readonly size: number | undefined;
  readonly isexec?: true;
}

export interface ObjectStore {
  /** The store has all bytes of this content (of a directory: its manifest and every object that it names). */
  has(content: Content): boolean;
  /** Those of the files whose bytes it does not have. */
  lacking<T extends FileContent>(files: readonly T[]): readonly T[];
  /** Bytes of the object of a file; undefined where it is missing. */
  sizeOf(digest: Digest): number | undefined;
  /** The entries of a directory's manifest; undefined where it is missing or damaged. */
  entries(content: Content): readonly ManifestEntry[] | undefined;
  /** The bytes of a file; undefined where they are missing or damaged. */
  read(content: Content): Buffer | undefined;
  /** @throws PipeError where nothing can be stored: known before a stage spends hours on what cannot be kept. */
  requireWritable(): void;
  /**
   * Keeps what is at an absolute path, whose content was just hashed, and links it back as configured.
   * @param recorded the digest that the lock file names for a directory of which most stays: of objects that were there when that was
   * stored and still are, none is looked at for damage.
   * @throws PipeError when the disk is full or the store cannot be written.
   */
  store(path: string, content: Content, recorded?: Digest): Promise<void>;
  /** Keeps the text of a directory whose files the store has. */
  storeManifest(text: string, digest: Digest): void;
  /**
   * Makes an absolute path hold exactly this content, hashing every byte on its way; parent folders are created, what
   * was there is replaced. Never writes through a symlink, nor outside of `path`.
   */
  restore(content: Content, path: string): Promise<Restored>;
  /**
   * As `restore`, for a folder that is removed soon, to a path where nothing is: large files are clones of the objects, or links
   * to them that must not be written to.
   */
  lend(content: Content, path: string): Promise<Restored>;
  /** What was lent may have been written to: the objects are hashed again before they are lent again. */
  doubtLent(): void;
  /**
   * Makes links into the cache, at an absolute path or in the directory there, files that may be written to.
   * @returns how many there were.
   */
  unprotect(path: string): number;
  /** Makes everything stored so far safe against a power cut; called before anything that names the objects is written. */
  flush(): void;
  /**
   * As `flush`, together with what others store before it begins, while other work goes on. @param moreComes they will in a moment, so
   * it waits for that. @throws PipeError as `flush` does.
   */
  flushTogether(moreComes?: boolean): Promise<void>;
}
