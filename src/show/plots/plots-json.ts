// What `pipe plots show|diff --json` prints, in the shape of DVC.
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import type { PlotFailure } from '../../plots/gather-plots.ts';

/** @param imagePaths where the images of a plot were written, one for each */
export function plotsJson(
  plots: readonly DrawnPlot[],
  imagePaths: (plot: DrawnPlot) => readonly string[],
): object {
  const data = Object.fromEntries(
    plots.map((drawn) => [drawn.plot.name, shapesOf(drawn, imagePaths(drawn))]),
  );
  const errors = plots.flatMap(({ plot: { name }, failures }) =>
    failures.map((failure) => ({ name, ...errorOf(failure) })),
  );
  return { ...(errors.length > 0 && { errors }), ...(plots.length > 0 && { data }) };
}

function shapesOf({ plot, filled }: DrawnPlot, paths: readonly string[]): readonly object[] {
  if (plot.kind === 'image')
    return plot.images.map(({ revision }, index) => ({
      type: 'image',
      revisions: [revision],
      url: paths[index],
    }));
  if (!filled) return [];
  const { content, anchors } = filled;
  const split = Object.keys(anchors).length > 0 && { anchor_definitions: anchors };
  return [{ type: 'vega', revisions: plot.revisions, content, ...split }];
}

function errorOf({ revision, source, fault }: PlotFailure): object {
  return { rev: revision, ...(source !== undefined && { source }), type: fault.type, msg: fault.message };
}

/** For JSON.stringify: integers of any size as digits. */
export const exactNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? rawJson(String(value)) : value;

/** For JSON.stringify: integers of any size as JavaScript has them. */
export const plainNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : value;

/** Missing in the types of TypeScript. */
const rawJson = (text: string): unknown =>
  (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON(text);
