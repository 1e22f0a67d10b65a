// The metrics of a matrix or foreach as one table: a row for each member, its axes and its metrics as columns.
import { PipeError } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { isMap, spellPython } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { flattened } from './flatten-values.ts';

export interface GroupRow {
  readonly revision: string;
  /** Undefined for the mean of several. */
  readonly stage: string | undefined;
  /** By name, such as `lr`; of a foreach over single values `item`. */
  readonly axes: ReadonlyMap<string, Value>;
  readonly metrics: ReadonlyMap<string, Value | Mean>;
}

export interface Mean {
  readonly kind: 'mean';
  readonly mean: number;
  /** Of the sample (n - 1); 0 for one value. */
  readonly deviation: number;
  readonly count: number;
}

export const isMean = (value: Value | Mean | undefined): value is Mean =>
  typeof value === 'object' && value !== null && 'kind' in value;

/** @param item of a member. */
export function axesOf(item: Value | undefined): ReadonlyMap<string, Value> {
  if (item === undefined) return new Map();
  return isMap(item) ? flattened(item) : new Map([['item', item]]);
}

/** Names of columns in the order of their first row. */
export const columnsOf = (rows: readonly GroupRow[], part: 'axes' | 'metrics'): readonly string[] => [
  ...new Set(rows.flatMap((row) => [...row[part].keys()])),
];

/** One row for all that differ only in these axes, with the mean of each metric that is a number. */
export function meansOver(rows: readonly GroupRow[], axes: readonly string[]): readonly GroupRow[] {
  for (const axis of axes) requireName(axis, columnsOf(rows, 'axes'), 'axis');
  const others = ({ revision, axes: own }: GroupRow): string =>
    JSON.stringify([
      revision,
      [...own].flatMap(([name, value]) => (axes.includes(name) ? [] : [name, spellPython(value)])),
    ]);
  return [...Map.groupBy(rows, others).values()].map((same) => ({
    revision: same[0]!.revision,
    stage: undefined,
    axes: new Map([...same[0]!.axes].filter(([name]) => !axes.includes(name))),
    metrics: new Map(
      columnsOf(same, 'metrics').flatMap((name) => {
        const numbers = same.flatMap(({ metrics }) => numberOf(metrics.get(name)) ?? []);
        return numbers.length > 0 ? [[name, meanOf(numbers)] as const] : [];
      }),
    ),
  }));
}

function meanOf(numbers: readonly number[]): Mean {
  const count = numbers.length;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / count;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { kind: 'mean', mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}

export interface Order {
  readonly name: string;
  readonly direction: 'min' | 'max';
}

/** Rows without a number come last. @throws PipeError for a column that no row has. */
export function sorted(rows: readonly GroupRow[], { name, direction }: Order): readonly GroupRow[] {
  requireName(name, [...columnsOf(rows, 'metrics'), ...columnsOf(rows, 'axes')], 'metric or axis');
  const sign = direction === 'min' ? 1 : -1;
  const valueOf = (row: GroupRow): Value | Mean | undefined => row.metrics.get(name) ?? row.axes.get(name);
  return rows.toSorted((a, b) => {
    const [x, y] = [numberOf(valueOf(a)), numberOf(valueOf(b))];
    if (x === undefined || y === undefined) {
      if (x !== undefined || y !== undefined) return x === undefined ? 1 : -1;
      const [s, t] = [valueOf(a), valueOf(b)].map((value) =>
        value === undefined || isMean(value) ? '' : spellPython(value),
      );
      return sign * (s! < t! ? -1 : s! > t! ? 1 : 0);
    }
    return sign * (x - y);
  });
}

/** @returns undefined where no row has a number. @throws PipeError for a metric that no row has. */
export function bestOf(rows: readonly GroupRow[], order: Order): GroupRow | undefined {
  requireName(order.name, columnsOf(rows, 'metrics'), 'metric');
  return sorted(rows, order).find(({ metrics }) => numberOf(metrics.get(order.name)) !== undefined);
}

function numberOf(value: Value | Mean | undefined): number | undefined {
  const number = isMean(value) ? value.mean : value;
  if (typeof number === 'bigint') return Number(number);
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}

function requireName(name: string, known: readonly string[], what: string): void {
  if (known.includes(name)) return;
  throw new PipeError({
    code: 'unknown-column',
    title: `no stage of the group has the ${what} '${name}'`,
    hint:
      didYouMean(name, known) ??
      (known.length > 0 ? `there are: ${known.slice(0, 12).join(', ')}` : 'run the stages first'),
  });
}
