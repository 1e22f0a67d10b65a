// Gathers the report of `pipe diff A B --md`.
import { diffFiles, type Changes } from '../../compare/diff-values.ts';
import { failuresOf, valuesOf, type SideValues } from '../../compare/file-values.ts';
import { diffStages, type StageFacts } from '../../compare/stage-diff.ts';
import { collectStages } from '../../revision/collect-stages.ts';
import type { DataReport } from '../../show/compare/data-text.ts';
import { reportMarkdown } from '../../show/compare/report-markdown.ts';
import { shortName } from '../../show/compare/metrics-table.ts';
import { DEFAULT_PRECISION } from '../../show/compare/value-text.ts';
import { changedPlots } from './changed-plots.ts';
import { metricsAt } from './metrics.ts';
import { paramsAt } from './params.ts';
import { readingOf, type PullFlags } from './reading.ts';
import type { Side, Sides } from './sides.ts';

export interface ReportFlags extends PullFlags {
  readonly precision?: number;
  /** Folder for drawings of plots. */
  readonly plots?: string;
  /** What the addresses of drawings begin with, in place of that folder. */
  readonly plotsUrl?: string;
}

export async function reportOf(
  both: readonly [Side, Side],
  data: DataReport,
  sides: Sides,
  flags: ReportFlags,
): Promise<string> {
  const reading = readingOf(sides, flags);
  const metrics: SideValues[] = [];
  const params: SideValues[] = [];
  const stages: (readonly StageFacts[])[] = [];
  for (const side of both) {
    metrics.push(await metricsAt(side, [], reading));
    params.push(await paramsAt(side, { targets: [], depsOnly: false }, sides, reading));
    stages.push(collectStages(await side.revision()));
  }
  const between = ([old, now]: readonly SideValues[]): ReadonlyMap<string, Changes> =>
    diffFiles(valuesOf(old!), valuesOf(now!), false);
  return reportMarkdown({
    names: [shortName(both[0].name), shortName(both[1].name)],
    metrics: between(metrics),
    params: between(params),
    stages: diffStages(stages[0]!, stages[1]!),
    data,
    plots: await changedPlots([await both[0].revision(), await both[1].revision()], {
      folder: flags.plots,
      url: flags.plotsUrl,
      cwd: sides.inside('.'),
      store: reading.store,
    }),
    failures: [...metrics, ...params].flatMap((side) =>
      failuresOf(side).flatMap(({ problems }) => problems.map(({ title }) => title)),
    ),
    precision: flags.precision ?? DEFAULT_PRECISION,
  });
}
