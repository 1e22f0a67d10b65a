// What a directory holds: its entries and their manifest. Data only.
import type { Content, Digest } from './digest.ts';

/** One entry of a directory, `path` relative to it, `/`-separated. Sorted by path (code units of UTF-8 bytes). */
export type TreeEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly digest: Digest;
      readonly size: number;
      readonly isexec?: true;
    }
  /** Projects of our own only: an empty directory. */
  | { readonly kind: 'directory'; readonly path: string }
  /** Projects of our own only. Its target is not part of the directory; see `View`. */
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** An entry of a manifest; the size of a file is unknown in DVC's format. */
export type ManifestEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly digest: Digest;
      readonly size: number | undefined;
      readonly isexec?: true;
    }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

export interface Tree {
  readonly content: Content;
  readonly entries: readonly TreeEntry[];
  /** The text whose digest is that of the directory; the object store keeps it under this digest. */
  readonly manifest: string;
}
