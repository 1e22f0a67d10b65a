// The lines of a plot that a terminal can draw: one for each revision and series.
import type { DataPlot } from '../../plots/gather-plots.ts';
import { isObject, type Json, type JsonObject } from '../../plots/json.ts';
import type { ChartLine } from './line-chart.ts';

/** @returns undefined where the plot has no lines: of its template, or because its values are not numbers. */
export function linesOf({ rows, axes }: DataPlot, spec: JsonObject): ChartLine[] | undefined {
  if (axes?.y === undefined || !drawsLines(spec)) return undefined;
  const { x, y, series } = axes;
  const lines = new Map<string, (readonly [number, number])[]>();
  for (const row of rows) {
    const name = [row['rev'] as string, ...(series.length > 1 ? [seriesName(row, series)] : [])].join('  ');
    const points = lines.get(name) ?? [];
    lines.set(name, points);
    const point = [numberOf(row[x]), numberOf(row[y])] as const;
    if (point.every(Number.isFinite)) points.push(point);
  }
  const drawn = Array.from(lines, ([name, points]): ChartLine => ({ name, points })).filter(
    ({ points }) => points.length > 0,
  );
  return drawn.length > 0 ? drawn : undefined;
}

function drawsLines(spec: Json): boolean {
  if (Array.isArray(spec)) return (spec as readonly Json[]).some(drawsLines);
  if (!isObject(spec)) return false;
  const { mark } = spec;
  if (mark === 'line' || (isObject(mark) && mark['type'] === 'line')) return true;
  return LAYERS.some((key) => spec[key] !== undefined && drawsLines(spec[key]));
}

/** Where a specification has others in it. */
const LAYERS = ['layer', 'spec', 'concat', 'hconcat', 'vconcat'] as const;

/** What differs between the series. */
function seriesName(
  row: Readonly<Record<string, Json>>,
  series: readonly { readonly filename: string; readonly field: string }[],
): string {
  return (['filename', 'field'] as const)
    .filter((key) => new Set(series.map((one) => one[key])).size > 1)
    .map((key) => row[key] as string)
    .join(' ');
}

/** Numbers of CSV are texts. */
function numberOf(value: Json | undefined): number {
  if (typeof value === 'string') return value.trim() === '' ? NaN : Number(value);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN;
}
