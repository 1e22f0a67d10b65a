// Orders and closures over the graph, without recursion: a chain can have tens of thousands of stages.
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import type { StageGraph } from './stage-graph.ts';

/** These stages and everything that they depend on: dependencies first, otherwise in the given order. */
export function withDependencies(graph: StageGraph, stages: readonly Stage[]): Stage[] {
  const done = new Set<StageAddress>();
  const order: Stage[] = [];
  for (const start of stages) {
    const open: { stage: Stage; next: number }[] = done.has(start.address) ? [] : [{ stage: start, next: 0 }];
    done.add(start.address);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const dependency = graph.dependencies(top.stage)[top.next];
      top.next += 1;
      if (!dependency) {
        order.push(top.stage);
        open.pop();
      } else if (!done.has(dependency.address)) {
        done.add(dependency.address);
        open.push({ stage: dependency, next: 0 });
      }
    }
  }
  return order;
}

/** These stages and everything that depends on them. */
export function withDependents(graph: StageGraph, stages: readonly Stage[]): Set<Stage> {
  const found = new Set(stages);
  for (const stage of found) for (const dependent of graph.dependents(stage)) found.add(dependent);
  return found;
}

/** These stages alone, dependencies first. */
export function inOrder(graph: StageGraph, stages: ReadonlySet<Stage>): Stage[] {
  const all = withDependencies(
    graph,
    graph.stages.filter((stage) => stages.has(stage)),
  );
  return all.filter((stage) => stages.has(stage));
}
