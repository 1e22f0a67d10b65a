// What a drawing of the graph shows: stages (members of a foreach or matrix as one box) or outputs, and what feeds what.
// Knows nothing of how it is drawn.
import type { StageGraph } from '../graph/stage-graph.ts';
import type { Out, Stage, StageAddress } from '../pipeline/stage.ts';
import { edgesBetweenBoxes, groupBoxes } from './dag-groups.ts';

export type DagState = 'fresh' | 'stale' | 'blocked' | 'frozen';

export interface DagNode {
  readonly id: string;
  readonly label: string;
  /** How many stages the box stands for, if not one. */
  readonly count?: number;
  readonly state?: DagState;
}

/** `train ×90`, or the label alone. */
export const caption = ({ label, count }: DagNode): string =>
  count === undefined ? label : `${label} ×${count}`;

export interface DagView {
  readonly nodes: readonly DagNode[];
  /** From what makes to what reads; each pair once, never from a node to itself. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

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
  return options.outs ? viewOfOuts(graph, stages, options) : viewOfStages(graph, stages, options);
}

function connected(graph: StageGraph, targets: readonly Stage[], full: boolean): readonly Stage[] {
  const found = new Set<StageAddress>();
  const open = [...targets];
  for (let stage = open.pop(); stage; stage = open.pop()) {
    if (found.has(stage.address)) continue;
    found.add(stage.address);
    open.push(...graph.dependencies(stage), ...(full ? graph.dependents(stage) : []));
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
      label: id,
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

function viewOfOuts(graph: StageGraph, stages: readonly Stage[], { state }: DagViewOptions): DagView {
  const nodes = stages.flatMap((stage) => {
    const own = state?.(stage);
    return stage.outs.map((out): DagNode => ({ id: out.at, label: out.at, ...(own && { state: own }) }));
  });
  return { nodes, edges: edgesBetweenOuts(graph, stages) };
}

/** An output depends on those outputs that its stage reads: the same path, one inside it, or one that it lies in. */
function edgesBetweenOuts(
  graph: StageGraph,
  stages: readonly Stage[],
): (readonly [from: string, to: string])[] {
  const included = new Set(stages.map(({ address }) => address));
  const edges: (readonly [string, string])[] = [];
  for (const stage of stages) {
    for (const dependency of graph.dependencies(stage)) {
      if (!included.has(dependency.address)) continue;
      for (const from of dependency.outs.filter((out) => reads(stage, out))) {
        for (const to of stage.outs) edges.push([from.at, to.at]);
      }
    }
  }
  return edges;
}

function reads(stage: Stage, out: Out): boolean {
  const within = (path: string, folder: string): boolean =>
    folder === '.' || path === folder || path.startsWith(`${folder}/`);
  return [...stage.deps, ...stage.params].some(({ at }) => within(at, out.at) || within(out.at, at));
}
