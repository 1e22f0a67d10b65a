// Which stages share one box in a drawing: the members of a foreach or matrix, unless that would make the picture cyclic.
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';

type Boxes = ReadonlyMap<StageAddress, string>;

/** The box of every stage: the address of its group (`train`), or its own. */
export function groupBoxes(graph: StageGraph, stages: readonly Stage[]): Boxes {
  const sizes = new Map<string, number>();
  for (const stage of stages) sizes.set(groupAddress(stage), (sizes.get(groupAddress(stage)) ?? 0) + 1);
  const whole = new Set([...sizes].filter(([, size]) => size > 1).map(([group]) => group));
  for (;;) {
    const boxOf = (stage: Stage): string =>
      whole.has(groupAddress(stage)) ? groupAddress(stage) : stage.address;
    const boxes = new Map(stages.map((stage) => [stage.address, boxOf(stage)]));
    if (whole.size === 0) return boxes;
    const cyclic = boxesOnCycles(edgesBetweenBoxes(graph, stages, boxes)).filter((box) => whole.delete(box));
    if (cyclic.length === 0) return boxes;
  }
}

/** `train`, with the folder of its pipeline file before it where it has one; the address of a stage without a group. */
export function groupAddress({ address, name, group }: Stage): string {
  return group === null ? address : address.slice(0, address.length - name.length) + group;
}

/** Each pair once, without edges inside one box or to other stages. */
export function edgesBetweenBoxes(
  graph: StageGraph,
  stages: readonly Stage[],
  boxes: Boxes,
): (readonly [from: string, to: string])[] {
  const edges = new Map<string, readonly [string, string]>();
  for (const stage of stages) {
    const to = boxes.get(stage.address)!;
    for (const dependency of graph.dependencies(stage)) {
      const from = boxes.get(dependency.address);
      if (from !== undefined && from !== to) edges.set(`${from}\0${to}`, [from, to]);
    }
  }
  return [...edges.values()];
}

/** What is left after peeling off whatever nothing leads into and whatever leads nowhere, again and again. */
function boxesOnCycles(edges: readonly (readonly [string, string])[]): string[] {
  const left = new Set(edges.flat());
  for (const [here, there] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const next = Map.groupBy(edges, (edge) => edge[here]);
    const open = new Map([...left].map((box) => [box, 0]));
    for (const edge of edges)
      if (left.has(edge[0]) && left.has(edge[1])) open.set(edge[there], open.get(edge[there])! + 1);
    const ends = [...left].filter((box) => open.get(box) === 0);
    for (const box of ends) {
      left.delete(box);
      for (const edge of next.get(box) ?? []) {
        const other = edge[there];
        if (!left.has(other)) continue;
        open.set(other, open.get(other)! - 1);
        if (open.get(other) === 0) ends.push(other);
      }
    }
  }
  return [...left];
}
