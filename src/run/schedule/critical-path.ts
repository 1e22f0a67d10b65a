// The priority of a stage: the estimated time of the stage and of the longest chain of stages that depend on it.
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';

/** @param stages in dependency order. @param estimate seconds, or undefined where nothing is known. */
export function priorities(
  stages: readonly Stage[],
  graph: StageGraph,
  estimate: (stage: Stage) => number | undefined,
): ReadonlyMap<StageAddress, number> {
  const known = stages.map(estimate).filter((seconds) => seconds !== undefined);
  // A stage of unknown length counts like the longest known one: started late it would cost most.
  const unknown = known.length > 0 ? known.reduce((most, time) => Math.max(most, time)) : 1;
  const included = new Set(stages.map((stage) => stage.address));
  const lengths = new Map<StageAddress, number>();
  for (const stage of stages.toReversed()) {
    let behind = 0;
    for (const { address } of graph.dependents(stage))
      if (included.has(address)) behind = Math.max(behind, lengths.get(address) ?? 0);
    lengths.set(stage.address, behind + (estimate(stage) ?? unknown));
  }
  return lengths;
}
