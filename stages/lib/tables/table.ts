// A table as data, for every form in which it is written: LaTeX, Markdown, HTML. Their content is decided in
// grid-table.ts and test-table.ts.

export interface TableColumn {
  readonly title: string;
  /** In LaTeX, where it is another. */
  readonly latex?: string;
  readonly number: boolean;
}

/** Plain text, or a mean with its deviation. */
export type Cell = string | { readonly mean: string; readonly deviation: string };

export interface TableRow {
  readonly cells: readonly Cell[];
  /** Columns whose value is the best of the group. */
  readonly best: readonly number[];
  /** Kind of its marks in figures, where it has one. */
  readonly kind?: string;
}

export interface TableGroup {
  /** Noise level as it is spelled. */
  readonly level: string;
  readonly rows: readonly TableRow[];
}

export interface Table {
  /** Of its files. */
  readonly name: string;
  /** Sentences; they may contain σ, ±, ↓ and ↑. */
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly groups: readonly TableGroup[];
}

export function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell : `${cell.mean} ± ${cell.deviation}`;
}
