// Tables as Markdown: one for each noise level, below its heading.
import { cellText, type Table, type TableRow } from './table.ts';

export function markdownTable({ caption, columns, groups }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const tables = groups.map(({ level, rows }) =>
    [
      `### σ = ${level}`,
      '',
      line(columns.map(({ title }) => markdownText(title))),
      line(columns.map(({ number }) => (number ? '---:' : '---'))),
      ...rows.map((row) => line(row.cells.map((_, column) => markdownCell(row, column)))),
    ].join('\n'),
  );
  return `${[markdownText(caption), ...tables].join('\n\n')}\n`;
}

function markdownCell({ cells, best }: TableRow, column: number): string {
  const text = markdownText(cellText(cells[column]!));
  return best.includes(column) ? `**${text}**` : text;
}

function markdownText(text: string): string {
  return text.replace(/[\\|*_`<[\]]/g, (character) => `\\${character}`);
}
