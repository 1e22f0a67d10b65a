// What the engine asks of the store that keeps the bytes of outputs under their digests.
import type { Content } from '../hash/digest.ts';
import type { ManifestEntry } from '../hash/tree.ts';

/** What became of a restore; `corrupt` objects are set aside on the way. */
export type Restored = 'restored' | 'missing' | 'corrupt';

export interface ObjectStore {
  /** All bytes of this content are here (of a directory: its manifest and every object that it names). */
  has(content: Content): boolean;
  /** What the manifest of a directory lists; undefined where it is missing or damaged. */
  entries(content: Content): readonly ManifestEntry[] | undefined;
  /**
   * Keeps what stands at an absolute path, whose content was just looked at, and links it back as configured.
   * @throws PipeError when the disk is full or the store cannot be written.
   */
  store(path: string, content: Content): Promise<void>;
  /**
   * Makes an absolute path hold exactly this content, hashing every byte on its way; parent folders are created, what
   * stood there is replaced. Never writes through a symlink, nor outside of `path`.
   */
  restore(content: Content, path: string): Promise<Restored>;
  /**
   * Makes links into the cache, at an absolute path or in the directory there, files that may be written to.
   * @returns how many there were.
   */
  unprotect(path: string): number;
  /** Makes everything stored so far survive a power cut; called before anything that names the objects is written. */
  flush(): void;
}
