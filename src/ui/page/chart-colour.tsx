// The colour of rows in charts: from blue to orange by one of their values, legible on light and on dark paper.
import { scaleOf } from './scale.ts';
import { cellOf, type Row, type Table } from './table-model.ts';

export interface ChartProps {
  /** The rows and columns that are shown. */
  readonly table: Table;
  readonly picked: readonly string[];
  readonly toggle: (id: string) => void;
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void;
}

/** @param wanted a column; by default the last metric. @param rows whose values span the scale. */
export function colourOf(
  { columns }: Table,
  wanted: string | undefined,
  rows: readonly Row[],
): { readonly label: string | undefined; readonly of: (row: Row) => string } {
  const label =
    columns.find((column) => column.label === wanted)?.label ??
    columns.findLast(({ kind, label: name }) => kind === 'metric' && name !== 'seconds')?.label ??
    columns.at(-1)?.label;
  if (label === undefined) return { label, of: () => 'var(--accent)' };
  const scale = scaleOf(
    label,
    rows.map((row) => cellOf(row, label)),
  );
  return {
    label,
    of(row) {
      const place = scale.place(cellOf(row, label));
      if (place === undefined) return 'var(--strong)';
      return `color-mix(in oklab, var(--high) ${(100 * place).toFixed(0)}%, var(--low))`;
    },
  };
}

export const ColourChoice = ({
  table: { columns },
  colour,
  set,
}: Pick<ChartProps, 'table' | 'set'> & { colour: string | undefined }) => (
  <div class="row-of">
    <label>
      Colour{' '}
      <select
        value={colour ?? ''}
        onChange={(event) => set({ colour: event.currentTarget.value || undefined })}
      >
        {columns.map(({ label }) => (
          <option key={label}>{label}</option>
        ))}
      </select>
    </label>
    <span class="legend">
      low <span class="ramp" aria-hidden="true" /> high
    </span>
  </div>
);
