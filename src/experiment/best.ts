// The order of experiments by one of their values.
import { PipeError } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { spellPython } from '../base/spelling.ts';
import type { Value } from '../base/value.ts';
import { naturally } from './record-files.ts';
import { columnNamed, type Column } from './table.ts';

export interface Ranking {
  readonly column: Column;
  readonly direction: 'min' | 'max';
}

/** What is better the smaller it is, by the usual names. */
const BETTER_SMALL =
  /(?:^|[^a-z])(?:.*loss|.*err|.*error|r?mse|mae|mape|perplexity|time|seconds|latency|bytes)(?:$|[^a-z])/i;

export const isBetterSmall = (name: string): boolean => BETTER_SMALL.test(name);

/** @param text `METRIC`, `METRIC:min` or `METRIC:max`. @throws PipeError for a value that no experiment has. */
export function readRanking(text: string, columns: readonly Column[], option: string): Ranking {
  const [, name, direction] = /^(.*?)(?::(min|max|asc|desc))?$/s.exec(text)!;
  const column = columnNamed(columns, name!);
  if (!column) {
    const labels = columns.map(({ label }) => label);
    throw new PipeError({
      code: 'exp-column',
      title: `no experiment has a value '${name}' (${option})`,
      hint:
        didYouMean(name!, labels) ??
        (labels.length > 0
          ? `there are: ${labels.slice(0, MOST_NAMES).join(', ')}`
          : 'there are no results yet'),
    });
  }
  if (direction === undefined) return { column, direction: isBetterSmall(column.label) ? 'min' : 'max' };
  return { column, direction: direction === 'min' || direction === 'asc' ? 'min' : 'max' };
}

const MOST_NAMES = 12;

/** Names by their value, the best first; those without a comparable value come last. */
export function ranked(names: readonly string[], { column, direction }: Ranking): readonly string[] {
  const sign = direction === 'min' ? 1 : -1;
  return names.toSorted((a, b) => {
    const [first, second] = [column.values.get(a), column.values.get(b)];
    if (isRankable(first) !== isRankable(second)) return isRankable(first) ? -1 : 1;
    return isRankable(first) ? sign * compare(first, second!) : 0;
  });
}

/** @returns undefined where none has a number. */
export function bestOf(names: readonly string[], ranking: Ranking): string | undefined {
  const numbered = names.filter((name) => isNumber(ranking.column.values.get(name)));
  return ranked(numbered, ranking)[0];
}

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value));

const isRankable = (value: Value | undefined): value is Value =>
  value !== undefined && value !== null && !Number.isNaN(value);

function compare(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return naturally(spellPython(a), spellPython(b));
}
