// Groups of bars from zero: one group for each digit or noise level, one bar for each method.
import { escape } from './markup.ts';
import { linearTicks } from './scales.ts';
import { round, text } from './svg.ts';

export interface BarGroup {
  readonly label: string;
  readonly bars: readonly { readonly kind: string; readonly name: string; readonly value: number }[];
  /** A level to compare with, such as what is possible. */
  readonly mark?: number;
}

export interface BarChart {
  readonly width: number;
  readonly groups: readonly BarGroup[];
  /** End of the axis. */
  readonly high: number;
  readonly valueText: (value: number) => string;
  readonly axisText: (value: number) => string;
  /** Writes each value over its bar. */
  readonly labelled: boolean;
}

const PLOT_HEIGHT = 176;
const MARGIN = { left: 46, right: 6, bottom: 24 };
const LEGEND_ROW = 20;

/** @returns a drawing with a legend of the first group's methods on top */
export function barChart(chart: BarChart): {
  readonly width: number;
  readonly height: number;
  readonly content: string;
} {
  const { width, groups, high, axisText } = chart;
  const { content: legend, rows } = legendOf(groups[0]!, width);
  const top = rows * LEGEND_ROW + 16;
  const bottom = top + PLOT_HEIGHT;
  const y = (value: number): number => bottom - (Math.max(0, Math.min(value, high)) / high) * PLOT_HEIGHT;
  const across = (value: number, kind: string, from: number, to: number): string =>
    `<line class="${kind}" x1="${round(from)}" x2="${round(to)}" y1="${round(y(value))}" y2="${round(y(value))}"/>`;
  const grid = linearTicks(0, high, 5).map(
    (value) =>
      across(value, 'grid', MARGIN.left, width - MARGIN.right) +
      text(MARGIN.left - 6, y(value) + 4, axisText(value), { anchor: 'end' }),
  );
  const share = (width - MARGIN.left - MARGIN.right) / groups.length;
  const drawn = groups.map((group, at) => {
    const middle = MARGIN.left + (at + 0.5) * share;
    const thick = Math.min(chart.labelled ? 46 : 22, (share * 0.78) / group.bars.length);
    const start = middle - (group.bars.length / 2) * thick;
    const end = start + group.bars.length * thick;
    const mark = group.mark === undefined ? '' : across(group.mark, 'clean', start - 8, end + 8);
    const label = text(middle, bottom + 17, group.label, { anchor: 'middle', kind: 'label' });
    return barsOf(group, chart, { start, thick, y }) + mark + label;
  });
  return { width, height: bottom + MARGIN.bottom, content: [legend, ...grid, ...drawn].join('') };
}

function barsOf(
  { label, bars }: BarGroup,
  { valueText, labelled }: BarChart,
  {
    start,
    thick,
    y,
  }: { readonly start: number; readonly thick: number; readonly y: (value: number) => number },
): string {
  const drawn = bars.map(({ kind, name, value }, index) => {
    const x = start + index * thick;
    const title = `<title>${escape(label)}, ${escape(name)}: ${valueText(value)}</title>`;
    const rect = `<rect class="${kind}" x="${round(x)}" y="${round(y(value))}" width="${round(thick - 1.5)}" height="${round(y(0) - y(value))}" rx="1.5">${title}</rect>`;
    return labelled ? rect + valueOf(valueText(value), x + thick / 2 - 0.75, y(value), y(0)) : rect;
  });
  return drawn.join('');
}

/** Below the top of the bar, or on top of a bar that has no room for it. */
function valueOf(value: string, middle: number, top: number, bottom: number): string {
  return bottom - top > 20
    ? text(middle, top + 14, value, { anchor: 'middle', kind: 'inside' })
    : text(middle, top - 4, value, { anchor: 'middle' });
}

/** As many rows as it needs. */
function legendOf(
  { bars, mark }: BarGroup,
  width: number,
): { readonly content: string; readonly rows: number } {
  let [x, row] = [MARGIN.left, 0];
  const entry = (drawn: string, name: string): string => {
    const own = 36 + 6.6 * name.length;
    if (x > MARGIN.left && x + own - 18 > width) [x, row] = [MARGIN.left, row + 1];
    const part = `<g transform="translate(${round(x)} ${4 + row * LEGEND_ROW})">${drawn}${text(18, 10, name)}</g>`;
    x += own;
    return part;
  };
  const methods = bars.map(({ kind, name }) =>
    entry(`<rect class="${kind}" y="1" width="11" height="11" rx="2"/>`, name),
  );
  const line = '<line class="clean" x1="0" x2="13" y1="6" y2="6"/>';
  if (mark !== undefined) methods.push(entry(line, 'clean images'));
  return { content: methods.join(''), rows: row + 1 };
}
