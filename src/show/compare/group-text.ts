// The metrics of a group as a table, and as JSON.
import { columnsOf, isMean, type GroupRow, type Mean } from '../../compare/group-table.ts';
import { toJson, type Json } from '../../base/spelling.ts';
import type { Value } from '../../base/value.ts';
import type { Table } from '../text/table.ts';
import { shortName } from './metrics-table.ts';
import { NOTHING, valueText } from './value-text.ts';

export function groupTable(rows: readonly GroupRow[], precision: number, withRevision: boolean): Table {
  const axes = columnsOf(rows, 'axes');
  const metrics = columnsOf(rows, 'metrics');
  return {
    columns: [
      ...(withRevision ? [{ title: 'Revision' }] : []),
      ...axes.map((title) => ({ title })),
      ...metrics.map((title) => ({ title, align: 'right' as const })),
    ],
    rows: rows.map((row) => [
      ...(withRevision ? [shortName(row.revision)] : []),
      ...axes.map((name) => valueText(row.axes.get(name), undefined)),
      ...metrics.map((name) => metricText(row.metrics.get(name), precision)),
    ]),
  };
}

function metricText(value: Value | Mean | undefined, precision: number): string {
  if (value === undefined) return NOTHING;
  if (!isMean(value)) return valueText(value, precision);
  const mean = valueText(value.mean, precision);
  return value.count > 1 ? `${mean} ± ${valueText(value.deviation, precision)} (n=${value.count})` : mean;
}

/** One line: `lr=0.1  width=64  val_loss=0.25`. */
export function rowText({ axes, metrics }: GroupRow, metric: string, precision: number): string {
  const parts = [...axes].map(([name, value]) => `${name}=${valueText(value, undefined)}`);
  return [...parts, `${metric}=${metricText(metrics.get(metric), precision)}`].join('  ');
}

export const groupJson = (rows: readonly GroupRow[]): Json =>
  rows.map(({ revision, stage, axes, metrics }) => ({
    revision,
    ...(stage !== undefined && { stage }),
    axes: Object.fromEntries([...axes].map(([name, value]) => [name, toJson(value)])),
    metrics: Object.fromEntries(
      [...metrics].map(([name, value]) => [
        name,
        isMean(value)
          ? { mean: toJson(value.mean), std: toJson(value.deviation), n: value.count }
          : toJson(value),
      ]),
    ),
  }));
