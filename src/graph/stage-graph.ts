// The stages of a project and their dependencies on each other. Data only: build-graph.ts makes it.
import type { Stage, StageAddress } from '../pipeline/stage.ts';

export interface StageGraph {
  /** In collection order. */
  readonly stages: readonly Stage[];
  /** Stages whose outputs this one reads, in the order of its deps; edges into frozen stages included. */
  dependencies(stage: Stage): readonly Stage[];
  dependents(stage: Stage): readonly Stage[];
  stage(address: StageAddress): Stage | undefined;
}
