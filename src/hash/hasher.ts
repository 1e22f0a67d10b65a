// What the engine asks of hashing. The implementation remembers digests by stat data, so that asking again is cheap.
import type { Algorithm, Content, Digest } from './digest.ts';

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
  /** Projects of our own only: kept as it is. What it leads to is no part of the directory; see `View`. */
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

export interface Tree {
  readonly content: Content;
  readonly entries: readonly TreeEntry[];
  /** The bytes whose digest is the directory's: what the object store keeps under it. */
  readonly manifest: string;
}

/** What a path holds for a stage that reads or writes it. */
export interface Looked {
  readonly content: Content;
  /** It is the same for both: there are no symlinks in it, and nothing that belongs to git. */
  readonly plain: boolean;
  /** Absolute paths of the places that symlinks in it lead to, and its own where one is on the way to it. */
  readonly behind: readonly string[];
}

/** Of projects of our own; DVC makes no difference. */
export type View = 'input' | 'output';

export interface Hasher {
  readonly algorithm: Algorithm;
  /**
   * What stands at an absolute path now; undefined when nothing does.
   * @throws PipeError for what cannot be hashed (device, fifo, socket), an unreadable file, or a file that keeps changing.
   */
  look(path: string): Promise<Content | undefined>;
  /**
   * As `look`, for a directory, with its entries.
   * @param looked what `look` said: where that is the last thing seen there, its entries are given without looking again.
   */
  tree(path: string, looked?: Content): Promise<Tree>;
  /** As `look`; of a dependency what its symlinks lead to counts, and what belongs to git in it does not. */
  lookAs(view: View, path: string): Promise<Looked | undefined>;
  /** As `tree`, of a dependency. */
  inputTree(path: string, looked?: Content): Promise<Tree>;
  /** Tells that a path was just written by us and holds this content, so that it need not be read again. */
  remember(path: string, content: Content): void;
  /** Writes the state database; losing it costs time, never correctness. */
  close(): void;
}
