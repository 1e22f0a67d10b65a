// What push and fetch ask of a remote: named files, each written as a whole. What the names mean, and whether the bytes
// are the right ones, is not known here.

/** Bytes to be written: a file by its absolute path, or a short text. */
export type Source = FileSource | { readonly text: string };

export interface FileSource {
  readonly path: string;
  readonly size: number;
  /** Called with bytes as they are sent; after an interruption they are sent again. */
  readonly onSent?: (bytes: number) => void;
}

export interface Remote {
  readonly name: string;
  /** For people; without credentials. */
  readonly url: string;
  /** Bytes of a file; undefined where there is none, `unknown` where the remote does not give it. */
  size(key: string): Promise<number | 'unknown' | undefined>;
  /**
   * Hands over what a file holds. @param take may be called again from the start, where the way was interrupted.
   * @returns what `take` returned; undefined where there is no such file.
   */
  read<T>(key: string, take: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T | undefined>;
  /**
   * Writes a file: it appears complete, or not at all.
   * @param replace whatever is there; else `exists` may be the answer, where somebody else was faster.
   */
  write(key: string, source: Source, replace: boolean): Promise<'written' | 'exists'>;
  /** Makes what was written safe against a power cut there, as far as that is in our hands. */
  settle(): Promise<void>;
  /** Names of the files in a folder, newest first; a remote that cannot list has no such method. */
  readonly list?: (folder: string) => Promise<readonly string[]>;
}
