// How much of the differences of a metric each parameter explains alone. Data in, data out.
import { cellOf, inputsOf, numberOf, textOf, type Table } from './table-model.ts';

export interface Importance {
  readonly label: string;
  /** From 0 to 1, of the variance of the metric. The shares of parameters that depend on each other overlap. */
  readonly share: number;
  /** Whether the metric rises or falls with a number, by ranks: from -1 to 1. */
  readonly trend?: number;
  /** That have both. */
  readonly rows: number;
}

interface Pair {
  readonly text: string;
  readonly number: number | undefined;
  readonly value: number;
}

/** With fewer, chance explains most of it. */
const FEWEST_ROWS = 4;

/** @param metric the label of its column. @returns the largest share first; without parameters that nothing can be said of. */
export function importancesOf(table: Table, metric: string): readonly Importance[] {
  return inputsOf(table)
    .flatMap((label): Importance[] => {
      const pairs = table.rows.flatMap((row): Pair[] => {
        const [cell, value] = [cellOf(row, label), numberOf(cellOf(row, metric))];
        return cell === undefined || value === undefined
          ? []
          : [{ text: textOf(cell), number: numberOf(cell), value }];
      });
      if (pairs.length < FEWEST_ROWS) return [];
      const trend = trendOf(pairs);
      const known = [shareOfGroups(pairs), shareOfTrend(trend, pairs.length)].filter(
        (share) => share !== undefined,
      );
      if (known.length === 0) return [];
      const share = known.reduce((a, b) => Math.max(a, b));
      return [{ label, share, ...(trend !== undefined && { trend }), rows: pairs.length }];
    })
    .sort((a, b) => b.share - a.share || (a.label < b.label ? -1 : 1));
}

/**
 * Kelley's ε² (1935): the variance between the groups of equal values, less what as many groups have by chance.
 * @returns undefined where no two rows have the same value, or all the same one.
 */
function shareOfGroups(pairs: readonly Pair[]): number | undefined {
  const groups = [...Map.groupBy(pairs, ({ text }) => text).values()];
  if (groups.length < 2 || groups.length === pairs.length) return undefined;
  const all = squaresAround(pairs.map(({ value }) => value));
  if (all === 0) return 0;
  const within = groups.reduce((sum, group) => sum + squaresAround(group.map(({ value }) => value)), 0);
  const byChance = ((groups.length - 1) * within) / (pairs.length - groups.length);
  return Math.max(0, (all - within - byChance) / all);
}

/** What ranks explain, less what they do by chance, as above. */
const shareOfTrend = (trend: number | undefined, rows: number): number | undefined =>
  trend === undefined ? undefined : Math.max(0, 1 - ((1 - trend ** 2) * (rows - 1)) / (rows - 2));

/** Spearman's rank correlation; undefined where the values are no numbers, or all equal. */
function trendOf(pairs: readonly Pair[]): number | undefined {
  const numbers = pairs.flatMap(({ number }) => (number === undefined ? [] : [number]));
  if (numbers.length < pairs.length) return undefined;
  const [xs, ys] = [ranks(numbers), ranks(pairs.map(({ value }) => value))];
  const spread = Math.sqrt(squaresAround(xs) * squaresAround(ys));
  if (spread === 0) return undefined;
  const [mx, my] = [mean(xs), mean(ys)];
  return xs.reduce((sum, x, index) => sum + (x - mx) * (ys[index]! - my), 0) / spread;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function squaresAround(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

/** Equal values share the mean of their ranks. */
function ranks(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
