// Writes YAML as DVC does, byte for byte: the block style, folding and escapes of ruamel.yaml's emitter at its width of 80 columns. Each
// method follows the emitter's method of the same purpose; columns and positions count code points.
import { isBreak, styleOf } from './yaml-scalar.ts';

const WIDTH = 80;

export class YamlWriter {
  #out = '';
  #column = 0;
  /** The last thing written was a blank or a line end. */
  #whitespace = true;
  #indention = true;

  get text(): string {
    return this.#out;
  }

  /** The last thing written was a line end, or the dash or question mark that opens an item. */
  get indention(): boolean {
    return this.#indention;
  }

  newLine(char = '\n'): void {
    this.#out += char;
    this.#column = 0;
    this.#whitespace = true;
    this.#indention = true;
  }

  /** Goes to the column, at the start of a line. */
  indent(column: number): void {
    const isPast = this.#column > column || (this.#column === column && !this.#whitespace);
    if (!this.#indention || isPast) this.newLine();
    if (this.#column < column) {
      this.#whitespace = true;
      this.#put(' '.repeat(column - this.#column));
    }
  }

  /** A dash, colon, bracket or question mark. @param space separated from the text before it. @param opens an item. */
  indicator(text: string, space: boolean, opens = false): void {
    this.#put(this.#whitespace || !space ? text : ` ${text}`);
    this.#whitespace = false;
    this.#indention &&= opens;
  }

  /** A string in the style that it needs. @param indent where further lines start. @param key on one line. */
  scalar(text: string, indent: number, key: boolean): void {
    switch (styleOf(text, key)) {
      case 'plain':
        return this.#plain(text, indent, !key);
      case 'single':
        return this.#single(text, indent, !key);
      case 'double':
        return this.#double(text, indent, !key);
    }
  }

  /** A number, `true`, or nothing (null). */
  plain(text: string, indent: number): void {
    this.#plain(text, indent, true);
  }

  #put(text: string): void {
    this.#out += text;
    this.#column += Array.from(text).length;
  }

  #startWord(): void {
    this.#whitespace = false;
    this.#indention = false;
  }

  #plain(text: string, to: number, split: boolean): void {
    if (text === '') return;
    if (!this.#whitespace) this.#put(' ');
    this.#startWord();
    for (const word of splitWords(text)) {
      if (word.startsWith(' ')) {
        if (word.length === 1 && this.#column >= WIDTH && split) {
          this.indent(to);
          this.#startWord();
        } else this.#put(word);
      } else {
        // A word that is too long for its line gets one of its own.
        if (Array.from(word).length + this.#column > WIDTH && this.#column > to) this.indent(to);
        this.#put(word);
      }
    }
  }

  #single(text: string, to: number, split: boolean): void {
    this.indicator("'", true);
    // Texts with a quote or a line feed are double-quoted: only the rarer breaks are here.
    const pieces = text.match(/ +|[\u0085\u2028\u2029]+|[^ \u0085\u2028\u2029]+/gu) ?? [];
    for (const [index, piece] of pieces.entries()) {
      if (piece.startsWith(' ')) {
        const inside = index > 0 && index < pieces.length - 1;
        if (piece.length === 1 && this.#column > WIDTH && split && inside) this.indent(to);
        else this.#put(piece);
      } else if (isBreak(piece[0])) {
        for (const char of piece) this.newLine(char);
        this.indent(to);
      } else this.#put(piece);
    }
    this.indicator("'", false);
  }

  #double(text: string, to: number, split: boolean): void {
    this.indicator('"', true);
    const chars = Array.from(text);
    let start = 0;
    for (let end = 0; end <= chars.length; end += 1) {
      const char = chars[end];
      if (char === undefined || needsEscape(char)) {
        this.#put(chars.slice(start, end).join(''));
        start = end;
        if (char !== undefined) {
          this.#put(escape(char));
          start = end + 1;
        }
      }
      const foldable = end > 0 && end < chars.length - 1 && (char === ' ' || start >= end);
      if (foldable && split && this.#column + (end - start) > WIDTH)
        start = this.#fold(chars, start, end, to);
    }
    this.indicator('"', false);
  }

  /** Starts a new line inside of a double-quoted text. @returns the index of the next character to write. */
  #fold(chars: readonly string[], start: number, end: number, to: number): number {
    const backslash = needsBackslash(chars, start, end);
    this.#put(chars.slice(start, Math.max(start, end)).join('') + (backslash ? '\\' : ''));
    const next = Math.max(start, end);
    this.indent(to);
    this.#startWord();
    if (chars[next] !== ' ') return next;
    if (!backslash) return next + 1;
    this.#put('\\');
    return next;
  }
}

/** Runs of spaces and what is between them. */
const splitWords = (text: string): readonly string[] => text.match(/ +|[^ ]+/gu) ?? [];

function needsEscape(char: string): boolean {
  const code = char.codePointAt(0)!;
  if ('"\\\u0085\u2028\u2029\ufeff'.includes(char)) return true;
  return !(
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000
  );
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\u0007', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\u001b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
]);

function escape(char: string): string {
  const short = ESCAPES.get(char);
  if (short !== undefined) return `\\${short}`;
  const hex = char.codePointAt(0)!.toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Whether a fold at `end` must be escaped, because reading it would otherwise add or lose a space. */
function needsBackslash(chars: readonly string[], start: number, end: number): boolean {
  const space = chars.indexOf(' ', end);
  const newline = chars.indexOf('\n', end);
  if (space < 0 || (newline >= 0 && newline < space)) return true;
  const next = chars[space + 1];
  const word = chars.slice(end, space);
  return !(
    !word.includes('"') &&
    !word.includes("'") &&
    next !== undefined &&
    next !== ' ' &&
    next !== '\n' &&
    !(chars[end - 1] === ' ' && chars[end] === ' ') &&
    start !== end
  );
}
