// Which parameters a metric depends on: a bar for each, the longest first.
import { importancesOf } from './importance.ts';
import type { Route } from './route.ts';
import { numberOf, cellOf, TIME, type Table } from './table-model.ts';

interface ImportanceProps {
  /** With all columns. */
  readonly table: Table;
  readonly route: Route;
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void;
}

export function ImportanceView({ table, route, set }: ImportanceProps) {
  const metrics = table.columns
    .filter(
      ({ kind, label }) =>
        kind === 'metric' && table.rows.some((row) => numberOf(cellOf(row, label)) !== undefined),
    )
    .map(({ label }) => label);
  const metric =
    metrics.find((label) => label === route.params['of']) ??
    metrics.findLast((label) => label !== TIME) ??
    metrics[0];
  if (metric === undefined) return <p class="quiet">No metric has numbers.</p>;
  const found = importancesOf(table, metric);
  return (
    <section aria-label="Importance">
      <div class="row-of">
        <label>
          Of{' '}
          <select value={metric} onChange={(event) => set({ of: event.currentTarget.value })}>
            {metrics.map((label) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </label>
        <span class="quiet">
          Share of its differences that a parameter explains alone; parameters that change together share it.
        </span>
      </div>
      {found.length === 0 ? (
        <p class="quiet">No parameter has equal values in some rows and other values in others.</p>
      ) : (
        <div class="card scroll" tabIndex={0} role="region" aria-label={`Importance for ${metric}`}>
          <table class="values">
            <thead>
              <tr>
                <th scope="col">Parameter</th>
                <th scope="col">Share</th>
                <th scope="col">
                  <span class="hidden">Bar</span>
                </th>
                <th scope="col">With higher values</th>
                <th scope="col">Rows</th>
              </tr>
            </thead>
            <tbody>
              {found.map(({ label, share, trend, rows }) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td class="mono number">{Math.round(100 * share)} %</td>
                  <td class="share" aria-hidden="true">
                    <span class="meter" style={{ width: `${100 * share}%` }} />
                  </td>
                  <td>{directionOf(trend !== undefined && share === 0 ? 0 : trend, metric)}</td>
                  <td class="mono number">{rows}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** From here on the ranks of both go together visibly. */
const CLEAR = 0.3;

function directionOf(trend: number | undefined, metric: string): string {
  if (trend === undefined) return '–';
  if (Math.abs(trend) < CLEAR) return 'no clear direction';
  return `${metric} ${trend > 0 ? 'rises' : 'falls'}`;
}
