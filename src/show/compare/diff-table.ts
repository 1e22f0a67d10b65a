// What `metrics diff` and `params diff` show: the changes as a table, and as DVC's JSON.
import type { Changes } from '../../compare/diff-values.ts';
import { toJson, type Json } from '../../base/spelling.ts';
import type { Table } from '../text/table.ts';
import { NOTHING, valueText } from './value-text.ts';

export interface DiffTableOptions {
  /** `Metric` or `Param`. */
  readonly title: string;
  readonly names: readonly [old: string, now: string];
  readonly precision: number | undefined;
  readonly withPath: boolean;
  readonly withChange: boolean;
}

/** @param diff by file as shown. */
export function diffTable(diff: ReadonlyMap<string, Changes>, options: DiffTableOptions): Table {
  const { title, names, precision, withPath, withChange } = options;
  const columns = [
    ...(withPath ? [{ title: 'Path' }] : []),
    { title },
    ...names.map((name) => ({ title: name, align: 'right' as const })),
    ...(withChange ? [{ title: 'Change', align: 'right' as const }] : []),
  ];
  const rows = [...diff].flatMap(([path, changes]) =>
    [...changes]
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, { old, new: now, diff: change }]) => [
        ...(withPath ? [path] : []),
        name,
        valueText(old, precision),
        valueText(now, precision),
        ...(withChange ? [change === undefined ? NOTHING : valueText(change, precision)] : []),
      ]),
  );
  return { columns, rows };
}

/** `{path: {key: {old, new, diff}}}`; a side that lacks a value has null. */
export function diffJson(diff: ReadonlyMap<string, Changes>): Json {
  return Object.fromEntries(
    [...diff].map(([path, changes]) => [
      path,
      Object.fromEntries(
        [...changes].map(([name, { old, new: now, diff: change }]) => [
          name,
          {
            old: toJson(old ?? null),
            new: toJson(now ?? null),
            ...(change !== undefined && { diff: toJson(change) }),
          },
        ]),
      ),
    ]),
  );
}
