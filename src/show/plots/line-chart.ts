// Draws lines in the terminal: braille dots, or letters where the terminal has no Unicode. Pure.
import { shortNumber } from '../text/number-text.ts';
import { cutTo, textWidth } from '../text/text-width.ts';

export interface ChartLine {
  readonly name: string;
  /** At least one; finite. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows of the drawing itself. */
  readonly height: number;
  readonly unicode: boolean;
  /** Paints what belongs to a line, by its number. */
  readonly paint: (line: number, text: string) => string;
  /** Lines differ in colour; else in letters. */
  readonly coloured: boolean;
  readonly xLabel: string;
}

interface Scale {
  readonly low: number;
  readonly high: number;
}

const LETTERS = 'ox+*#@%&';
const MOST_LABEL = 12;

/** @param lines at least one. @returns lines of text. */
export function lineChart(lines: readonly ChartLine[], options: ChartOptions): string[] {
  const { width, height, unicode, paint, coloured } = options;
  const [x, y] = [0, 1].map((axis) =>
    scaleOf(lines.flatMap(({ points }) => points.map((point) => point[axis]!))),
  );
  const top = numberText(y!.high);
  const bottom = numberText(y!.low);
  const margin = Math.max(top.length, bottom.length);
  const columns = Math.max(8, width - margin - 3);
  const braille = unicode && (coloured || lines.length === 1);
  const grid = braille
    ? brailleGrid(lines, x!, y!, columns, height)
    : letterGrid(lines, x!, y!, columns, height, unicode && lines.length === 1);
  const axis = unicode
    ? { line: '│', corner: '└', dash: '─', tick: '┤' }
    : { line: '|', corner: '+', dash: '-', tick: '+' };
  const rows = grid.map((cells, row) => {
    const label = row === 0 ? top : row === height - 1 ? bottom : '';
    const text = cells.map(({ text, line }) => (line === undefined ? text : paint(line, text))).join('');
    return `${label.padStart(margin)} ${label === '' ? axis.line : axis.tick}${text}`.trimEnd();
  });
  const left = numberText(x!.low);
  const right = numberText(x!.high);
  const label = cutTo(options.xLabel, Math.max(0, columns - left.length - right.length - 2));
  const gap = Math.max(2, columns - left.length - right.length - textWidth(label));
  const before = ' '.repeat(Math.floor(gap / 2));
  const after = ' '.repeat(Math.ceil(gap / 2));
  return [
    ...rows,
    `${' '.repeat(margin + 1)}${axis.corner}${axis.dash.repeat(columns)}`,
    `${' '.repeat(margin + 2)}${left}${before}${label}${after}${right}`,
    ...(lines.length > 1 || lines[0]!.name !== '' ? legend(lines, braille, options, margin) : []),
  ];
}

function legend(
  lines: readonly ChartLine[],
  braille: boolean,
  { width, unicode, paint }: ChartOptions,
  margin: number,
): string[] {
  const indent = ' '.repeat(margin + 2);
  return lines.map(({ name }, line) => {
    const mark = braille ? '━━' : markOf(line, unicode && lines.length === 1);
    return `${indent}${paint(line, mark)} ${cutTo(name, Math.max(4, width - margin - 6))}`;
  });
}

const markOf = (line: number, dots: boolean): string => (dots ? '•' : LETTERS[line % LETTERS.length]!);

interface Cell {
  readonly text: string;
  readonly line?: number;
}

/** Each character has 2 × 4 dots. */
function brailleGrid(
  lines: readonly ChartLine[],
  x: Scale,
  y: Scale,
  columns: number,
  height: number,
): Cell[][] {
  const dots = Array.from({ length: height }, () =>
    Array.from({ length: columns }, () => ({ bits: 0, line: 0 })),
  );
  for (const [line, { points }] of lines.entries())
    trace(points, x, y, columns * 2, height * 4, (column, row) => {
      const cell = dots[row >> 2]![column >> 1]!;
      cell.bits |= DOTS[row & 3]![column & 1]!;
      cell.line = line;
    });
  return dots.map((row) =>
    row.map(({ bits, line }) =>
      bits === 0 ? { text: ' ' } : { text: String.fromCharCode(0x2800 + bits), line },
    ),
  );
}

const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

function letterGrid(
  lines: readonly ChartLine[],
  x: Scale,
  y: Scale,
  columns: number,
  height: number,
  dots: boolean,
): Cell[][] {
  const grid = Array.from({ length: height }, () =>
    Array.from({ length: columns }, (): Cell => ({ text: ' ' })),
  );
  for (const [line, { points }] of lines.entries())
    trace(points, x, y, columns, height, (column, row) => {
      grid[row]![column] = { text: markOf(line, dots), line };
    });
  return grid;
}

/** Calls `dot` along the straight lines between the points, in the order of x. */
function trace(
  points: ChartLine['points'],
  x: Scale,
  y: Scale,
  width: number,
  height: number,
  dot: (column: number, row: number) => void,
): void {
  const place = (value: number, { low, high }: Scale, size: number): number =>
    Math.round(((value - low) / (high - low)) * (size - 1));
  let before: readonly [number, number] | undefined;
  for (const [px, py] of points.toSorted((a, b) => a[0] - b[0])) {
    const at = [place(px, x, width), height - 1 - place(py, y, height)] as const;
    const [column, row] = before ?? at;
    const steps = Math.max(Math.abs(at[0] - column), Math.abs(at[1] - row), 1);
    for (let step = before ? 1 : steps; step <= steps; step += 1) {
      const part = step / steps;
      dot(Math.round(column + (at[0] - column) * part), Math.round(row + (at[1] - row) * part));
    }
    before = at;
  }
}

/** Never empty: a constant is in the middle. */
function scaleOf(values: readonly number[]): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < high) return { low, high };
  const around = Math.abs(low) / 10 || 1;
  return { low: low - around, high: high + around };
}

/** Four digits say enough beside an axis, and all that are before the point. */
function numberText(value: number): string {
  const text = shortNumber(value, 4);
  return text.length <= MOST_LABEL ? text : value.toExponential(2);
}
