// Two columns against each other, a point for each row.
import { ColourChoice, colourOf, type ChartProps } from './chart-colour.tsx';
import type { Route } from './route.ts';
import { scaleOf } from './scale.ts';
import { cellOf, textOf } from './table-model.ts';

const [LEFT, TOP, WIDTH, HEIGHT] = [70, 14, 620, 300];

export function Scatter({ table, route, picked, toggle, set }: ChartProps & { readonly route: Route }) {
  const { columns, rows } = table;
  const labels = columns.map(({ label }) => label);
  const of = (name: string, usual: string | undefined): string | undefined =>
    labels.includes(route.params[name] ?? '') ? route.params[name] : (usual ?? labels[0]);
  const across = of('x', columns.find(({ kind }) => kind !== 'metric')?.label);
  const up = of('y', columns.find(({ kind }) => kind === 'metric')?.label);
  if (across === undefined || up === undefined) return <p class="quiet">Choose two columns.</p>;
  const [xs, ys] = [across, up].map((label) =>
    scaleOf(
      label,
      rows.map((row) => cellOf(row, label)),
    ),
  ) as [ReturnType<typeof scaleOf>, ReturnType<typeof scaleOf>];
  const shade = colourOf(table, route.params['colour'], rows);
  const x = (place: number): number => LEFT + 10 + place * (WIDTH - 20);
  const y = (place: number): number => TOP + HEIGHT - 10 - place * (HEIGHT - 20);
  const points = rows.flatMap((row) => {
    const [px, py] = [xs.place(cellOf(row, across)), ys.place(cellOf(row, up))];
    return px === undefined || py === undefined ? [] : [{ row, px: x(px), py: y(py) }];
  });
  return (
    <section>
      <div class="row-of">
        {(['x', 'y'] as const).map((name) => (
          <label key={name}>
            {name === 'x' ? 'Across' : 'Up'}{' '}
            <select
              value={name === 'x' ? across : up}
              onChange={(event) => set({ [name]: event.currentTarget.value })}
            >
              {labels.map((label) => (
                <option key={label}>{label}</option>
              ))}
            </select>
          </label>
        ))}
        <ColourChoice table={table} colour={shade.label} set={set} />
      </div>
      <div class="card chart" tabIndex={0} role="region" aria-label="Scatter">
        <svg
          viewBox={`0 0 ${LEFT + WIDTH + 12} ${TOP + HEIGHT + 44}`}
          style={{ minWidth: '30rem', width: '100%', maxHeight: '28rem' }}
          role="img"
          aria-label={`${points.length} rows: ${up} over ${across}; the same as the table below`}
        >
          {xs.ticks.map(({ place, text }) => (
            <g key={text}>
              <line class="grid" x1={x(place)} x2={x(place)} y1={TOP} y2={TOP + HEIGHT} />
              <text x={x(place)} y={TOP + HEIGHT + 16} text-anchor="middle">
                {text.slice(0, 12)}
              </text>
            </g>
          ))}
          {ys.ticks.map(({ place, text }) => (
            <g key={text}>
              <line class="grid" x1={LEFT} x2={LEFT + WIDTH} y1={y(place)} y2={y(place)} />
              <text x={LEFT - 6} y={y(place) + 4} text-anchor="end">
                {text.slice(0, 10)}
              </text>
            </g>
          ))}
          <text class="axis-name" x={LEFT + WIDTH / 2} y={TOP + HEIGHT + 38} text-anchor="middle">
            {across}
            {xs.isLog && ' (log)'}
          </text>
          <text class="axis-name" x={4} y={TOP + 2}>
            {up}
            {ys.isLog && ' (log)'}
          </text>
          {points.map(({ row, px, py }) => (
            <circle
              key={row.id}
              class={`point${picked.includes(row.id) ? ' picked' : ''}`}
              style={{ fill: shade.of(row) }}
              cx={px}
              cy={py}
              r={picked.includes(row.id) ? 7 : 5}
              onClick={() => toggle(row.id)}
            >
              <title>{`${row.id}\n${across} ${textOf(cellOf(row, across))}\n${up} ${textOf(cellOf(row, up))}`}</title>
            </circle>
          ))}
        </svg>
      </div>
    </section>
  );
}
