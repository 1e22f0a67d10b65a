// Pieces of HTML text: escaping, numbers, tables. The page's content is in sections.ts, its look in style.ts.

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Four significant places behind the point for errors, three for shares. */
export const errorText = (value: number): string => value.toFixed(4);
export const shareText = (value: number): string => value.toFixed(3);
export const percentText = (value: number): string => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
export const countText = (value: number): string => value.toLocaleString('en');

export interface Column<Row> {
  readonly title: string;
  /** HTML. */
  readonly cell: (row: Row) => string;
  /** Numbers are set to the right, in figures of one width. */
  readonly number?: boolean;
}

/** The first column is the row's header. `mark` gives a row's class. */
export function table<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  mark: (row: Row) => string = () => '',
): string {
  const kind = (column: Column<Row>): string => (column.number === true ? ' class="number"' : '');
  const head = columns
    .map((column) => `<th scope="col"${kind(column)}>${escape(column.title)}</th>`)
    .join('');
  const body = rows.map((row) => {
    const cells = columns.map((column, at) =>
      at === 0
        ? `<th scope="row"${kind(column)}>${column.cell(row)}</th>`
        : `<td${kind(column)}>${column.cell(row)}</td>`,
    );
    const name = mark(row);
    return `<tr${name === '' ? '' : ` class="${name}"`}>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}
