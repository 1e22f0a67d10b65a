// A sheet of characters with boxes and lines on it: lines join where they belong together and pass where they cross.
import type { Paint, Style } from '../text/paint.ts';
import { cells } from '../text/text-width.ts';

const UP = 1;
const DOWN = 2;
const LEFT = 4;
const RIGHT = 8;

/** Light lines by the sides that they lead to. */
const GLYPHS = [' ', '╵', '╷', '│', '╴', '╯', '╮', '┤', '╶', '╰', '╭', '├', '─', '┴', '┬', '┼'];

export interface Canvas {
  /** Columns `from` to `to` of a row, of one line. All horizontal parts are drawn before the vertical ones. */
  horizontal(line: number, row: number, from: number, to: number): void;
  /** Enters row `from` from above unless the line begins there; the same below for row `to`. */
  vertical(
    line: number,
    column: number,
    from: number,
    to: number,
    ends: { readonly up: boolean; readonly down: boolean },
  ): void;
  write(row: number, column: number, text: string, style?: Style): void;
  rows(paint: Paint): string[];
}

export function makeCanvas(height: number, width: number): Canvas {
  const sides = Array.from({ length: height }, () => new Uint8Array(width));
  const owners = Array.from({ length: height }, () => new Int32Array(width).fill(-1));
  const texts = Array.from({ length: height }, () => Array<string | undefined>(width));
  const styles = Array.from({ length: height }, () => Array<Style | undefined>(width));

  const draw = (line: number, row: number, column: number, added: number): void => {
    // A vertical part passes over the horizontal part of another line.
    const own = owners[row]![column] === line ? sides[row]![column]! : 0;
    sides[row]![column] = own | added;
    owners[row]![column] = line;
  };
  return {
    horizontal(line, row, from, to) {
      for (let column = from; column <= to; column += 1) {
        draw(line, row, column, (column > from ? LEFT : 0) | (column < to ? RIGHT : 0));
      }
    },
    vertical(line, column, from, to, ends) {
      for (let row = from; row <= to; row += 1) {
        draw(line, row, column, (row > from || ends.up ? UP : 0) | (row < to || ends.down ? DOWN : 0));
      }
    },
    write(row, column, text, style) {
      let at = column;
      for (const cell of cells(text)) {
        texts[row]![at] = cell.text;
        styles[row]![at] = style;
        if (cell.width === 2) texts[row]![at + 1] = '';
        at += cell.width;
      }
    },
    rows(paint) {
      return sides.map((row, index) => {
        const characters = Array.from(row, (side, column) => texts[index]![column] ?? GLYPHS[side]!);
        return paintRuns(characters, styles[index]!, paint).trimEnd();
      });
    },
  };
}

function paintRuns(
  characters: readonly string[],
  styles: readonly (Style | undefined)[],
  paint: Paint,
): string {
  let row = '';
  for (let start = 0; start < characters.length;) {
    const style = styles[start];
    let end = start + 1;
    while (end < characters.length && styles[end] === style) end += 1;
    const run = characters.slice(start, end).join('');
    row += style ? paint(style, run) : run;
    start = end;
  }
  return row;
}
