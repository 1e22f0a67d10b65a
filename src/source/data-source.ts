// Data outside of the project that is brought into it, or that a stage reads where it is: a server, a folder of this machine.
// Types only.
import type { Content } from '../hash/digest.ts';
import type { TreeEntry } from '../hash/tree.ts';

export interface DataSource {
  /** For people; without credentials. */
  readonly url: string;
  /**
   * What is there now, asked for without reading it where its place distinguishes versions.
   * @returns undefined where nothing is there. @throws PipeError where it cannot be found out.
   */
  look(): Promise<Content | undefined>;
  /**
   * Brings what is there to a path at which nothing is.
   * @returns the version that was brought, as `look` gives it. @throws PipeError, also where nothing is there.
   */
  download(path: string, options: DownloadOptions): Promise<Content>;
  /**
   * Hands over each file that is there, several at once, without needing room for all of them.
   * @param folder absolute, empty, for files on their way. @throws PipeError, also where nothing is there.
   */
  visit(folder: string, take: TakeFile, options: VisitOptions): Promise<Visited>;
}

/**
 * @param path absolute; the file is there until the promise settles. @param isCopy no other process writes to it.
 * @returns what the bytes are.
 */
export type TakeFile = (path: string, isCopy: boolean) => Promise<Pick<FileEntry, 'digest' | 'size'>>;

export type FileEntry = Extract<TreeEntry, { readonly kind: 'file' }>;

/** What was handed over: one file with the path '', or what a folder holds, sorted by path. */
export interface Visited {
  /** As `look` gives it. */
  readonly version: Content;
  readonly isFolder: boolean;
  readonly entries: readonly TreeEntry[];
}

export interface DownloadOptions {
  /** Files that may be executed stay so. */
  readonly modes: boolean;
  /** So many files at once; default: what suits the source. */
  readonly jobs?: number | undefined;
  /** Called with all bytes that came so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
  /** Called with the process that another one waits for. */
  readonly onWait?: (owner: string) => void;
}

export type VisitOptions = Omit<DownloadOptions, 'modes' | 'onProgress'>;
