// Draws the plots of several revisions, each plot with the points of all of them: for `pipe plots`, for reports of what changed, and for
// the page. `svgOf` makes a picture of what this returns.
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { collectPlots } from './collect-plots.ts';
import type { Settings } from './definition.ts';
import { drawPlots, type DrawnPlot } from './draw-plots.ts';
import { gatherPlots, type PlotRevision } from './gather-plots.ts';

export interface DrawnRevisions {
  readonly drawn: readonly DrawnPlot[];
  /** Targets that select nothing in any revision. */
  readonly unmatched: readonly string[];
}

export interface DrawRevisionsOptions {
  /** Names of plots, or files, relative to `cwd`; none: all that are declared. */
  readonly targets: readonly string[];
  readonly cwd: WorkspacePath;
  /** Absolute folder of the project's own templates. */
  readonly templates: string;
  readonly settings: Settings;
  readonly headerless: boolean;
  readonly split: boolean;
}

/** @param revisions in the order of their colours; at least one. */
export async function drawRevisions(
  revisions: readonly Omit<PlotRevision, 'groups'>[],
  { targets, cwd, templates, settings, headerless, split }: DrawRevisionsOptions,
): Promise<DrawnRevisions> {
  const collected: PlotRevision[] = [];
  const unmatched = new Set(targets);
  for (const { name, project, files } of revisions) {
    const { groups, matched } = await collectPlots({ project, files, cwd, targets, settings });
    for (const target of matched) unmatched.delete(target);
    collected.push({ name, project, files, groups });
  }
  const plots = await gatherPlots(collected, { cwd, headerless });
  const folder = absolutePath(revisions[0]!.project.root, cwd);
  return { drawn: drawPlots(plots, { templates, cwd: folder, split }), unmatched: [...unmatched] };
}
