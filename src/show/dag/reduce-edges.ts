// Leaves out of a view the edges that follow from others: where b reads a and c reads both, that c comes after a goes
// without saying. The drawing shows what is left.
import type { DagView } from './view.ts';

/** @param view without cycles. */
export function withoutImplied({ nodes, edges }: DagView): DagView {
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  const below = nodes.map((): number[] => []);
  for (const [from, to] of edges) below[place.get(from)!]!.push(place.get(to)!);
  const words = Math.ceil(nodes.length / 32);
  const reached = nodes.map(() => new Uint32Array(words));
  const implied = new Set<number>();
  // From the bottom up, so that the descendants of each node are known before it.
  for (const from of bottomUp(below)) {
    const own = reached[from]!;
    for (const to of below[from]!) reached[to]!.forEach((word, index) => (own[index]! |= word));
    for (const to of below[from]!) {
      if (own[to >>> 5]! & (1 << (to & 31))) implied.add(from * nodes.length + to);
    }
    for (const to of below[from]!) own[to >>> 5]! |= 1 << (to & 31);
  }
  return {
    nodes,
    edges: edges.filter(([from, to]) => !implied.has(place.get(from)! * nodes.length + place.get(to)!)),
  };
}

function bottomUp(below: readonly (readonly number[])[]): number[] {
  const above = below.map((): number[] => []);
  below.forEach((list, from) => list.forEach((to) => above[to]!.push(from)));
  const waiting = below.map((list) => list.length);
  const order = [...below.keys()].filter((index) => waiting[index] === 0);
  for (const index of order) {
    for (const from of above[index]!) {
      waiting[from]! -= 1;
      if (waiting[from] === 0) order.push(from);
    }
  }
  return order;
}
