// Makes the whole document of an exported page: the view, and the details of every stage.
import type { OverlayFlags } from '../session/load.ts';
import { withWorkspace } from '../session/with-workspace.ts';
import { assessProject, selectAll } from './assess-project.ts';
import type { PageDocument, StageDetail } from './contract.ts';
import { dataSizes } from './data-view.ts';
import { exportedRevisions, plotsView } from './plots-view.ts';
import { projectView } from './project-view.ts';
import { readRuns } from './runs-so-far.ts';
import { stageDetail, type DetailParts } from './stage-detail.ts';
import { tableViews } from './table-view.ts';
import { readLog } from './stage-log.ts';

/** What is in the page besides the project's state. */
export interface PageChoice {
  readonly logs: 'tail' | 'full' | 'none';
  readonly plots: boolean;
}

/** Of each stage, with `tail`. */
const TAIL = 16 << 10;
/** Of a stage that failed or did something in the latest run. */
const LATEST_TAIL = 64 << 10;

/** @throws PipeError for a pipeline that cannot be loaded. */
export async function pageDocument(
  flags: OverlayFlags,
  { logs, plots: withPlots }: PageChoice,
): Promise<PageDocument> {
  const selection = await selectAll(flags);
  const { folders } = selection.loaded;
  return withWorkspace(selection.loaded, flags, async (workspace) => {
    const project = await assessProject(selection, workspace);
    const runs = readRuns(folders.state);
    const latest = new Set(runs.run.flatMap((event) => (event.type === 'failed' ? [event.stage] : [])));
    const parts: DetailParts = {
      project,
      workspace,
      history: Map.groupBy(runs.history, ({ stage }) => stage),
      ...(logs !== 'none' && {
        log({ address }) {
          const last = logs === 'full' ? Infinity : latest.has(address) ? LATEST_TAIL : TAIL;
          return readLog(folders.logs, address, { last }, project.mask);
        },
      }),
    };
    const details: { [stage: string]: StageDetail } = {};
    for (const stage of selection.stages) details[stage.address] = await stageDetail(stage, parts);
    return {
      view: projectView(project, runs),
      details,
      tables: tableViews(project, workspace),
      sizes: dataSizes(workspace),
      plots: await plotsView(project, workspace, withPlots ? exportedRevisions(project.loaded) : []),
    };
  });
}
