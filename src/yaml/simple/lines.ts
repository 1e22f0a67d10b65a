// The lines of a text that have content, one at a time: without blank lines, comment lines, and comments at the end of a
// line. A block scalar takes its lines as they are written.
import { leaveToFullReader } from './full-reader.ts';

export interface Line {
  /** Where the content begins; moves on as the reader takes the dashes of list items. */
  from: number;
  /** Where the line begins. */
  readonly start: number;
  /** After the last character of the content. */
  readonly end: number;
}

export class Lines {
  /** Undefined at the end of the text. */
  current: Line | undefined;
  readonly #text: string;
  /** Where the line after the current one begins. */
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.advance();
  }

  advance(): void {
    const text = this.#text;
    for (let start = this.#next; start < text.length;) {
      const stop = lineStop(text, start);
      const from = afterSpaces(text, start);
      if (from < stop && text[from] !== '#') {
        if (from === start && isDocumentMark(text, from)) leaveToFullReader();
        this.#next = stop + 1;
        this.current = { from, start, end: contentEnd(text, from, stop) };
        return;
      }
      start = stop + 1;
    }
    this.#next = text.length;
    this.current = undefined;
  }

  /**
   * Moves past the current line and the lines after it that are blank or deeper than a column.
   * @returns the offset at which each begins.
   */
  takeDeeper(column: number): readonly number[] {
    const text = this.#text;
    const starts: number[] = [];
    let start = this.#next;
    while (start < text.length) {
      const stop = lineStop(text, start);
      const from = afterSpaces(text, start);
      if (from < stop && from - start <= column) break;
      starts.push(start);
      start = stop + 1;
    }
    this.#next = start;
    this.advance();
    return starts;
  }
}

/** Where a line ends, without its line end. */
export function lineStop(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline;
}

export function afterSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}

/** The marks between documents, and directives. */
const isDocumentMark = (text: string, at: number): boolean =>
  text[at] === '%' || text.startsWith('---', at) || text.startsWith('...', at);

function contentEnd(text: string, from: number, stop: number): number {
  // Searched for in the line alone: the next one may be far.
  const hash = text.slice(from, stop).indexOf(' #');
  let end = stop;
  if (hash >= 0) {
    // It may be inside of quotes.
    if (/["']/.test(text.slice(from, from + hash))) leaveToFullReader();
    end = from + hash;
  }
  while (text[end - 1] === ' ') end -= 1;
  return end;
}
