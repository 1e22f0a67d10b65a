// Of the nodes that each node of a graph comes after, those that no other of them comes after in turn: the graph without the edges
// that follow from others (its transitive reduction). Time and memory grow with the edges, not with the pairs of nodes.

/** What is known of every node before any path is searched. */
interface Outline {
  /** Edges of the longest way from a node that comes after nothing. */
  readonly level: Int32Array;
  /** The same counted from the end, negative: a node comes after another only if both numbers are greater. */
  readonly late: Int32Array;
  /** The nodes below `node` in a forest of edges have numbers from `first[node]` to `last[node]`. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** @param above by node, without repetitions: the nodes that it comes directly after; without cycles. */
export function nearestSources(above: readonly (readonly number[])[]): readonly (readonly number[])[] {
  if (above.every((sources) => sources.length < 2)) return above;
  const outline = outlineOf(above);
  const seenFrom = new Int32Array(above.length).fill(-1);
  const wantedBy = new Int32Array(above.length).fill(-1);

  /** The unclear sources that no other one comes after, by a search upwards that ends at the first of them. */
  function searched(node: number, sources: readonly number[], unclear: ReadonlySet<number>): Set<number> {
    const left = new Set(unclear);
    let [level, late] = [Infinity, Infinity];
    for (const source of unclear) {
      level = Math.min(level, outline.level[source]!);
      late = Math.min(late, outline.late[source]!);
      wantedBy[source] = node;
    }
    const path = [...sources];
    for (let at = path.pop(); at !== undefined && left.size > 0; at = path.pop()) {
      for (const source of above[at]!) {
        if (seenFrom[source] === node) continue;
        seenFrom[source] = node;
        if (wantedBy[source] === node) left.delete(source);
        if (outline.level[source]! > level && outline.late[source]! > late) path.push(source);
      }
    }
    return left;
  }

  return above.map((sources, node) => {
    if (sources.length < 2) return sources;
    const { kept, unclear } = firstLook(sources, outline);
    const left = unclear.size > 0 ? searched(node, sources, unclear) : unclear;
    return sources.filter((source) => kept.has(source) || left.has(source));
  });
}

interface FirstLook {
  /** No other source comes after these. */
  readonly kept: ReadonlySet<number>;
  readonly unclear: ReadonlySet<number>;
}

/** Most sources are decided by the outline alone. */
function firstLook(sources: readonly number[], { level, late, first, last }: Outline): FirstLook {
  let [highest, latest] = [-Infinity, -Infinity];
  for (const source of sources) {
    highest = Math.max(highest, level[source]!);
    latest = Math.max(latest, late[source]!);
  }
  const kept = new Set<number>();
  const unclear = new Set<number>();
  const inForest = [...sources].sort((a, b) => first[a]! - first[b]!);
  inForest.forEach((source, index) => {
    const next = inForest[index + 1];
    if (next !== undefined && first[next]! <= last[source]!) return;
    if (level[source]! >= highest || late[source]! >= latest) kept.add(source);
    else unclear.add(source);
  });
  return { kept, unclear };
}

function outlineOf(above: readonly (readonly number[])[]): Outline {
  const order = inOrder(above);
  const count = above.length;
  const level = new Int32Array(count);
  const late = new Int32Array(count);
  const parent = new Int32Array(count).fill(-1);
  for (const node of order) {
    // The deepest source as parent: chains become paths of the forest.
    for (const source of above[node]!) {
      if (parent[node] !== -1 && level[source]! < level[node]!) continue;
      parent[node] = source;
      level[node] = level[source]! + 1;
    }
  }
  const size = new Int32Array(count).fill(1);
  for (const node of order.toReversed()) {
    for (const source of above[node]!) late[source] = Math.min(late[source]!, late[node]! - 1);
    if (parent[node] !== -1) size[parent[node]!]! += size[node]!;
  }
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  const next = new Int32Array(count);
  let free = 0;
  for (const node of order) {
    const top = parent[node]!;
    first[node] = top === -1 ? free : next[top]!;
    last[node] = first[node] + size[node]! - 1;
    next[node] = first[node] + 1;
    if (top === -1) free = last[node] + 1;
    else next[top] = last[node] + 1;
  }
  return { level, late, first, last };
}

/** All nodes, each after its sources. */
function inOrder(above: readonly (readonly number[])[]): number[] {
  const below = above.map((): number[] => []);
  above.forEach((sources, node) => {
    for (const source of sources) below[source]!.push(node);
  });
  const waiting = above.map((sources) => sources.length);
  const order = [...above.keys()].filter((node) => waiting[node] === 0);
  for (const node of order) {
    for (const next of below[node]!) {
      waiting[next]! -= 1;
      if (waiting[next] === 0) order.push(next);
    }
  }
  return order;
}
