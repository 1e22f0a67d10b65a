// An experiment that is to run: a project whose parameter files have other texts. Data only.
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import type { WorkspacePath } from '../../base/workspace-path.ts';

export interface PlannedExperiment {
  readonly name: string;
  /** Its parameters are those of the experiment. */
  readonly project: Project;
  readonly graph: StageGraph;
  /** Those selected, in dependency order. */
  readonly stages: readonly Stage[];
  /** Of the files that differ from the workspace's. */
  readonly texts: ReadonlyMap<WorkspacePath, string>;
  /** What an earlier run of it recorded. */
  readonly earlier: ReadonlyMap<StageAddress, LockEntry>;
}
