// Writes YAML in DVC's hand, byte for byte: the block style, folding and escapes of ruamel.yaml's emitter at its width of
// 80 columns. Each function follows the emitter's one of the same purpose; columns and positions count code points.
import { isBreak, styleOf } from './yaml-scalar.ts';

const WIDTH = 80;

export interface Writer {
  /** Goes to the start of a line, unless it is there, and to the column. */
  indent(column: number): void;
  /** A dash, colon, bracket or question mark. @param space set apart from what stands before it. */
  indicator(text: string, space: boolean, indention?: boolean): void;
  /** A string in the style that it needs. @param key on one line. @param indent where further lines start. */
  scalar(text: string, indent: number, key: boolean): void;
  /** A number, `true`, or nothing (null). */
  plain(text: string, indent: number): void;
  newLine(): void;
  /** The last thing written was a line end, or the dash or question mark that opens an item. */
  readonly indention: boolean;
  text(): string;
}

export function makeWriter(): Writer {
  let out = '';
  let column = 0;
  let whitespace = true;
  let indention = true;

  const put = (text: string): void => {
    out += text;
    column += Array.from(text).length;
  };
  const newLine = (char = '\n'): void => {
    out += char;
    column = 0;
    whitespace = true;
    indention = true;
  };
  const indent = (to: number): void => {
    if (!indention || column > to || (column === to && !whitespace)) newLine();
    if (column < to) {
      whitespace = true;
      put(' '.repeat(to - column));
    }
  };
  const indicator = (text: string, space: boolean, opens = false): void => {
    put(whitespace || !space ? text : ` ${text}`);
    whitespace = false;
    indention &&= opens;
  };
  const glue = (): void => {
    whitespace = false;
    indention = false;
  };

  function writePlain(text: string, to: number, split: boolean): void {
    if (text === '') return;
    if (!whitespace) put(' ');
    glue();
    for (const word of splitWords(text)) {
      if (word.startsWith(' ')) {
        if (word.length === 1 && column >= WIDTH && split) {
          indent(to);
          glue();
        } else put(word);
      } else {
        // A word that is too long for its line gets one of its own.
        if (Array.from(word).length + column > WIDTH && column > to) indent(to);
        put(word);
      }
    }
  }

  function writeSingle(text: string, to: number, split: boolean): void {
    indicator("'", true);
    // Texts with a quote or a line feed are double-quoted: only the rarer breaks stand here.
    const pieces = text.match(/ +|[\u0085\u2028\u2029]+|[^ \u0085\u2028\u2029]+/gu) ?? [];
    for (const [index, piece] of pieces.entries()) {
      if (piece.startsWith(' ')) {
        const inside = index > 0 && index < pieces.length - 1;
        if (piece.length === 1 && column > WIDTH && split && inside) indent(to);
        else put(piece);
      } else if (isBreak(piece[0])) {
        for (const char of piece) newLine(char);
        indent(to);
      } else put(piece);
    }
    indicator("'", false);
  }

  function writeDouble(text: string, to: number, split: boolean): void {
    indicator('"', true);
    const chars = Array.from(text);
    let start = 0;
    for (let end = 0; end <= chars.length; end += 1) {
      const char = chars[end];
      if (char === undefined || needsEscape(char)) {
        put(chars.slice(start, end).join(''));
        start = end;
        if (char !== undefined) {
          put(escape(char));
          start = end + 1;
        }
      }
      const foldable = end > 0 && end < chars.length - 1 && (char === ' ' || start >= end);
      if (foldable && split && column + (end - start) > WIDTH) {
        const backslash = needsBackslash(chars, start, end);
        put(chars.slice(start, Math.max(start, end)).join('') + (backslash ? '\\' : ''));
        start = Math.max(start, end);
        indent(to);
        glue();
        if (chars[start] === ' ') {
          if (backslash) put('\\');
          else start += 1;
        }
      }
    }
    indicator('"', false);
  }

  return {
    indent,
    indicator,
    newLine: () => newLine(),
    scalar(text, to, key) {
      switch (styleOf(text, key)) {
        case 'plain':
          return writePlain(text, to, !key);
        case 'single':
          return writeSingle(text, to, !key);
        case 'double':
          return writeDouble(text, to, !key);
      }
    },
    plain: (text, to) => writePlain(text, to, true),
    get indention() {
      return indention;
    },
    text: () => out,
  };
}

/** Runs of spaces and what stands between them. */
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
  let space = chars.indexOf(' ', end);
  if (space < 0) return true;
  const newline = chars.indexOf('\n', end);
  if (newline >= 0 && newline < space) space = newline;
  const next = chars[space + 1];
  if (chars[space] === '\n' && next !== ' ') return true;
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
