// Metrics and parameters as a table: of a group, of other stages, of experiments. What is chosen is in the address.
import { useMemo } from 'preact/hooks';
import type { TableView as TableData } from '../contract.ts';
import { Comparison } from './comparison.tsx';
import { ImportanceView } from './importance-view.tsx';
import { tookSeconds } from './model.ts';
import { Parallel } from './parallel.tsx';
import { Choices, Loading } from './parts.tsx';
import { listIn, listText } from './list-param.ts';
import { addressOf, replaceParams, type Route } from './route.ts';
import { Rows } from './rows.tsx';
import { Scatter } from './scatter.tsx';
import { source, useStore } from './store.ts';
import { averaged, filterOf, inOrder, inputsOf, tableOf, usualColumns, type Table } from './table-model.ts';
import { useLoaded } from './use-loaded.ts';

export function TableView({ route }: { route: Route }) {
  const { version, tables: changes } = useStore();
  const { found: tables, problem } = useLoaded(() => source.tables(), [version, changes]);
  if (problem !== undefined) return <p class="page notice bad">{problem}</p>;
  if (!tables) return <Loading />;
  const chosen = tables.find((one) => idOf(one) === (route.name || idOf(tables[0]))) ?? undefined;
  return (
    <div class="page tables">
      <h2 class="hidden">Table</h2>
      {tables.length === 0 ? (
        <p>
          There are no metrics yet. Stages declare them with <code>metrics:</code>; <code>pipe exp run</code>{' '}
          records experiments.
        </p>
      ) : chosen ? (
        <Chosen key={idOf(chosen)} data={chosen} tables={tables} route={route} />
      ) : (
        <p>
          There is no table of this name. <a href="#/table">The first one</a>
        </p>
      )}
    </div>
  );
}

/** A group can be called as anything. */
const idOf = (table: TableData | undefined): string =>
  table === undefined ? '' : table.kind === 'group' ? table.name : `:${table.kind}`;

const titleOf = ({ kind, name, rows }: TableData): string =>
  kind === 'group'
    ? `${name} ×${rows.length}`
    : kind === 'stages'
      ? `Other stages (${rows.length})`
      : `Experiments (${rows.length - 1})`;

function Chosen({ data, tables, route }: { data: TableData; tables: readonly TableData[]; route: Route }) {
  const { model } = useStore();
  const { params } = route;
  const set = (changes: Readonly<Record<string, string | undefined>>): void => replaceParams(route, changes);
  const table = useMemo(
    () =>
      tableOf(data, (name) => {
        const stage = model.view.stages[model.places.get(name) ?? -1];
        return stage && tookSeconds(stage);
      }),
    [data, model],
  );
  const over = listIn(params['over']);
  const shown = useMemo(() => averaged(table, over), [table, params['over']]);
  const labels = shown.columns.map(({ label }) => label);
  const wanted = params['cols'] === undefined ? usualColumns(shown, data.kind) : listIn(params['cols']);
  const columns = shown.columns.filter(({ label }) => wanted.includes(label));
  const filter = filterOf(params['q'] ?? '', shown);
  const order = params['sort'] === undefined ? undefined : orderOf(params['sort'], params['desc']);
  const rows = inOrder(shown, order).filter(filter.keeps);
  const picked = listIn(params['pick']);
  const pickedRows = picked.flatMap((id) => shown.rows.find((row) => row.id === id) ?? []);
  const toggle = (id: string): void =>
    set({ pick: listText(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id]) });
  const drawn: Table = { columns, rows };
  const chart = params['chart'];
  return (
    <>
      <div class="row-of">
        <label>
          Of{' '}
          <select
            value={idOf(data)}
            onChange={(event) => (location.hash = addressOf('table', {}, event.currentTarget.value))}
          >
            {tables.map((one) => (
              <option key={idOf(one)} value={idOf(one)}>
                {titleOf(one)}
              </option>
            ))}
          </select>
        </label>
        <input
          type="search"
          placeholder="Filter, such as loss<0.3"
          aria-label="Filter rows"
          value={params['q'] ?? ''}
          onInput={(event) => set({ q: event.currentTarget.value })}
        />
        <Choices
          title="Columns"
          names={labels}
          chosen={columns.map(({ label }) => label)}
          choose={(names) => set({ cols: listText(names) ?? ' ' })}
        />
        {inputsOf(table).length > 0 && (
          <Choices
            title="Means over"
            names={inputsOf(table)}
            chosen={over}
            choose={(names) => set({ over: listText(names), pick: undefined })}
          />
        )}
        <label>
          Chart{' '}
          <select value={chart ?? ''} onChange={(event) => set({ chart: event.currentTarget.value })}>
            <option value="">none</option>
            <option value="parallel">parallel coordinates</option>
            <option value="scatter">scatter</option>
            <option value="importance">importance of parameters</option>
          </select>
        </label>
        <span class="quiet" role="status">
          {rows.length < shown.rows.length ? `${rows.length} of ${shown.rows.length}` : rows.length} rows
          {filter.unknown.length > 0 && `; there is no column ${filter.unknown.join(', ')}`}
        </span>
      </div>
      {chart === 'parallel' && (
        <Parallel
          table={drawn}
          all={shown.rows}
          picked={picked}
          toggle={toggle}
          colour={params['colour']}
          set={set}
        />
      )}
      {chart === 'scatter' && (
        <Scatter table={drawn} route={route} picked={picked} toggle={toggle} set={set} />
      )}
      {chart === 'importance' && (
        <ImportanceView table={{ columns: shown.columns, rows }} route={route} set={set} />
      )}
      {pickedRows.length > 1 && (
        <Comparison
          table={{ columns: shown.columns, rows: pickedRows }}
          all={params['same'] !== undefined}
          set={set}
        />
      )}
      <Rows
        table={drawn}
        isOfStages={data.kind !== 'experiments' && over.length === 0}
        order={order}
        picked={picked}
        toggle={toggle}
        set={set}
      />
    </>
  );
}

const orderOf = (name: string, desc: string | undefined): { name: string; direction: 'min' | 'max' } => ({
  name,
  direction: desc === undefined ? 'min' : 'max',
});
