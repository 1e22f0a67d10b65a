// The interface of hashing. The implementation remembers digests by stat data, so that a second look costs little.
import type { ContentRules } from './content-rules.ts';
import type { Look } from '../disk/look-inside.ts';
import type { PathStamp } from '../disk/path-stamp.ts';
import type { PlacedStats } from '../disk/stat-key.ts';
import type { Content, Digest } from './digest.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** What a path holds for a stage that reads or writes it. */
export interface Looked {
  readonly content: Content;
  /** It is the same as an output and as a dependency: there are no symlinks in it, and nothing that belongs to git. */
  readonly plain: boolean;
  /** Absolute paths of the places that symlinks in it lead to, and its own where one is on the way to it. */
  readonly behind: readonly string[];
}

/** Whether a path is looked at as a dependency or as an output. DVC makes no difference. */
export type View = 'input' | 'output';

export interface HasherOptions {
  /** Absolute root of the project. */
  readonly root: string;
  readonly rules: ContentRules;
  /** Absolute path of the state database; without it nothing outlives the process. */
  readonly stateFile?: string;
  /** Absolute folder of the cache's objects: symlinks into it are files that the cache linked back. */
  readonly objects?: string;
  /** Whether an absolute path is data that no stage makes: it does not include what belongs to git in it. */
  readonly isData?: (path: string) => boolean;
  /** Read every byte, also of what is remembered; what is read is remembered. */
  readonly afresh?: boolean;
  /** Called with all that was read so far by this hasher. */
  readonly onProgress?: (done: { readonly bytes: number; readonly files: number }) => void;
  /** Nanoseconds since the epoch; default the system's clock. */
  readonly clock?: () => bigint;
}

export interface Hasher {
  readonly rules: ContentRules;
  /**
   * What an absolute path holds now; undefined when nothing exists there.
   * @throws PipeError for what cannot be hashed (device, fifo, socket), an unreadable file, or a file that keeps changing.
   */
  look(path: string): Promise<Content | undefined>;
  /**
   * As `look`, for a directory, with its entries.
   * @param looked what `look` returned: if it is the last content seen there, its entries are returned without a new look.
   */
  tree(path: string, looked?: Content): Promise<Tree>;
  /** As `look`; a dependency includes what its symlinks lead to, and leaves out what belongs to git in it. */
  lookAs(view: View, path: string): Promise<Looked | undefined>;
  /** As `tree`, of a dependency. */
  inputTree(path: string, looked?: Content): Promise<Tree>;
  /**
   * Paths in the directory at an absolute path that its content as an output did not include at the last look, such as
   * ignored files; of a folder only its own path.
   */
  leftOut(path: string): readonly string[];
  /** @returns says later whether something at an absolute path may be a link into the cache, as no look since then found that it is not. */
  watchForLinks(path: string): () => boolean;
  /**
   * The engine has just written this content to the path: it need not be read again.
   * @param since nanoseconds since 1970: whatever changed the file from then on gave it a later time of modification.
   */
  remember(path: string, content: Content, since?: bigint): void;
  /** As `remember`, of a file whose time of modification was set to a moment ago. @param stats from before it was moved to the path. */
  placed(path: string, digest: Digest, stats: PlacedStats): void;
  /**
   * As `placed`, of a directory that was moved to the path as a whole.
   * @param entries sorted by path. @param files by path in it, with their stat data.
   */
  placedDirectory(path: string, entries: readonly TreeEntry[], files: ReadonlyMap<string, Look>): void;
  /** Whether the state database knows the directory at a path, because it was moved there as a whole. */
  hasPlaced(path: string): boolean;
  /** What the state database knows of a file with this stamp, without looking at it. @param path absolute. */
  remembered(path: string, stamp: PathStamp): Content | undefined;
  /** Writes the state database; losing it costs time, never correctness. */
  close(): void;
}
