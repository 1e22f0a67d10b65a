// First half of drawing the graph: every box gets a layer below all that it depends on, edges that pass a layer get a
// place in it, and the layers are ordered so that few lines cross. Owns no coordinates.
import { largest, smallest } from '../../base/extremes.ts';
import type { DagNode, DagView } from './view.ts';

/** A box, or (without `node`) the line of an earlier box that passes this layer on its way down. */
export interface Item {
  /** From 0, each number once in a drawing. */
  readonly index: number;
  readonly node?: DagNode;
  readonly layer: number;
  /** Neighbours in the layer above, and below. All edges out of a box share one line until they part. */
  readonly up: Item[];
  readonly down: Item[];
}

/** @param view connected, without cycles. @returns layers in no particular order each. */
export const layersOf = (view: DagView): Item[][] => withPassingLines(view, assignLayers(view));

function assignLayers({ nodes, edges }: DagView): Map<string, number> {
  const above = Map.groupBy(edges, ([, to]) => to);
  const below = Map.groupBy(edges, ([from]) => from);
  const waiting = new Map(nodes.map(({ id }) => [id, above.get(id)?.length ?? 0]));
  const layer = new Map<string, number>();
  const order = nodes.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (const id of order) {
    layer.set(id, Math.max(0, largest((above.get(id) ?? []).map(([from]) => layer.get(from)! + 1))));
    for (const [, to] of below.get(id) ?? []) {
      const left = waiting.get(to)! - 1;
      waiting.set(to, left);
      if (left === 0) order.push(to);
    }
  }
  // A box without incoming edges is placed right above the first that needs it.
  for (const id of order) {
    const needed = below.get(id);
    if (!above.has(id) && needed) layer.set(id, smallest(needed.map(([, to]) => layer.get(to)!)) - 1);
  }
  return layer;
}

function withPassingLines({ nodes, edges }: DagView, layerOf: ReadonlyMap<string, number>): Item[][] {
  const layers: Item[][] = Array.from({ length: Math.max(0, largest([...layerOf.values()])) + 1 }, () => []);
  const boxes = new Map<string, Item>();
  let index = 0;
  for (const node of nodes) {
    const box: Item = { index, node, layer: layerOf.get(node.id)!, up: [], down: [] };
    index += 1;
    boxes.set(node.id, box);
    layers[box.layer]!.push(box);
  }
  for (const [id, list] of Map.groupBy(edges, ([from]) => from)) {
    const targets = list.map(([, to]) => boxes.get(to)!).sort((a, b) => a.layer - b.layer);
    let line = boxes.get(id)!;
    for (const target of targets) {
      while (line.layer < target.layer - 1) {
        const next: Item = { index, layer: line.layer + 1, up: [line], down: [] };
        index += 1;
        line.down.push(next);
        layers[next.layer]!.push(next);
        line = next;
      }
      line.down.push(target);
      target.up.push(line);
    }
  }
  return layers;
}

/** Sweeps up and down, each layer sorted by the mean place of its neighbours; the order with fewest crossings stays. */
export function orderLayers(layers: Item[][]): void {
  const SWEEPS = 12;
  const place = new Map<Item, number>();
  const settle = (layer: readonly Item[]): void => layer.forEach((item, index) => place.set(item, index));
  for (const layer of layers) settle(layer);
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers, place);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const mean = new Map(
        layer.map((item) => [item, meanPlace(down ? item.up : item.down, place) ?? place.get(item)!]),
      );
      layer.sort((a, b) => mean.get(a)! - mean.get(b)!);
      settle(layer);
    }
    swapNeighbours(layers, place);
    const count = crossings(layers, place);
    if (count < fewest) {
      fewest = count;
      best = layers.map((layer) => [...layer]);
    }
  }
  for (const [at, layer] of best.entries()) layers[at] = layer;
}

function meanPlace(items: readonly Item[], place: ReadonlyMap<Item, number>): number | undefined {
  if (items.length === 0) return undefined;
  return items.reduce((sum, item) => sum + place.get(item)!, 0) / items.length;
}

/** Exchanges neighbours within a layer as long as that removes crossings. */
function swapNeighbours(layers: readonly Item[][], place: Map<Item, number>): void {
  for (const layer of layers) {
    for (let index = 1; index < layer.length; index += 1) {
      const [a, b] = [layer[index - 1]!, layer[index]!];
      const now = pairCrossings(a.up, b.up, place) + pairCrossings(a.down, b.down, place);
      const swapped = pairCrossings(b.up, a.up, place) + pairCrossings(b.down, a.down, place);
      if (swapped >= now) continue;
      layer[index - 1] = b;
      layer[index] = a;
      place.set(b, index - 1);
      place.set(a, index);
    }
  }
}

/** Crossings between the lines of two neighbours, the first left of the second. */
function pairCrossings(
  left: readonly Item[],
  right: readonly Item[],
  place: ReadonlyMap<Item, number>,
): number {
  let count = 0;
  for (const a of left) for (const b of right) if (place.get(a)! > place.get(b)!) count += 1;
  return count;
}

function crossings(layers: readonly (readonly Item[])[], place: ReadonlyMap<Item, number>): number {
  let count = 0;
  for (const layer of layers) {
    if (layer.length < 2) continue;
    // Ends below in the order of their beginnings above: each pair out of order is a crossing.
    const ends = layer.flatMap((item) => item.down.map((end) => place.get(end)!).sort((a, b) => a - b));
    count += inversions(ends);
  }
  return count;
}

function inversions(list: readonly number[]): number {
  const seen = Array<number>(Math.max(0, largest(list)) + 2).fill(0);
  let count = 0;
  list.forEach((value, index) => {
    let notAfter = 0;
    for (let at = value + 1; at > 0; at -= at & -at) notAfter += seen[at]!;
    count += index - notAfter;
    for (let at = value + 1; at < seen.length; at += at & -at) seen[at]! += 1;
  });
  return count;
}
