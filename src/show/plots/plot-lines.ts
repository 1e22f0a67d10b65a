// The lines of a plot that a terminal can draw: one for each revision and series.
import type { DataPlot } from '../../plots/gather-plots.ts';
import type { Json } from '../../plots/json.ts';
import type { ChartLine } from './line-chart.ts';

const LINE_TEMPLATES: ReadonlySet<string | undefined> = new Set([undefined, 'simple', 'linear', 'smooth']);

/** @returns undefined where the plot has no lines: another template, or values that are not numbers. */
export function linesOf({ template, rows, axes }: DataPlot): ChartLine[] | undefined {
  if (!LINE_TEMPLATES.has(template) || axes?.y === undefined) return undefined;
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
