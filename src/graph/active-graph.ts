// The graph of a run: a frozen stage does not wait for what it depends on.
import type { StageGraph } from './stage-graph.ts';

export function activeGraph(graph: StageGraph): StageGraph {
  return {
    ...graph,
    dependencies: (stage) => (stage.frozen ? [] : graph.dependencies(stage)),
    dependents: (stage) => graph.dependents(stage).filter((dependent) => !dependent.frozen),
  };
}
