// Pieces of the page as HTML text: tables, figures, links to data. The sections have the content, style.ts the look.
import { inlineSvg, type Figure } from '../figures/svg.ts';
import { escape } from '../figures/markup.ts';
import { cellText, type Table, type TableColumn, type TableGroup } from '../tables/table.ts';

export interface Link {
  /** Relative to the page. */
  readonly path: string;
  readonly text: string;
}

/** Paths of the page's neighbours, relative to it. */
export interface Places {
  readonly figures: string;
  readonly tables: string;
  /** Page on which one draws a digit. */
  readonly draw: string;
}

/** The files of a figure, and what it is drawn from. */
export function figureLinks(places: Places, name: string, data: readonly Link[]): string {
  const files = ['SVG', 'PNG'].map((kind) => ({
    path: `${places.figures}/${name}.${kind.toLowerCase()}`,
    text: kind,
  }));
  return links([...data, ...files]);
}

export function figureData(places: Places, name: string): Link {
  return { path: `${places.figures}/${name}.csv`, text: 'data as CSV' };
}

export function tableLinks(places: Places, { name }: Table): string {
  const kinds = [
    ['csv', 'CSV'],
    ['md', 'Markdown'],
    ['tex', 'LaTeX'],
  ] as const;
  return links(kinds.map(([ending, text]) => ({ path: `${places.tables}/${name}.${ending}`, text })));
}

function links(all: readonly Link[]): string {
  const items = all.map(({ path, text }) => `<a href="${escape(path)}">${escape(text)}</a>`);
  return `<span class="files">${items.join(' · ')}</span>`;
}

/** @param files of the figure, from figureLinks */
export function figureHtml(figure: Figure, files: string): string {
  return (
    `<figure style="--width: ${figure.width}px">${scrolling(figure.title, inlineSvg(figure))}` +
    `<figcaption>${escape(figure.title)}. ${files}</figcaption></figure>`
  );
}

/** What may be wider than the screen: it scrolls by itself, with the keyboard too. @param name for readers who do not see it */
function scrolling(name: string, content: string): string {
  return `<div class="wide" tabindex="0" role="group" aria-label="${escape(name)}">${content}</div>`;
}

/** One group of a table. The first column is the row's header. */
export function tableHtml(columns: readonly TableColumn[], { level, rows }: TableGroup): string {
  const caption = `Noise σ = ${escape(level)}`;
  const kind = (column: number): string => (columns[column]!.number ? ' class="number"' : '');
  const head = columns.map(({ title }, at) => `<th scope="col"${kind(at)}>${escape(title)}</th>`);
  const body = rows.map(({ cells, best, kind: mark }) => {
    const parts = cells.map((cell, at) => {
      const text = best.includes(at) ? `<strong>${escape(cellText(cell))}</strong>` : escape(cellText(cell));
      const key = at > 0 || columns[0]!.number ? '' : `<span class="key ${mark ?? 'none'}"></span>`;
      // On a phone, where a row is a block, each value has its column's title beside it.
      const title = at > 0 || columns[0]!.number ? ` data-title="${escape(columns[at]!.title)}"` : '';
      return at === 0
        ? `<th scope="row"${kind(at)}${title}>${key}${text}</th>`
        : `<td${kind(at)}${title}>${text}</td>`;
    });
    return `<tr>${parts.join('')}</tr>`;
  });
  return scrolling(
    caption,
    `<table><caption>${caption}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
  );
}

/** All groups of a table, then its caption. */
export function tablesHtml(table: Table, places: Places): string {
  const tables = table.groups.map((group) => tableHtml(table.columns, group));
  return `${tables.join('')}<p class="note">${escape(table.caption)} ${tableLinks(places, table)}</p>`;
}

/** Rows of a name and a value. */
export function factsTable(
  caption: string,
  rows: readonly (readonly [name: string, value: string])[],
): string {
  const body = rows.map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`,
  );
  return scrolling(
    caption,
    `<table class="facts-table"><caption>${escape(caption)}</caption><tbody>${body.join('\n')}</tbody></table>`,
  );
}

/** @param png bytes of the picture */
export function pngSource(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
