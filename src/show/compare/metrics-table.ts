// What `metrics show` shows: one row per revision and file, a column per metric; and DVC's JSON.
import { flattened } from '../../compare/flatten-values.ts';
import type { FileValues, SideValues } from '../../compare/file-values.ts';
import { toJson, type Json } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';
import type { Table } from '../text/table.ts';
import { valueText } from './value-text.ts';

export interface MetricsTableOptions {
  readonly precision: number | undefined;
  readonly withRevision: boolean;
  /** A path as it is shown. */
  readonly shown: (path: string) => string;
}

export function metricsTable(
  sides: readonly SideValues[],
  { precision, withRevision, shown }: MetricsTableOptions,
): Table {
  const found = sides.flatMap(({ name, files }) =>
    [...(files ?? [])].map(([path, read]) => ({ name, path: shown(path), values: valuesIn(read) })),
  );
  const names = [...new Set(found.flatMap(({ values }) => [...values.keys()]))].sort();
  return {
    columns: [
      ...(withRevision ? [{ title: 'Revision' }] : []),
      { title: 'Path' },
      ...names.map((title) => ({ title, align: 'right' as const })),
    ],
    rows: found.map(({ name, path, values }) => [
      ...(withRevision ? [shortName(name)] : []),
      path,
      ...names.map((metric) => valueText(values.get(metric), precision)),
    ]),
  };
}

/** Whole ids of commits are as short as git shows them. */
export const shortName = (name: string): string =>
  name.replace(/\b[0-9a-f]{40,64}\b/g, (id) => id.slice(0, 7));

const valuesIn = (read: FileValues): ReadonlyMap<string, Value> =>
  read.kind === 'values' ? flattened(read.value) : new Map<string, Value>();

/** `{revision: {data: {path: {data}}}}`, with `error` in place of `data` where something cannot be read. */
export function sidesJson(sides: readonly SideValues[], shown: (path: string) => string): Json {
  return Object.fromEntries(sides.map((side) => [side.name, sideJson(side, shown)]));
}

function sideJson({ files, failure }: SideValues, shown: (path: string) => string): Json {
  if (failure) return { error: { type: failure.type, msg: failure.message } };
  const data = [...(files ?? [])].map(([path, read]) => [
    shown(path),
    read.kind === 'values'
      ? { data: toJson(read.value) }
      : { error: { type: read.failure.type, msg: read.failure.message } },
  ]);
  return { data: Object.fromEntries(data) as Json };
}
