// Objects of the cache as they are shared with remotes: where each is here, what it is called there, and whether a file is one.
import type { Content, Digest } from '../../hash/digest.ts';

export interface Vault {
  /** What an object is called on a remote. */
  key(digest: Digest): string;
  /** The file that has the bytes of a digest; undefined where none of that size is here. */
  find(digest: Digest, size?: number): string | undefined;
  /** The digest of a file, by its absolute path. */
  digestOf(path: string, digest: Digest): Promise<Digest>;
  /** As `Objects.receive`. */
  receive(digest: Digest, fill: (path: string) => Promise<void>): Promise<void>;
  /** Keeps the manifest of a directory, all of whose files are here. */
  addText(text: string, digest: Digest): void;
  setAside(digest: Digest): void;
  /** Gives everything received its final name. */
  flush(): void;
}

/** What a vault other than that of the objects is opened with. */
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
