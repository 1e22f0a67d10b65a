// The interface between the objects of a cache and remotes: where an object is in the cache, its name on a remote, its digest.
import type { Content, Digest } from '../../hash/digest.ts';

export interface Vault {
  /** The name of an object on a remote. */
  key(digest: Digest): string;
  /** The file that has the bytes of a digest; undefined where the cache has none of that size. */
  find(digest: Digest, size?: number): string | undefined;
  /** Whether digests are those of the bytes as they are. */
  readonly hashesBytes: boolean;
  /** The digest of a file, by its absolute path. */
  digestOf(path: string, digest: Digest): Promise<Digest>;
  /** As `Objects.receive`. */
  receive(digest: Digest, fill: (path: string, object: string) => Promise<void>): Promise<void>;
  /** Keeps the manifest of a directory whose files are all in the cache. */
  addText(text: string, digest: Digest): void;
  setAside(digest: Digest): void;
  /** Gives everything received its final name. */
  flush(): void;
}

/** What a dialect opens its other vault with. */
export interface OtherVaultOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  /** A group shares the cache. */
  readonly shared: boolean;
}

export interface OtherVault {
  readonly vault: Vault;
  /** Whether a content belongs to it. */
  has(content: Content): boolean;
}

export const shardOf = (digest: Digest): string => `${digest.slice(0, 2)}/${digest.slice(2)}`;
