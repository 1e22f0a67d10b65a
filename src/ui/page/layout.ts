// Places boxes in layers, from left to right or from top to bottom, so that edges cross little and are short. The same input gives the same picture: the
// order of the pipeline decides where nothing else does.

export interface LayoutInput {
  /** How many boxes. */
  readonly count: number;
  /** Pairs of indices, from what makes to what reads; without cycles. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

export interface Layout {
  readonly direction: Direction;
  /** Left upper corners. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** By edge, in their order: the points that a line goes through between its two boxes. */
  readonly bends: readonly (readonly (readonly [x: number, y: number])[])[];
  readonly width: number;
  readonly height: number;
  readonly layers: Int32Array;
}

export type Direction = 'right' | 'down';

export const BOX = { width: 188, height: 50 } as const;
/** Between layers, and between boxes of one layer. */
const GAPS = { right: { layer: 72, box: 18 }, down: { layer: 46, box: 20 } } as const;
/** A line beside boxes takes less room than a box. */
const LINE_GAP = 16;
const SWEEPS = 12;
/** Of everything that the lines of all edges pass: beyond it long lines are drawn straight. */
const MOST_POINTS = 60_000;

export function layOut({ count, edges }: LayoutInput, direction: Direction): Layout {
  const [length, breadth] = direction === 'right' ? [BOX.width, BOX.height] : [BOX.height, BOX.width];
  const gaps = GAPS[direction];
  const layers = longestPaths(count, edges);
  const graph = withPoints(count, edges, layers);
  const across = place(graph, orderLayers(graph), breadth + gaps.box);
  const least = across.reduce((one, other) => Math.min(one, other), 0);
  const most = across.reduce((one, other) => Math.max(one, other), 0);
  const step = length + gaps.layer;
  const along = Float64Array.from(layers, (layer) => layer * step);
  const beside = across.map((value) => value - least);
  const last = layers.reduce((one, other) => Math.max(one, other), 0);
  const size = [count === 0 ? 0 : last * step + length, most - least + breadth] as const;
  const bends = graph.points.map((points) =>
    points.map((point) => {
      const at = [graph.layers[point]! * step, beside[point]! + breadth / 2] as const;
      return direction === 'right' ? at : ([at[1], at[0]] as const);
    }),
  );
  const boxes = beside.subarray(0, count);
  return direction === 'right'
    ? { direction, x: along, y: boxes, bends, width: size[0], height: size[1], layers }
    : { direction, x: boxes, y: along, bends, width: size[1], height: size[0], layers };
}

/** The direction in which the whole is larger in a frame of this size. */
export function betterDirection(input: LayoutInput, width: number, height: number): Direction {
  const layers = longestPaths(input.count, input.edges);
  const sizes = new Map<number, number>();
  for (const layer of layers) sizes.set(layer, (sizes.get(layer) ?? 0) + 1);
  const widest = Math.max(1, ...sizes.values());
  const right = Math.min(
    width / (sizes.size * (BOX.width + GAPS.right.layer)),
    height / (widest * (BOX.height + GAPS.right.box)),
  );
  const down = Math.min(
    width / (widest * (BOX.width + GAPS.down.box)),
    height / (sizes.size * (BOX.height + GAPS.down.layer)),
  );
  // Names are read from left to right: both are good where both fit.
  return Math.min(1, right) >= Math.min(1, down) ? 'right' : 'down';
}

/** Boxes, and after them the points where long edges cross a layer. */
interface Layered {
  readonly count: number;
  readonly layers: number[];
  readonly before: number[][];
  readonly after: number[][];
  readonly points: number[][];
}

/** The layer of each box: after everything that it reads. */
function longestPaths(count: number, edges: LayoutInput['edges']): Int32Array {
  const layers = new Int32Array(count);
  const after: number[][] = Array.from({ length: count }, () => []);
  const open = new Int32Array(count);
  for (const [from, to] of edges) {
    after[from]!.push(to);
    open[to]! += 1;
  }
  const ready = Array.from({ length: count }, (_, index) => index).filter((index) => open[index] === 0);
  for (let at = 0; at < ready.length; at += 1)
    for (const to of after[ready[at]!]!) {
      layers[to] = Math.max(layers[to]!, layers[ready[at]!]! + 1);
      open[to]! -= 1;
      if (open[to] === 0) ready.push(to);
    }
  // What nothing leads to is beside what reads it first, not at the far left.
  for (let at = ready.length - 1; at >= 0; at -= 1) {
    const box = ready[at]!;
    const next = after[box]!;
    if (next.length > 0 && layers[box] === 0)
      layers[box] = next.reduce((least, to) => Math.min(least, layers[to]!), Infinity) - 1;
  }
  return layers;
}

