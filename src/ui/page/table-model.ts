// A table of the page as rows and columns that can be sorted, filtered, averaged and compared. Data in, data out.
import {
  isMean,
  meansOver,
  sorted,
  type GroupRow,
  type Mean,
  type Order,
} from '../../compare/group-table.ts';
import { canonicalJson } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';
import { shortNumber } from '../../show/text/number-text.ts';
import type { TableColumn, TableRow, TableView } from '../contract.ts';

export interface Column extends Pick<TableColumn, 'kind' | 'label' | 'file'> {
  /** Rows have different values in it. */
  readonly differs: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Axes and parameters are what went in, metrics what came out. */
export interface Row extends GroupRow {
  /** Of a stage or experiment; of a mean, what its members share. */
  readonly id: string;
  readonly state?: TableRow['state'];
}

export type Cell = Value | Mean | undefined;

/** What a stage took, beside its metrics. */
export const TIME = 'seconds';

/** @param took seconds by stage, which the view knows. */
export function tableOf(
  view: TableView,
  took: (stage: string) => number | undefined = () => undefined,
): Table {
  const columns: Column[] = view.columns.map(({ kind, label, file, values }) => ({
    kind,
    label,
    ...(file !== undefined && { file }),
    differs: values.length > 1,
  }));
  const times = view.kind === 'experiments' ? [] : view.rows.map(({ name }) => took(name));
  const hasTimes = times.some((time) => time !== undefined) && columns.every(({ label }) => label !== TIME);
  const rows = view.rows.map(({ name, state }, index): Row => {
    const cells = view.columns.flatMap(({ kind, label, values }) => {
      const value = values[values.length > 1 ? index : 0];
      return value === null || value === undefined ? [] : [{ kind, entry: [label, plain(value)] as const }];
    });
    const part = (isMetric: boolean): [string, Value][] =>
      cells.flatMap(({ kind, entry }) => ((kind === 'metric') === isMetric ? [[...entry]] : []));
    const time = times[index];
    return {
      id: name,
      revision: '',
      stage: name,
      axes: new Map(part(false)),
      metrics: new Map([
        ...part(true),
        ...(hasTimes && time !== undefined ? [[TIME, time] as [string, Value]] : []),
      ]),
      ...(state && { state }),
    };
  });
  return {
    columns: hasTimes ? [...columns, { kind: 'metric', label: TIME, differs: true }] : columns,
    rows,
  };
}

/** A list or mapping is compared and shown as its text. */
const plain = (value: unknown): Value =>
  typeof value === 'object' ? JSON.stringify(value) : (value as Value);

export const cellOf = (row: Row, label: string): Cell => row.metrics.get(label) ?? row.axes.get(label);

export function numberOf(cell: Cell): number | undefined {
  const value = isMean(cell) ? cell.mean : cell;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** What went in and differs: what can be averaged over. */
export const inputsOf = ({ columns }: Table): readonly string[] =>
  columns.flatMap(({ kind, label, differs }) => (kind !== 'metric' && differs ? [label] : []));

/** What is shown where nothing was chosen: what differs, and the metrics of a group; the rule of `pipe exp show` for experiments. */
export function usualColumns({ columns }: Table, kind: TableView['kind']): readonly string[] {
  const differing = columns.filter(({ differs }) => differs);
  const shown =
    kind !== 'experiments'
      ? columns.filter((column) => column.differs || column.kind === 'metric')
      : differing.length > 0
        ? differing
        : columns.filter((column) => column.kind === 'metric');
  return shown.map(({ label }) => label);
}

/** One row for all that differ in these only, with the mean of each metric. */
export function averaged({ columns, rows }: Table, over: readonly string[]): Table {
  const inputs = inputsOf({ columns, rows });
  const known = over.filter((name) => inputs.includes(name));
  if (known.length === 0) return { columns, rows };
  const left = inputs.filter((name) => !known.includes(name));
  return {
    columns: columns.filter(({ label }) => !known.includes(label)),
    rows: meansOver(rows, known).map((row) => ({
      ...row,
      id: left.map((name) => `${name} ${textOf(row.axes.get(name))}`).join(', ') || 'all',
    })),
  };
}

export function inOrder(table: Table, order: Order | undefined): readonly Row[] {
  const isKnown = order !== undefined && table.rows.some((row) => cellOf(row, order.name) !== undefined);
  return isKnown ? (sorted(table.rows, order) as readonly Row[]) : table.rows;
}

export interface Filter {
  readonly keeps: (row: Row) => boolean;
  /** Columns that are asked for and that there are not. */
  readonly unknown: readonly string[];
}

const CONDITION = /^([^=<>!]+)(!=|<=|>=|=|<|>)(.*)$/s;

/** Words that a row has to contain, and conditions such as `loss<0.3`; all of them. */
export function filterOf(text: string, { columns }: Table): Filter {
  const unknown: string[] = [];
  const tests = text
    .split(/\s+/)
    .filter(Boolean)
    .map((word): ((row: Row) => boolean) => {
      const [, name, operator, wanted] = CONDITION.exec(word) ?? [];
      if (name === undefined) return (row) => textsOf(row).some((one) => one.includes(word.toLowerCase()));
      const column = columns.find(({ label }) => label === name) ?? nearest(name, columns);
      if (!column) {
        unknown.push(name);
        return () => false;
      }
      return (row) => holds(cellOf(row, column.label), operator!, wanted!);
    });
  return { keeps: (row) => tests.every((test) => test(row)), unknown };
}

/** `lr` for `train.lr`, where it is the only one. */
function nearest(name: string, columns: readonly Column[]): Column | undefined {
  const found = columns.filter(
    ({ label }) => label.toLowerCase() === name.toLowerCase() || label.endsWith(`.${name}`),
  );
  return found.length === 1 ? found[0] : undefined;
}

const textsOf = (row: Row): string[] => [
  row.id.toLowerCase(),
  ...(row.state ? [row.state] : []),
  ...[...row.axes.values(), ...row.metrics.values()].map((cell) => textOf(cell).toLowerCase()),
];

function holds(cell: Cell, operator: string, wanted: string): boolean {
  const number = numberOf(cell);
  const other = wanted.trim() === '' ? NaN : Number(wanted);
  if (number !== undefined && !Number.isNaN(other)) {
    if (operator === '=') return number === other;
    if (operator === '!=') return number !== other;
    if (operator === '<') return number < other;
    if (operator === '>') return number > other;
    return operator === '<=' ? number <= other : number >= other;
  }
  const same = textOf(cell).toLowerCase() === wanted.toLowerCase();
  return operator === '=' ? same : operator === '!=' ? !same : false;
}

const DIGITS = 6;

export function textOf(cell: Cell): string {
  if (cell === undefined) return '–';
  if (isMean(cell)) {
    const { mean, deviation, count } = cell;
    return count > 1
      ? `${shortNumber(mean, DIGITS)} ± ${shortNumber(deviation, 2)}`
      : shortNumber(mean, DIGITS);
  }
  if (typeof cell === 'number') return shortNumber(cell, DIGITS);
  return typeof cell === 'string' ? cell : canonicalJson(cell);
}

/** Of these rows: a line for each column, and whether they differ in it. */
export function compared(
  { columns }: Table,
  rows: readonly Row[],
): readonly { readonly column: Column; readonly cells: readonly Cell[]; readonly differs: boolean }[] {
  return columns.map((column) => {
    const cells = rows.map((row) => cellOf(row, column.label));
    return { column, cells, differs: new Set(cells.map((cell) => JSON.stringify(cell) ?? '')).size > 1 };
  });
}
