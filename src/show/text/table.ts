// Tables of texts: aligned for a terminal, as Markdown, as CSV.
import type { Paint } from './paint.ts';
import { spelledOut } from './spell-out.ts';
import { cutTo, padTo, textWidth } from './text-width.ts';

export interface Table {
  readonly columns: readonly TableColumn[];
  /** A cell for each column. */
  readonly rows: readonly (readonly string[])[];
}

export interface TableColumn {
  readonly title: string;
  /** Default left. */
  readonly align?: 'right';
}

const GAP = '  ';
/** A cell is cut to no less, so that it still says something. */
const LEAST = 8;

/**
 * Lines for a terminal. A table that is too wide has its widest columns cut; where that is not enough, each row becomes
 * lines of its own. @param width in columns; Infinity where nothing limits it.
 */
export function tableText({ columns, rows }: Table, width: number, paint: Paint): string {
  const titles = columns.map(({ title }) => spelledOut(title));
  const cells = rows.map((row) => row.map(spelledOut));
  const natural = titles.map((title, at) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[at]!))),
  );
  const widths = narrowed(natural, width - GAP.length * (columns.length - 1));
  if (!widths) return recordsText(titles, cells, width, paint);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => {
        const cut = cutTo(cell, widths[at]!);
        return columns[at]!.align === 'right'
          ? ' '.repeat(Math.max(0, widths[at]! - textWidth(cut))) + cut
          : padTo(cut, widths[at]!);
      })
      .join(GAP)
      .trimEnd();
  return [paint('bold', line(titles)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

/** The widest give way first. @returns undefined where the columns cannot fit. */
function narrowed(natural: readonly number[], space: number): readonly number[] | undefined {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, 0) - space;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= LEAST) return undefined;
    const next = Math.max(LEAST, ...widths.filter((width) => width < widest));
    const at = widths.flatMap((width, index) => (width === widest ? [index] : []));
    const each = Math.max(1, Math.min(widest - next, Math.ceil(over / at.length)));
    for (const index of at) {
      if (over <= 0) break;
      widths[index] = widest - each;
      over -= each;
    }
  }
  return widths;
}

function recordsText(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint,
): string {
  const left = Math.min(Math.max(...titles.map(textWidth)), Math.max(LEAST, Math.floor(width / 2)));
  const record = (row: readonly string[]): string =>
    titles
      .flatMap((title, at) => (row[at] === '-' || row[at] === '' ? [] : [[title, row[at]!] as const]))
      .map(
        ([title, cell]) =>
          `${paint('bold', padTo(cutTo(title, left), left))}${GAP}${cutTo(cell, Math.max(LEAST, width - left - GAP.length))}\n`,
      )
      .join('');
  return rows.map(record).join('\n');
}

/** GitHub's. What could be read as Markdown or HTML is escaped. */
export function tableMarkdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const rule = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  return (
    line(columns.map(({ title }) => markdownText(title))) +
    `|${rule.join('|')}|\n` +
    rows.map((row) => line(row.map(markdownText))).join('')
  );
}

/** Nothing in it is markup, a mention, a reference or a link. */
const plain = (): RegExp =>
  /^(?!www\.|.*:\/\/)[\p{L}\p{N} .,:;()%+='"?{}$/\u2192\u2026-]*(?:(?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}])[\p{L}\p{N} .,:;()%+='"?{}$/\u2192\u2026-]*)*$/u;

/** A text in a cell or paragraph of Markdown, as it is, on one line. What could be markup is code. */
export function markdownText(text: string): string {
  const line = spelledOut(text);
  if (plain().test(line)) return line;
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${space}${line.replaceAll('|', '\\|')}${space}${fence}`;
}

/** RFC 4180. */
export function tableCsv({ columns, rows }: Table): string {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns.map(({ title }) => title), ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
