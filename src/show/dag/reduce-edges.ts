// Leaves out of a view the edges that follow from others: where b reads a and c reads both, that c comes after a goes
// without saying. The drawing shows what is left.
import { nearestSources } from '../../graph/nearest-sources.ts';
import type { DagView } from './view.ts';

/** @param view without cycles. */
export function withoutImplied({ nodes, edges }: DagView): DagView {
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  const above = nodes.map((): number[] => []);
  for (const [from, to] of edges) above[place.get(to)!]!.push(place.get(from)!);
  const shown = nearestSources(above).map((sources) => new Set(sources));
  return {
    nodes,
    edges: edges.filter(([from, to]) => shown[place.get(to)!]!.has(place.get(from)!)),
  };
}
