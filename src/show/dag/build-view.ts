// Builds the view of a graph: members of a foreach or matrix as one box, or the graph of outputs.
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import { edgesBetweenBoxes, groupBoxes } from './groups.ts';
import { viewOfOuts } from './outs.ts';
import { spelledOut } from '../text/spell-out.ts';
import type { DagNode, DagState, DagView } from './view.ts';

export interface DagViewOptions {
  /** Show every member of a foreach or matrix. */
  readonly expand: boolean;
  /** Show outputs instead of stages. */
  readonly outs: boolean;
  /** These stages and all that they depend on, instead of everything. */
  readonly targets?: readonly Stage[] | undefined;
  /** With `targets`: everything connected with them, instead of what they depend on. */
  readonly full?: boolean;
  readonly state?: (stage: Stage) => DagState | undefined;
}

export function dagView(graph: StageGraph, options: DagViewOptions): DagView {
  const stages = options.targets ? connected(graph, options.targets, options.full ?? false) : graph.stages;
  return options.outs ? viewOfOuts(graph, stages, !options.expand) : viewOfStages(graph, stages, options);
}

function connected(graph: StageGraph, targets: readonly Stage[], full: boolean): readonly Stage[] {
  const found = new Set<StageAddress>();
  const open = [...targets];
  for (let stage = open.pop(); stage; stage = open.pop()) {
    if (found.has(stage.address)) continue;
    found.add(stage.address);
    for (const next of graph.dependencies(stage)) open.push(next);
    if (full) for (const next of graph.dependents(stage)) open.push(next);
  }
  return graph.stages.filter((stage) => found.has(stage.address));
}

function viewOfStages(
  graph: StageGraph,
  stages: readonly Stage[],
  { expand, state }: DagViewOptions,
): DagView {
  const boxes = expand ? new Map(stages.map(({ address }) => [address, address])) : groupBoxes(graph, stages);
  const members = Map.groupBy(stages, (stage) => boxes.get(stage.address)!);
  const nodes = [...members].map(([id, list]): DagNode => {
    const common = state && commonState(list.map(state));
    return {
      id,
      label: spelledOut(id),
      ...(list.length > 1 && { count: list.length }),
      ...(common && { state: common }),
    };
  });
  return { nodes, edges: edgesBetweenBoxes(graph, stages, boxes) };
}

function commonState(states: readonly (DagState | undefined)[]): DagState | undefined {
  const order: readonly DagState[] = ['stale', 'blocked', 'fresh', 'frozen'];
  return order.find((state) => states.includes(state));
}
