// What a page shows of each plot: those of data first, then images, numbered ones in the order of their numbers.
import { extname, posix } from 'node:path';
import { problemText } from '../text/problem-text.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { PlotImage } from '../../plots/gather-plots.ts';
import type { PageData, PagePlot } from '../../plots/page/data.ts';

/** @param title of the page. */
export function pageData(plots: readonly DrawnPlot[], title: string): PageData {
  const sorted = plots.toSorted((a, b) => compareOrders(orderOf(a), orderOf(b)));
  return { title, plots: sorted.map(pagePlot) };
}

function pagePlot({ plot, filled, failures }: DrawnPlot): PagePlot {
  const problems = failures.map(({ revision, fault }) => `${revision}: ${problemText(fault.problem, false)}`);
  return {
    name: plot.name,
    ...(filled && { spec: filled.content }),
    ...(plot.kind === 'image' && { images: plot.images.map((image) => pageImage(image, plot.name)) }),
    problems,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
};

const pageImage = ({ revision, bytes }: PlotImage, name: string) => ({
  revision,
  source: `data:${TYPES[extname(name)]!};base64,${bytes.toString('base64')}`,
});

type Order = readonly (string | number)[];

function orderOf({ plot: { kind, name } }: DrawnPlot): Order {
  if (kind === 'data') return [0];
  const { dir, name: stem, base } = posix.parse(name);
  return [1, dir, /^\d+$/.test(stem) ? Number(stem) : -1, base];
}

function compareOrders(a: Order, b: Order): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]!;
    if (one !== other) return other === undefined || one > other ? 1 : -1;
  }
  return 0;
}
