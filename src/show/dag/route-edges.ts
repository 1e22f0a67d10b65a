// Third part of drawing the graph: the lines between two layers. Each box sends one line down, which parts on a row of its
// own; lines only ever cross at right angles. Pure geometry: columns in, columns and rows out.
import { largest, smallest } from '../../base/extremes.ts';

/** What a line is to connect: one column above, and the boxes or lines below. */
export interface Wire {
  readonly from: number;
  readonly to: readonly End[];
}

/** Below: the columns that the line may enter at. */
export interface End {
  readonly key: object;
  readonly first: number;
  readonly last: number;
}

export interface Route {
  readonly from: number;
  /** Column at which each end is entered, in the order of the wire's ends. */
  readonly to: readonly number[];
  /** Row between the layers on which the line parts or bends, from 0; none when it runs straight. */
  readonly row: number | undefined;
}

export interface Channel {
  readonly routes: readonly Route[];
  readonly rows: number;
}

export function routeChannel(wires: readonly Wire[]): Channel {
  const columns = chooseColumns(wires);
  const routes = wires.map(({ from }, index) => ({ from, to: columns[index]! }));
  const bent = routes.filter(({ from, to }) => to.some((column) => column !== from));
  const rows = assignRows(bent);
  return {
    routes: routes.map((route) => ({ ...route, row: rows.get(route) })),
    rows: Math.max(0, largest([...rows.values()].map((row) => row + 1))),
  };
}

/**
 * Where each wire enters each of its ends: near to where it comes from, and never at a column where another wire starts,
 * so that no two lines ever share a column.
 */
function chooseColumns(wires: readonly Wire[]): number[][] {
  const starts = new Map(wires.map(({ from }, index) => [from, index]));
  const entering = new Map<object, { end: End; wires: number[] }>();
  wires.forEach(({ to }, index) => {
    for (const end of to) {
      const known = entering.get(end.key);
      if (known) known.wires.push(index);
      else entering.set(end.key, { end, wires: [index] });
    }
  });
  const chosen = new Map<object, Map<number, number>>();
  for (const [key, { end, wires: list }] of entering) {
    const sorted = list.sort((a, b) => wires[a]!.from - wires[b]!.from);
    const columns = nearestColumns(end, sorted, wires, starts);
    chosen.set(key, new Map(sorted.map((wire, index) => [wire, columns[index]!])));
  }
  return wires.map(({ to }, index) => to.map(({ key }) => chosen.get(key)!.get(index)!));
}

/** Increasing columns for the wires of one end with the least sum of distances (dynamic programming over columns). */
function nearestColumns(
  end: End,
  entering: readonly number[],
  wires: readonly Wire[],
  starts: ReadonlyMap<number, number>,
): number[] {
  // A passing line is one column wide: it may step aside by one.
  const [first, last] = end.first === end.last ? [end.first - 1, end.last + 1] : [end.first, end.last];
  const middle = Math.ceil((end.first + end.last) / 2);
  const costs: number[][] = [];
  const chosenBefore: number[][] = [];
  entering.forEach((wire, index) => {
    const { from } = wires[wire]!;
    // The wires that arrive from aside spread around the middle; what can come straight down does.
    const wish = Math.min(Math.max(from, end.first), end.last);
    const spot = from === wish ? from : middle + (index - (entering.length - 1) / 2) * 2;
    const row: number[] = [];
    const back: number[] = [];
    let best = Infinity;
    let bestAt = -1;
    for (let column = first; column <= last; column += 1) {
      const before = costs[index - 1]?.[column - first - 2];
      if (before !== undefined && before < best) {
        best = before;
        bestAt = column - 2;
      }
      const owner = starts.get(column);
      const taken = owner !== undefined && owner !== wire;
      const straight = column === from ? 0 : 1.5;
      row.push(taken ? Infinity : (index === 0 ? 0 : best) + Math.abs(column - spot) + straight);
      back.push(bestAt);
    }
    costs.push(row);
    chosenBefore.push(back);
  });
  const columns: number[] = [];
  let column = first + costs.at(-1)!.indexOf(smallest(costs.at(-1)!));
  for (let index = entering.length - 1; index >= 0; index -= 1) {
    columns.unshift(column);
    column = chosenBefore[index]![column - first]!;
  }
  return columns;
}

interface Bent {
  readonly from: number;
  readonly to: readonly number[];
}

/** Rows for the horizontal parts: none overlap, and of two that do, the order with fewer crossings is taken. */
function assignRows(bent: readonly Bent[]): Map<Bent, number> {
  const order: Bent[] = [];
  for (const route of [...bent].sort((a, b) => a.from - b.from)) {
    // Each goes where it crosses the fewest of those that are there already.
    let best = order.length;
    let cost = 0;
    let fewest = 0;
    for (let at = order.length - 1; at >= 0; at -= 1) {
      cost += crossingsOf(route, order[at]!) - crossingsOf(order[at]!, route);
      if (cost < fewest) {
        fewest = cost;
        best = at;
      }
    }
    order.splice(best, 0, route);
  }
  const rows = new Map<Bent, number>();
  for (const route of order) {
    let row = 0;
    for (const [other, taken] of rows) if (overlap(route, other)) row = Math.max(row, taken + 1);
    rows.set(route, row);
  }
  return rows;
}

const span = ({ from, to }: Bent): [number, number] => [smallest([from, ...to]), largest([from, ...to])];

function overlap(a: Bent, b: Bent): boolean {
  const [aFirst, aLast] = span(a);
  const [bFirst, bLast] = span(b);
  return aFirst <= bLast + 1 && bFirst <= aLast + 1;
}

/** Crossings of two lines when the first bends above the second. */
function crossingsOf(upper: Bent, lower: Bent): number {
  const within = (column: number, route: Bent): boolean => {
    const [first, last] = span(route);
    return column > first && column < last;
  };
  return (within(lower.from, upper) ? 1 : 0) + upper.to.filter((column) => within(column, lower)).length;
}
