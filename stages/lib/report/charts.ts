// Charts as SVG text. Colours are the page's CSS variables, so that they follow light and dark.
import { escape } from './html.ts';

export interface Line {
  /** One value per epoch, from epoch 1. */
  readonly values: readonly number[];
  /** CSS class: `fold`, `mean` or `training`. */
  readonly kind: string;
}

export interface LineChart {
  readonly title: string;
  /** For readers who do not see it. */
  readonly description: string;
  readonly lines: readonly Line[];
  /** Range of both axes, shared by neighbours so that they can be compared. */
  readonly epochs: number;
  readonly low: number;
  readonly high: number;
  /** Epoch to mark. */
  readonly marked?: { readonly epoch: number; readonly value: number };
}

const WIDTH = 380;
const HEIGHT = 215;
const MARGIN = { left: 44, right: 10, top: 12, bottom: 28 };

/** Losses over epochs, on a logarithmic scale. */
export function lineChart({ title, description, lines, epochs, low, high, marked }: LineChart): string {
  const x = (epoch: number): number =>
    MARGIN.left + ((epoch - 1) / Math.max(1, epochs - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const position = logScale(low, high);
  const y = (value: number): number =>
    HEIGHT - MARGIN.bottom - position(value) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = logTicks(low, high).map(
    (value) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(value))}" y2="${round(y(value))}"/>` +
      `<text x="${MARGIN.left - 6}" y="${round(y(value) + 3.5)}" text-anchor="end">${value}</text>`,
  );
  const ticks = epochTicks(epochs).map(
    (epoch) => `<text x="${round(x(epoch))}" y="${HEIGHT - 10}" text-anchor="middle">${epoch}</text>`,
  );
  const drawn = lines.map(({ values, kind }) => {
    const points = values.map((value, at) => `${round(x(at + 1))},${round(y(value))}`);
    return `<polyline class="${kind}" points="${points.join(' ')}"/>`;
  });
  const dot =
    marked === undefined
      ? ''
      : `<circle class="best" cx="${round(x(marked.epoch))}" cy="${round(y(marked.value))}" r="4"/>`;
  return (
    `<figure class="chart"><figcaption>${title}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(description)}">` +
    `${grid.join('')}${ticks.join('')}${drawn.join('')}${dot}</svg></figure>`
  );
}

export interface Bars {
  readonly label: string;
  readonly values: readonly number[];
}

/** Groups of bars from 0 to 1, one group per label; `kinds` are the CSS classes of the bars of a group. */
export function barChart(description: string, groups: readonly Bars[], kinds: readonly string[]): string {
  const [width, height] = [680, 210];
  const [left, right, top, bottom] = [34, 6, 10, 26];
  const y = (value: number): number => height - bottom - Math.max(0, value) * (height - top - bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${round(y(value))}" y2="${round(y(value))}"/>` +
      `<text x="${left - 6}" y="${round(y(value) + 3.5)}" text-anchor="end">${value}</text>`,
  );
  const group = (width - left - right) / groups.length;
  const bar = Math.min(22, (group * 0.72) / kinds.length);
  const bars = groups.map(({ label, values }, at) => {
    const middle = left + (at + 0.5) * group;
    const own = values.map((value, index) => {
      const start = middle + (index - kinds.length / 2) * bar;
      return `<rect class="${kinds[index]}" x="${round(start)}" y="${round(y(value))}" width="${round(bar - 1.5)}" height="${round(y(0) - y(value))}" rx="1.5"><title>${escape(label)}: ${value.toFixed(3)}</title></rect>`;
    });
    return `${own.join('')}<text x="${round(middle)}" y="${height - 8}" text-anchor="middle">${escape(label)}</text>`;
  });
  return `<svg class="bars" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(description)}">${grid.join('')}${bars.join('')}</svg>`;
}

function logScale(low: number, high: number): (value: number) => number {
  const [from, to] = [Math.log(low), Math.log(high)];
  return (value) => (Math.log(Math.max(value, low)) - from) / (to - from || 1);
}

/** The 1, 2 and 5 of each power of ten inside the range; all of 1 … 9 where those are fewer than two. */
function logTicks(low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (let digit = 1; digit <= 9; digit++) all.push(Number((digit * 10 ** power).toPrecision(1)));
  const inside = all.filter((value) => value >= low && value <= high);
  const few = inside.filter((value) => /^[125]/.test(String(value).replace(/^0?\.0*/, '')));
  return few.length >= 2 ? few : inside;
}

function epochTicks(epochs: number): readonly number[] {
  const step = [1, 2, 5, 10, 20, 50, 100].find((step) => epochs / step <= 6) ?? epochs;
  const ticks = Array.from({ length: epochs }, (_, at) => at + 1);
  return ticks.filter((epoch) => epoch === 1 || epoch % step === 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
