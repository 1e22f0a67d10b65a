// The graph of outputs: which output is made from which, those of a foreach or matrix as one box with a pattern for a name.
import { smallest } from '../../base/extremes.ts';
import type { StageGraph } from '../../graph/stage-graph.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import { placesOf, type WorkspacePath } from '../../base/workspace-path.ts';
import { indexPaths } from '../../graph/path-index.ts';
import { groupBoxes } from './groups.ts';
import type { DagNode, DagView } from './view.ts';
import { spelledOut } from '../text/spell-out.ts';

/** @param fold whether outputs of a group are one box. */
export function viewOfOuts(graph: StageGraph, stages: readonly Stage[], fold: boolean): DagView {
  const boxes = fold ? groupBoxes(graph, stages) : new Map(stages.map(({ address }) => [address, address]));
  const nodes: DagNode[] = [];
  const ids = new Map<Out, string>();
  for (const members of Map.groupBy(stages, ({ address }) => boxes.get(address)!).values()) {
    const alike = members.every(({ outs }) => outs.length === members[0]!.outs.length);
    const rows = alike
      ? members[0]!.outs.map((_, index) => members.map(({ outs }) => outs[index]!))
      : members.flatMap(({ outs }) => outs.map((out) => [out]));
    for (const row of rows) {
      const label = spelledOut(commonPattern(row.map(({ at }) => at)));
      const id = row[0]!.at;
      for (const out of row) ids.set(out, id);
      nodes.push({ id, label, ...(row.length > 1 && { count: row.length }) });
    }
  }
  const edges = new Map<string, readonly [string, string]>();
  for (const stage of stages) {
    const isRead = readBy(stage);
    for (const dependency of graph.dependencies(stage)) {
      if (boxes.get(dependency.address) === boxes.get(stage.address)) continue;
      for (const out of dependency.outs) {
        const from = ids.get(out);
        if (from === undefined || !isRead(out)) continue;
        for (const to of stage.outs) edges.set(`${from}\0${ids.get(to)!}`, [from, ids.get(to)!]);
      }
    }
  }
  return { nodes, edges: [...edges.values()] };
}

/** Whether the stage reads the path of an output, one inside of it or one around it. */
function readBy({ deps, params }: Stage): (out: Out) => boolean {
  const read = indexPaths([...deps, ...params].flatMap(placesOf).map((path) => [path, true]));
  const isRead = (path: WorkspacePath): boolean =>
    read.equal(path) !== undefined || read.around(path).length > 0 || read.inside(path).length > 0;
  return (out) => placesOf(out).some(isRead);
}

/** What the paths have in common, folder by folder where they are equally deep. */
export function commonPattern(paths: readonly string[]): string {
  const split = paths.map((path) => path.split('/'));
  if (split.every((parts) => parts.length === split[0]!.length)) {
    return split[0]!.map((_, index) => commonPart(split.map((parts) => parts[index]!))).join('/');
  }
  return commonPart(paths);
}

function commonPart([first, ...others]: readonly string[]): string {
  if (others.every((other) => other === first)) return first!;
  const shortest = smallest([first!, ...others].map(({ length }) => length));
  let start = 0;
  while (start < shortest && others.every((other) => other[start] === first![start])) start += 1;
  let end = 0;
  while (end < shortest - start && others.every((other) => other.at(-1 - end) === first!.at(-1 - end)))
    end += 1;
  return `${first!.slice(0, start)}*${first!.slice(first!.length - end)}`;
}
