// What push and fetch ask of a remote: named files, each written as a whole. What the names mean, and whether the bytes
// are the right ones, is not known here.
import type { Algorithm } from '../../hash/digest.ts';
import type { Body } from './body.ts';

/** Bytes to be written: a file by its absolute path, or a short text. */
export type Source = FileSource | { readonly text: string };

export interface FileSource {
  readonly path: string;
  readonly size: number;
  /** What the bytes were found to be, so that the other end can check what it gets. */
  readonly checksum?: { readonly algorithm: Algorithm; readonly hex: string };
  /** All of it, where it was read already. */
  readonly bytes?: Buffer;
  /** Its bytes have not been compared with the checksum yet. */
  readonly unchecked?: true;
  /** Called with bytes as they are sent; after an interruption they are sent again. */
  readonly onSent?: (bytes: number) => void;
}

/** Bytes of a file, the one at `end` not included. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What is to be read of a large file. */
export interface Lacking {
  /** Of the whole file. */
  readonly size: number;
  /** In their order. */
  readonly ranges: readonly Range[];
  /** Which version the other bytes are of; undefined where there are none, or it is not known. */
  readonly version: string | undefined;
  /** Called before the first bytes with the version that they are of. */
  readonly onVersion: (version: string | undefined) => void;
}

/** Takes bytes of a file, from `start`; they are only lent. */
export type TakeAt = (start: number, bytes: Uint8Array) => void;

/** Bytes of a file; `unknown` where the remote does not give them. */
export type Size = number | 'unknown';

/** A file that a remote lists. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly time: number;
  /** What a store of objects calls its version, without quotes. */
  readonly etag?: string;
}

/** What differs between versions of a file. */
export type FileVersion = Pick<Listed, 'size' | 'etag'> & Partial<Pick<Listed, 'time'>>;

/** A file does not have the bytes of its checksum. */
export class Damaged extends Error {}

export interface Remote {
  readonly name: string;
  /** For people; without credentials. */
  readonly url: string;
  /** How many requests at once suit it, where the user asks for no other number. */
  readonly jobs?: number;
  /** Compares a file that is `unchecked` with its checksum while it sends it, so that the file is read once. */
  readonly checks?: true;
  /** Undefined where there is no such file. */
  size(key: string): Promise<Size | undefined>;
  /** Undefined where there is no such file; of remotes that data can be imported from. */
  readonly version?: (key: string) => Promise<FileVersion | undefined>;
  /** Looks for many files, in the way that costs least. @returns those that exist. */
  sizes(keys: readonly string[], jobs: number): Promise<ReadonlyMap<string, Size>>;
  /**
   * Hands over what a file holds. @param take may be called again from the start, where the way was interrupted.
   * @returns what `take` returned; undefined where there is no such file.
   */
  read<T>(key: string, take: (body: Body) => Promise<T>): Promise<T | undefined>;
  /**
   * Reads parts of a large file, several at the same time where that is faster. @param take gets every byte once, in any order.
   * @returns `unfit` where the file cannot be read so or is of another version, whatever was taken until then.
   */
  readonly readParts?: (key: string, lacking: Lacking, take: TakeAt) => Promise<'read' | 'missing' | 'unfit'>;
  /**
   * Writes a file: it appears complete, or not at all.
   * @param replace whatever is there; else `exists` may be the answer, where somebody else was faster.
   * @throws Damaged where a file that it checks does not have its checksum.
   */
  write(key: string, source: Source, replace: boolean): Promise<'written' | 'exists'>;
  /** Makes what was written safe against a power cut there, as far as that is in our hands. */
  settle(): Promise<void>;
  /** All files below a folder, in pages; a remote that cannot list has no such method. @param folder '' for the whole remote. */
  readonly list?: (folder: string) => AsyncIterable<readonly Listed[]>;
  /** The same, where only the server knows whether it can list. @throws PipeError where it cannot. */
  readonly tryList?: (folder: string) => AsyncIterable<readonly Listed[]>;
  /** Removes files; those that do not exist are no failure. A remote that cannot remove has no such method. */
  readonly remove?: (keys: readonly string[]) => Promise<void>;
  /** Ends connections and programs. Nothing is asked afterwards. */
  close(): Promise<void>;
}
