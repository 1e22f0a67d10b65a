// Digests and the contents that they describe. Data only.

/** sha256 in projects of our own, md5 in a DVC repository. */
export type Algorithm = 'sha256' | 'md5';

/** Lower-case hexadecimal; the digest of a directory ends in `.dir`, as in DVC. */
export type Digest = string & { readonly brand: 'Digest' };

/** What a path holds, as the lock file records it. */
export interface Content {
  readonly digest: Digest;
  /** Bytes; of a directory the sum over its files. */
  readonly size: number;
  /** Directories only: how many files it holds. */
  readonly nfiles?: number;
  /** Files only: the owner may execute it. */
  readonly isexec?: true;
  /** Only of folders that a stage of our own reads: the digest of what the symlinks in it lead to. */
  readonly links?: Digest;
  /** In a DVC repository: recorded by DVC 2, whose md5 normalises the line ends of text files. */
  readonly legacy?: true;
  /** The digest is what a server gives for a version, by the name that DVC has for it: no digest of the bytes. */
  readonly checksum?: 'etag' | 'checksum';
  /** With `checksum` only: the server does not say how large it is, and `size` is 0. */
  readonly unsized?: true;
}

export const isDirectory = (digest: Digest): boolean => digest.endsWith('.dir');
