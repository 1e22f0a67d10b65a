// Fills the template of each plot. A plot that cannot be drawn does not stop the others.
import { fillTemplate, type FilledTemplate } from './fill-template.ts';
import { findTemplate } from './find-template.ts';
import type { Plot, PlotFailure } from './gather-plots.ts';
import { asFault } from './plot-fault.ts';

export interface DrawnPlot {
  readonly plot: Plot;
  /** Undefined for images, and where there is nothing to draw. */
  readonly filled: FilledTemplate | undefined;
  /** Of the plot, and of its template. */
  readonly failures: readonly PlotFailure[];
}

export interface DrawOptions {
  /** Absolute folder of the project's own templates. */
  readonly templates: string;
  /** Absolute: what a path of a template is relative to. */
  readonly cwd: string;
  readonly split?: boolean;
}

export const drawPlots = (plots: readonly Plot[], options: DrawOptions): DrawnPlot[] =>
  plots.map((plot) => drawPlot(plot, options));

function drawPlot(plot: Plot, { templates, cwd, split = false }: DrawOptions): DrawnPlot {
  const { failures } = plot;
  if (plot.kind === 'image' || !plot.axes) return { plot, filled: undefined, failures };
  const { rows, axes, title, revisions } = plot;
  try {
    const template = findTemplate(plot.template, templates, cwd);
    return { plot, filled: fillTemplate(template, { rows, axes, title, revisions }, split), failures };
  } catch (error) {
    const fault = asFault(error);
    const failed = revisions.map((revision): PlotFailure => ({ revision, fault }));
    return { plot, filled: undefined, failures: [...failures, ...failed] };
  }
}
