// Parallel coordinates: an upright axis for each column, a line for each row. What the filter leaves out is pale.
import { useMemo } from 'preact/hooks';
import { ColourChoice, colourOf, type ChartProps } from './chart-colour.tsx';
import { scaleOf } from './scale.ts';
import { cellOf, textOf, type Row, type Table } from './table-model.ts';

interface ParallelProps extends ChartProps {
  /** Those that are filtered out too. */
  readonly all: readonly Row[];
  readonly colour: string | undefined;
}

const [GAP, TOP, HEIGHT, SIDE] = [150, 34, 250, 74];
/** More are a blot. */
const [MOST_LINES, MOST_AXES] = [2000, 24];

export function Parallel({ table, all, picked, toggle, colour, set }: ParallelProps) {
  const { rows } = table;
  const columns = table.columns.slice(0, MOST_AXES);
  const scales = useMemo(
    () =>
      columns.map(({ label }) =>
        scaleOf(
          label,
          all.map((row) => cellOf(row, label)),
        ),
      ),
    [all, columns.map(({ label }) => label).join('\0')],
  );
  const shade = colourOf(table, colour, all);
  const kept = new Set(rows);
  const order = [...all.filter((row) => !kept.has(row)), ...rows].slice(-MOST_LINES);
  const x = (index: number): number => SIDE + index * GAP;
  const y = (place: number): number => TOP + HEIGHT - place * HEIGHT;
  const width = 2 * SIDE + Math.max(0, columns.length - 1) * GAP;
  return (
    <section>
      <ColourChoice table={table} colour={shade.label} set={set} />
      <div class="card chart" tabIndex={0} role="region" aria-label="Parallel coordinates">
        <svg
          viewBox={`0 0 ${width} ${TOP + HEIGHT + 24}`}
          style={{ minWidth: `${Math.round(width * 0.75)}px`, width: '100%', maxHeight: '26rem' }}
          role="img"
          aria-label={`${rows.length} rows over ${columns.map(({ label }) => label).join(', ')}; the same as the table below`}
        >
          {order.map((row) => (
            <path
              key={row.id}
              class={`row-line${kept.has(row) ? '' : ' faint'}${picked.includes(row.id) ? ' picked' : ''}`}
              style={{ stroke: shade.of(row) }}
              d={lineOf(row, columns, scales, x, y)}
              onClick={() => toggle(row.id)}
            >
              <title>{titleOf(row, table)}</title>
            </path>
          ))}
          {scales.map(({ label, isLog, ticks }, index) => (
            <g key={label}>
              <line class="grid" x1={x(index)} x2={x(index)} y1={TOP} y2={TOP + HEIGHT} />
              <text class="axis-name" x={x(index)} y={TOP - 16} text-anchor="middle">
                {label.length > 22 ? `…${label.slice(-21)}` : label}
                {isLog && ' (log)'}
              </text>
              {ticks.map(({ place, text }) => (
                <text key={text} class="tick" x={x(index) + 5} y={y(place) + 4}>
                  {text.length > 14 ? `${text.slice(0, 13)}…` : text}
                </text>
              ))}
            </g>
          ))}
        </svg>
        {all.length > MOST_LINES && (
          <p class="quiet">
            {MOST_LINES} lines of {all.length} are drawn.
          </p>
        )}
      </div>
    </section>
  );
}

/** A line has a gap where its row has no value. */
function lineOf(
  row: Row,
  columns: Table['columns'],
  scales: readonly ReturnType<typeof scaleOf>[],
  x: (index: number) => number,
  y: (place: number) => number,
): string {
  let path = '';
  let isOpen = false;
  for (const [index, { label }] of columns.entries()) {
    const place = scales[index]!.place(cellOf(row, label));
    if (place !== undefined) path += `${isOpen ? 'L' : 'M'}${x(index)} ${y(place).toFixed(1)}`;
    isOpen = place !== undefined;
  }
  return path;
}

const titleOf = (row: Row, { columns }: Table): string =>
  [row.id, ...columns.map(({ label }) => `${label} ${textOf(cellOf(row, label))}`)].join('\n');
