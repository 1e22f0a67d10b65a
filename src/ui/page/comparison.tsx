// Chosen rows beside each other: a line for each value, those that differ marked.
import { compared, numberOf, textOf, type Table } from './table-model.ts';

interface ComparisonProps {
  /** With the chosen rows only. */
  readonly table: Table;
  /** Values that are equal too. */
  readonly all: boolean;
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void;
}

export function Comparison({ table, all, set }: ComparisonProps) {
  const lines = compared(table, table.rows);
  const shown = all ? lines : lines.filter(({ differs }) => differs);
  const count = lines.filter(({ differs }) => differs).length;
  return (
    <section aria-label="Comparison">
      <div class="row-of">
        <h3>
          {table.rows.length} compared: {count} of {lines.length} values differ
        </h3>
        <button aria-pressed={all} onClick={() => set({ same: all ? undefined : '1' })}>
          Equal values too
        </button>
        <button onClick={() => set({ pick: undefined })}>Choose none</button>
      </div>
      <div class="card scroll" tabIndex={0} role="region" aria-label="Chosen rows">
        <table class="values">
          <thead>
            <tr>
              <th scope="col">Value</th>
              {table.rows.map(({ id }) => (
                <th key={id} scope="col">
                  {id}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ column: { label, kind }, cells, differs }) => (
              <tr key={label} class={differs ? 'changed' : ''}>
                <th scope="row">
                  {label} <span class="quiet">{kind === 'param' ? 'parameter' : kind}</span>
                  {differs && all && <span class="state is-stale"> differs</span>}
                </th>
                {cells.map((cell, index) => (
                  <td key={index} class={numberOf(cell) === undefined ? 'mono' : 'mono number'}>
                    {textOf(cell)}
                    {index > 0 && <Difference from={numberOf(cells[0])} to={numberOf(cell)} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** From the first of the chosen rows. */
function Difference({ from, to }: { from: number | undefined; to: number | undefined }) {
  if (from === undefined || to === undefined || from === to) return null;
  const change = Number((to - from).toPrecision(3));
  return (
    <span class="quiet">
      {' '}
      ({change > 0 ? '+' : '−'}
      {Math.abs(change)})
    </span>
  );
}
