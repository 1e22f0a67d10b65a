// The list of a directory's files in the state database: a line for each file, in the order of the walk that wrote them.
import type { Digest } from './digest.ts';

/** One line or several, without the last line end. */
export type FileLine = string & { readonly fileLine: never };

/** @param path relative to the directory. @param key its stat data as text. */
export const fileLine = (path: string, key: string, digest: Digest): FileLine =>
  `${lineStart(path)}${key}\t${digest}` as FileLine;

const lineStart = (path: string): string => `${JSON.stringify(path)}\t`;

/** From where to where lines are in the text, the last end included. */
export interface LinePlace {
  readonly start: number;
  readonly end: number;
}

export interface ListedFile extends LinePlace {
  readonly digest: Digest;
  /** Only such files are listed. */
  readonly settled: true;
}

export class FileLines {
  readonly #text: string;
  /** The line after the one that was found last: the next walk finds most files in the same order. */
  #next = 0;
  /** By the start of each line. Made once a file is not the next one. */
  #places: ReadonlyMap<string, number> | undefined;

  /** @param text whole lines. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The file with this name, relative to the directory, if its stat data is the same. */
  find(name: string, key: string): ListedFile | undefined {
    const text = this.#text;
    const head = lineStart(name);
    if (!text.startsWith(head, this.#next)) {
      this.#places ??= placesIn(text);
      const place = this.#places.get(head);
      if (place === undefined) return undefined;
      this.#next = place;
    }
    const start = this.#next;
    this.#next = text.indexOf('\n', start) + 1;
    const at = start + head.length;
    if (!text.startsWith(`${key}\t`, at)) return undefined;
    const digest = text.slice(at + key.length + 1, this.#next - 1) as Digest;
    return { digest, settled: true, start, end: this.#next };
  }

  lines({ start, end }: LinePlace): FileLine {
    return this.#text.slice(start, end - 1) as FileLine;
  }
}

function placesIn(text: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1)
    places.set(text.slice(at, text.indexOf('\t', at) + 1), at);
  return places;
}