function withPoints(count: number, edges: LayoutInput['edges'], ofBoxes: Int32Array): Layered {
  const layers = [...ofBoxes];
  const before: number[][] = layers.map(() => []);
  const after: number[][] = layers.map(() => []);
  const join = (from: number, to: number): void => {
    after[from]!.push(to);
    before[to]!.push(from);
  };
  const points = edges.map(([from, to]) => {
    const passed: number[] = [];
    let last = from;
    for (let layer = layers[from]! + 1; layer < layers[to]! && layers.length < MOST_POINTS; layer += 1) {
      const point = layers.push(layer) - 1;
      before.push([]);
      after.push([]);
      join(last, point);
      passed.push(point);
      last = point;
    }
    join(last, to);
    return passed;
  });
  return { count, layers, before, after, points };
}

/** Each layer from top to bottom: by the mean place of the neighbours, in turns from both sides. */
function orderLayers({ layers, before, after }: Layered): number[][] {
  const order: number[][] = [];
  for (const [index, layer] of layers.entries()) (order[layer] ??= []).push(index);
  const place = new Float64Array(layers.length);
  const number = (layer: readonly number[]): void => layer.forEach((index, at) => (place[index] = at));
  order.forEach(number);
  let best: number[][] = [];
  let fewest = Infinity;
  const means = new Float64Array(layers.length);
  /** Sweeps that moved nothing: after one in either direction all further ones move nothing. */
  let still = 0;
  for (let sweep = 0; sweep < SWEEPS && still < 2; sweep += 1) {
    const down = sweep % 2 === 0;
    const neighbours = down ? before : after;
    still += 1;
    for (const layer of down ? order : order.toReversed()) {
      for (const index of layer) means[index] = meanPlace(neighbours[index]!, place, place[index]!);
      if (layer.every((index, at) => at === 0 || means[layer[at - 1]!]! <= means[index]!)) continue;
      still = 0;
      layer.sort((a, b) => means[a]! - means[b]! || place[a]! - place[b]!);
      number(layer);
    }
    const length = edgeLength(after, place);
    if (length < fewest) {
      fewest = length;
      best = order.map((layer) => [...layer]);
    }
  }
  return best;
}

function meanPlace(neighbours: readonly number[], place: Float64Array, otherwise: number): number {
  if (neighbours.length === 0) return otherwise;
  let sum = 0;
  for (const index of neighbours) sum += place[index]!;
  return sum / neighbours.length;
}

/** Long edges cross more: cheap to sum up, unlike crossings. */
function edgeLength(after: readonly (readonly number[])[], place: Float64Array): number {
  let sum = 0;
  for (const [from, list] of after.entries())
    for (const to of list) sum += Math.abs(place[from]! - place[to]!);
  return sum;
}

/** Places across the layers: near to the neighbours, in the order of the layer, with gaps between. */
function place(
  { count, layers, before, after }: Layered,
  order: readonly (readonly number[])[],
  room: number,
): Float64Array {
  const size = (index: number): number => (index < count ? room : LINE_GAP);
  const y = new Float64Array(layers.length);
  const offsets = order.map((layer) => {
    let at = 0;
    return layer.map((index, place) => {
      if (place > 0) at += (size(layer[place - 1]!) + size(index)) / 2;
      return at;
    });
  });
  const tallest = offsets.reduce((most, list) => Math.max(most, list.at(-1) ?? 0), 0);
  for (const [at, layer] of order.entries())
    layer.forEach((index, place) => {
      y[index] = (tallest - offsets[at]!.at(-1)!) / 2 + offsets[at]![place]!;
    });
  let still = 0;
  for (let sweep = 0; sweep < 6 && still < 2; sweep += 1) {
    const down = sweep % 2 === 0;
    still += 1;
    for (let step = 0; step < order.length; step += 1) {
      const at = down ? step : order.length - 1 - step;
      const layer = order[at]!;
      const wanted = layer.map((index) => {
        const near = (down ? before : after)[index]!;
        const all = near.length > 0 ? near : (down ? after : before)[index]!;
        return meanPlace(all, y, y[index]!);
      });
      const placed = inOrder(wanted, offsets[at]!);
      layer.forEach((index, place) => {
        if (y[index] === placed[place]) return;
        y[index] = placed[place]!;
        still = 0;
      });
    }
  }
  return y;
}

/** The places nearest to the wanted ones that keep the offsets between neighbours (pool adjacent violators). */
function inOrder(wanted: readonly number[], offsets: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const [index, value] of wanted.entries()) {
    let pool = { sum: value - offsets[index]!, count: 1 };
    while (pools.length > 0) {
      const above = pools.at(-1)!;
      if (above.sum / above.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: above.sum + pool.sum, count: above.count + pool.count };
    }
    pools.push(pool);
  }
  return pools
    .flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
    .map((value, index) => value + offsets[index]!);
}
