// Second half of drawing the graph, across: the columns of each box and passing line of each layer. Boxes come
// as near as order and room allow to what they are connected with, so that lines run straight.
import type { Item } from './layers.ts';
import { caption } from './view.ts';
import { textWidth } from '../text/text-width.ts';

/** Columns between neighbours. */
const GAP = 3;
const SWEEPS = 10;

export interface Places {
  /** First column and width of every item, by its index. */
  readonly left: Int32Array;
  readonly width: Int32Array;
  /** Columns that are used in all. */
  readonly total: number;
}

/** Columns that a layer takes at the very least. */
export const packedWidth = (layer: readonly Item[]): number =>
  layer.reduce((sum, item) => sum + itemWidth(item) + GAP, -GAP);

/** @param limit columns at most; no layer's packed width is more. */
export function placeItems(layers: readonly (readonly Item[])[], limit: number): Places {
  const items = layers.reduce((sum, layer) => sum + layer.length, 0);
  const width = new Int32Array(items);
  for (const layer of layers) for (const item of layer) width[item.index] = itemWidth(item);
  const packed = layers.map(packedWidth);

  const middle = new Float64Array(items);
  for (const layer of layers) {
    let column = 0;
    for (const item of layer) {
      middle[item.index] = column + width[item.index]! / 2;
      column += width[item.index]! + GAP;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    const indices = [...layers.keys()];
    for (const index of down ? indices : indices.reverse()) {
      const layer = layers[index]!;
      // The last two sweeps look both ways.
      const both = sweep >= SWEEPS - 2;
      spread(layer, width, limit - packed[index]!, middle, (item) =>
        both ? [...item.up, ...item.down] : down ? item.up : item.down,
      );
    }
  }
  const left = new Int32Array(items);
  for (const layer of layers) {
    let free = 0;
    for (const item of layer) {
      const column = Math.max(free, Math.round(middle[item.index]! - width[item.index]! / 2));
      left[item.index] = column;
      free = column + width[item.index]! + GAP;
    }
  }
  straighten(layers, left, width);
  return moveToEdge(left, width);
}

/** Gives each line that passes several layers one column, as far as its neighbours leave room for that. */
function straighten(layers: readonly (readonly Item[])[], left: Int32Array, width: Int32Array): void {
  const room = (item: Item): [number, number] => {
    const layer = layers[item.layer]!;
    const at = layer.indexOf(item);
    const [before, after] = [layer[at - 1], layer[at + 1]];
    return [
      before ? left[before.index]! + width[before.index]! + GAP : -Infinity,
      after ? left[after.index]! - GAP - 1 : Infinity,
    ];
  };
  const passing = layers.flat().filter((item) => !item.node);
  for (const head of passing.filter((item) => item.up[0]!.node)) {
    let run: Item[] = [];
    let [first, last] = [-Infinity, Infinity];
    const settle = (): void => {
      const columns = run.map((item) => left[item.index]!).sort((a, b) => a - b);
      const column = Math.min(Math.max(columns[columns.length >> 1]!, first), last);
      for (const item of run) left[item.index] = column;
    };
    for (let item: Item | undefined = head; item; item = item.down.find((next) => !next.node)) {
      const [from, to] = room(item);
      if (run.length > 0 && Math.max(first, from) > Math.min(last, to)) {
        settle();
        run = [];
        [first, last] = [-Infinity, Infinity];
      }
      run.push(item);
      [first, last] = [Math.max(first, from), Math.min(last, to)];
    }
    settle();
  }
}

/** A box is as wide as its text, or as the lines that enter it need. */
function itemWidth({ node, up }: Item): number {
  return node ? Math.max(textWidth(caption(node)) + 4, up.length * 3 + 2) : 1;
}

function moveToEdge(left: Int32Array, width: Int32Array): Places {
  let first = Infinity;
  let end = 0;
  left.forEach((column, index) => {
    first = Math.min(first, column);
    end = Math.max(end, column + width[index]!);
  });
  return { left: left.map((column) => column - first), width, total: end - first };
}

interface Block {
  /** Sum of weight × wish, and of weights, over the items that touch. */
  sum: number;
  weight: number;
  count: number;
}

/**
 * Least squares under the order of the layer: isotonic regression by pooling neighbours that would overlap.
 * @param slack columns that the packed layer leaves free.
 */
function spread(
  layer: readonly Item[],
  width: Int32Array,
  slack: number,
  middle: Float64Array,
  near: (item: Item) => readonly Item[],
): void {
  const blocks: Block[] = [];
  let packed = 0;
  const offsets: number[] = [];
  for (const item of layer) {
    const offset = packed + width[item.index]! / 2;
    offsets.push(offset);
    packed += width[item.index]! + GAP;
    const { wish, weight } = wishOf(item, near(item), middle);
    let block: Block = { sum: weight * (wish - offset), weight, count: 1 };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.weight >= block.sum / block.weight;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        weight: last.weight + block.weight,
        count: last.count + block.count,
      };
    }
    blocks.push(block);
  }
  let index = 0;
  for (const { sum, weight, count } of blocks) {
    const shift = Math.min(Math.max(sum / weight, 0), slack);
    for (let end = index + count; index < end; index += 1)
      middle[layer[index]!.index] = shift + offsets[index]!;
  }
}

/** The best column of an item; lines that pass several layers have to be straight. */
function wishOf(item: Item, near: readonly Item[], middle: Float64Array): { wish: number; weight: number } {
  let sum = 0;
  let weight = 0;
  for (const other of near) {
    const pull = (item.node ? 1 : 4) * (other.node ? 1 : 4);
    sum += pull * middle[other.index]!;
    weight += pull;
  }
  return weight === 0 ? { wish: middle[item.index]!, weight: 0.1 } : { wish: sum / weight, weight };
}
