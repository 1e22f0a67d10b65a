// The rows of a table, with heads that sort and boxes that choose rows to compare.
import type { Order } from '../../compare/group-table.ts';
import { useFirst } from './parts.tsx';
import { addressOf } from './route.ts';
import { cellOf, numberOf, textOf, type Row, type Table } from './table-model.ts';

/** Rows that are drawn before somebody asks for all. */
const FIRST = 200;

interface RowsProps {
  readonly table: Table;
  /** Names are stages, which have pages. */
  readonly isOfStages: boolean;
  readonly order: Order | undefined;
  readonly picked: readonly string[];
  readonly toggle: (id: string) => void;
  readonly set: (changes: Readonly<Record<string, string | undefined>>) => void;
}

export function Rows({ table: { columns, rows }, isOfStages, order, picked, toggle, set }: RowsProps) {
  const [count, more] = useFirst(rows.length, FIRST);
  const sortBy = (name: string): void =>
    order?.name !== name
      ? set({ sort: name, desc: undefined })
      : order.direction === 'min'
        ? set({ sort: name, desc: '1' })
        : set({ sort: undefined, desc: undefined });
  const numeric = new Set(
    columns.flatMap(({ label }) =>
      rows.some((row) => numberOf(cellOf(row, label)) !== undefined) ? [label] : [],
    ),
  );
  return (
    <section>
      <div class="card scroll" tabIndex={0} role="region" aria-label="Rows">
        <table class="values">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Compare</span>
              </th>
              <th scope="col">Name</th>
              {columns.map(({ label, kind }) => (
                <th
                  key={label}
                  scope="col"
                  class={numeric.has(label) ? 'number' : ''}
                  aria-sort={
                    order?.name === label ? (order.direction === 'min' ? 'ascending' : 'descending') : 'none'
                  }
                >
                  <button class="sort" onClick={() => sortBy(label)} title={`${KINDS[kind]}: sort by it`}>
                    {label}
                    <span aria-hidden="true">
                      {order?.name === label ? (order.direction === 'min' ? ' ▲' : ' ▼') : ''}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, count).map((row) => (
              <tr key={row.id} class={picked.includes(row.id) ? 'picked' : ''}>
                <td>
                  <input
                    type="checkbox"
                    checked={picked.includes(row.id)}
                    onChange={() => toggle(row.id)}
                    aria-label={`Compare ${row.id}`}
                  />
                </td>
                <th scope="row">
                  <Name row={row} isOfStages={isOfStages} />
                </th>
                {columns.map(({ label }) => {
                  const cell = cellOf(row, label);
                  return (
                    <td
                      key={label}
                      class={
                        numberOf(cell) !== undefined || (cell === undefined && numeric.has(label))
                          ? 'mono number'
                          : 'mono'
                      }
                    >
                      {cell === undefined ? <span class="quiet">–</span> : textOf(cell)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </section>
  );
}

const KINDS = { axis: 'Axis', param: 'Parameter', metric: 'Metric' } as const;

function Name({ row: { id, state }, isOfStages }: { row: Row; isOfStages: boolean }) {
  if (isOfStages) return <a href={addressOf('stage', {}, id)}>{id}</a>;
  return (
    <>
      {id}
      {state && state !== 'done' && <span class={`state ${TONES[state]}`}> {state}</span>}
    </>
  );
}

const TONES = { running: 'is-running', failed: 'is-failed', interrupted: 'is-skipped' } as const;
