// What the engine asks of hashing. The implementation remembers digests by stat data, so that asking again is cheap.
import type { ContentRules } from './content-rules.ts';
import type { Content } from './digest.ts';
import type { Tree } from './tree.ts';

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
  readonly rules: ContentRules;
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
