// What `pipe plots` prints for people: small drawings of the plots that are lines, and what cannot be drawn.
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { Paint, Style } from '../text/paint.ts';
import { spelledOut } from '../text/spell-out.ts';
import { countText } from '../text/count-text.ts';
import { lineChart, type ChartOptions } from './line-chart.ts';
import { linesOf } from './plot-lines.ts';

export interface TextOptions extends Pick<ChartOptions, 'width' | 'unicode' | 'coloured'> {
  readonly paint: Paint;
  /** Drawings at most; default all. */
  readonly most?: number;
}

/** As far as possible the colours of the page. */
const STYLES: readonly Style[] = ['magenta', 'cyan', 'yellow', 'green', 'blue', 'red'];
const ROWS = 10;
const WIDEST = 100;

export function plotsText(
  plots: readonly DrawnPlot[],
  { width, unicode, coloured, paint, most = Infinity }: TextOptions,
): string {
  const chart = {
    width: Math.min(width, WIDEST),
    height: ROWS,
    unicode,
    coloured,
    paint: (line: number, text: string) => paint(STYLES[line % STYLES.length]!, text),
  };
  const drawn: string[] = [];
  let left = 0;
  for (const { plot, filled } of plots) {
    if (plot.kind === 'image' || !filled) continue;
    const lines = linesOf(plot, filled.content);
    if (!lines) continue;
    if (drawn.length >= most) {
      left += 1;
      continue;
    }
    const { title, axes } = plot;
    const label = axes!.yLabel ?? '';
    const head = label === '' || label === title ? title : `${title}: ${label}`;
    const named = lines.map((line) => ({ ...line, name: spelledOut(line.name) }));
    const body = lineChart(named, { ...chart, xLabel: spelledOut(axes!.xLabel) });
    drawn.push([paint('bold', spelledOut(head)), ...body, ''].join('\n'));
  }
  const more =
    left === 0 ? [] : [paint('dim', `${countText(left, 'more line plot')}; name one to draw it here`), ''];
  return [...drawn, ...more].map((part) => `${part}\n`).join('');
}
