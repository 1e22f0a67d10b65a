// The plots of some of the revisions that a file has: points of the others are left out, since nothing can be asked for.
import type { PlotsView, PlotView } from '../contract.ts';

export function onlyOf(view: PlotsView, names: readonly string[]): PlotsView {
  if (view.revisions.every((name) => names.includes(name))) return view;
  const known = new Set(view.revisions);
  const others = view.revisions.filter((name) => !names.includes(name));
  const isLeftOut = (row: unknown): boolean => {
    const rev = (row as { rev?: unknown } | null)?.rev;
    return typeof rev === 'string' && known.has(rev) && !names.includes(rev);
  };
  const kept = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value))
      return (key === 'values' ? value.filter((row) => !isLeftOut(row)) : value).map((one) => kept(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, kept(one, name)]));
  };
  return {
    revisions: view.revisions,
    plots: view.plots.map((plot): PlotView => ({
      ...plot,
      ...(plot.spec && { spec: kept(plot.spec) as NonNullable<PlotView['spec']> }),
      problems: plot.problems.filter((problem) => !others.some((name) => problem.startsWith(`${name}: `))),
      ...(plot.images && { images: plot.images.filter(({ revision }) => names.includes(revision)) }),
    })),
  };
}
