import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearestSources } from '../../src/graph/graph.ts';

type Above = readonly (readonly number[])[];

/** By the sets of all nodes before each node. */
function bySets(above: Above): number[][] {
  const before = above.map(() => new Set<number>());
  above.forEach((sources, node) => {
    for (const source of sources) for (const at of [source, ...before[source]!]) before[node]!.add(at);
  });
  return above.map((sources) => sources.filter((source) => !sources.some((at) => before[at]!.has(source))));
}

/** Nodes come after earlier ones; near ones are preferred, so that there are long ways. */
const graphs = fc
  .array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }), { minLength: 1, maxLength: 60 })
  .map((lists) =>
    lists.map((list, node) =>
      [...new Set(list.map((back) => node - (back % 7 === 0 ? back : back % 7)))].filter(
        (at) => at >= 0 && at < node,
      ),
    ),
  );

test('only the nearest sources are left, as by comparing the sets of all that comes before', () => {
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (above, numbers) => {
      assert.deepEqual(nearestSources(above), bySets(above));
      // Nodes in any order.
      const places = above.map((_, node) => [numbers.next().value as number, node] as const);
      const renamed = places.toSorted((a, b) => a[0] - b[0]).map(([, node]) => node);
      const nameOf = new Map(renamed.map((node, name) => [node, name]));
      const names = (nodes: readonly number[]): number[] => nodes.map((node) => nameOf.get(node)!);
      assert.deepEqual(
        nearestSources(renamed.map((node) => names(above[node]!))),
        renamed.map((node) => names(bySets(above)[node]!)),
      );
    }),
    { numRuns: 500 },
  );
});

/** How often the lists of a graph are read while it is reduced. */
function readsOf(above: Above): number {
  let reads = 0;
  const counted = above.map(
    (sources) =>
      new Proxy(sources, {
        get: (list, key, receiver) => {
          if (key === Symbol.iterator) reads += sources.length;
          return Reflect.get(list, key, receiver) as unknown;
        },
      }),
  );
  nearestSources(counted);
  return reads;
}

const shapes: Readonly<Record<string, (count: number) => Above>> = {
  'a chain whose members also read its first': (count) =>
    Array.from({ length: count }, (_, node) =>
      [...new Set([node - 1, 0])].filter((at) => at >= 0 && at < node),
    ),
  'a chain with a source for each member': (count) =>
    Array.from({ length: count }, (_, node) => (node % 2 === 0 ? [] : node > 1 ? [node - 1, node - 2] : [0])),
  'layers of ten': (count) =>
    Array.from({ length: count }, (_, node) =>
      node < 10 ? [] : [0, 1, 2].map((step) => node - 10 - (node % 10) + ((node + step) % 10)),
    ),
  'many into one, and on from there': (count) => [
    ...Array.from({ length: count }, () => []),
    Array.from({ length: count }, (_, node) => node),
    [...Array.from({ length: count }, (_, node) => node), count],
  ],
};

for (const [name, shape] of Object.entries(shapes)) {
  test(`ten times as many nodes need ten times as many looks: ${name}`, () => {
    const [few, many] = [readsOf(shape(500)), readsOf(shape(5000))];
    assert.ok(many < 12 * few, `${few} for 500, ${many} for 5,000`);
  });
}
