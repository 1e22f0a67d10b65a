// The order in which DVC runs stages, and so the order in which it appends them to dvc.lock: depth first, each stage
// after those it depends on; the dependencies of a frozen stage are not visited.
import type { StageGraph } from '../graph/stage-graph.ts';
import type { Stage } from '../pipeline/stage.ts';

export function dvcOrder(graph: StageGraph): readonly Stage[] {
  const order: Stage[] = [];
  const seen = new Set<Stage>();
  for (const start of graph.stages) {
    // Without recursion: a chain of stages may be long.
    const path: { stage: Stage; left: Stage[] }[] = [];
    const enter = (stage: Stage): void => {
      if (seen.has(stage)) return;
      seen.add(stage);
      path.push({ stage, left: stage.frozen ? [] : [...graph.dependencies(stage)].toReversed() });
    };
    enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.left.pop();
      if (next) enter(next);
      else order.push(path.pop()!.stage);
    }
  }
  return order;
}
