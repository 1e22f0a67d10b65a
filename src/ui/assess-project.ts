// The project as it is now: loaded and decided about, as `pipe status` does. What views and details are made of.
import { activeGraph } from '../graph/active-graph.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { changedFolders } from '../plan/changed-folders.ts';
import type { Decision } from '../plan/decision.ts';
import { decidedStages, load, type Loaded, type OverlayFlags } from '../session/load.ts';
import { assessStages } from '../session/assess-stages.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import type { StatusReport } from '../show/status/status-report.ts';
import { makeMask, type Mask } from './mask.ts';

export interface AssessedProject {
  readonly loaded: Loaded;
  /** In dependency order. */
  readonly stages: readonly Stage[];
  readonly decisions: ReadonlyMap<StageAddress, Decision>;
  readonly report: StatusReport;
  readonly mask: Mask;
}

export interface Selection {
  readonly loaded: Loaded;
  readonly stages: readonly Stage[];
}

/** @throws PipeError for a pipeline that cannot be loaded. */
export async function selectAll(flags: OverlayFlags): Promise<Selection> {
  const loaded = await load(flags);
  return { loaded, stages: decidedStages({ ...loaded, graph: activeGraph(loaded.graph) }, []) };
}

/** @param workspace of the selection. */
export async function assessProject(
  { loaded, stages }: Selection,
  workspace: OpenWorkspace,
): Promise<AssessedProject> {
  const { vanished, decisions } = await assessStages(stages, workspace);
  const folders = await changedFolders(decisions, workspace);
  const entries = [...workspace.locks.recorded()].map(({ entry }) => entry);
  return {
    loaded,
    stages,
    decisions,
    mask: makeMask(stages, entries),
    report: {
      stages: stages.map((stage) => ({ stage, decision: decisions.get(stage.address)! })),
      vanished: vanished.stages.map(({ name, entry }) => ({
        name,
        paths: entry.outs.map(({ path }) => path),
      })),
      overlay: { last: workspace.locks.overlay(), now: loaded.project.overlay },
      folders,
    },
  };
}
