// The layout of the graph: nothing overlaps, lines go forward, the same input gives the same picture, thousands of boxes are quick.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { betterDirection, BOX, layOut, type LayoutInput } from '../../src/ui/ui.ts';

/** Boxes in any order, not only in one in which what makes comes before what reads. */
const graphs: fc.Arbitrary<LayoutInput> = fc.integer({ min: 1, max: 40 }).chain((count) => {
  const boxes = Array.from({ length: count }, (_, index) => index);
  return fc
    .tuple(
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 }),
      fc.shuffledSubarray(boxes, { minLength: count }),
    )
    .map(([pairs, order]) => ({
      count,
      edges: pairs.flatMap(([a, b]) =>
        a === b ? [] : [[order[Math.min(a, b)]!, order[Math.max(a, b)]!] as const],
      ),
    }));
});

for (const direction of ['right', 'down'] as const) {
  test(`${direction}: no two boxes overlap, and every line goes forward`, () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { x, y, bends, width, height } = layOut(graph, direction);
        for (let a = 0; a < graph.count; a += 1) {
          assert.ok(x[a]! >= 0 && y[a]! >= 0);
          assert.ok(x[a]! + BOX.width <= width + 1e-6 && y[a]! + BOX.height <= height + 1e-6);
          for (let b = 0; b < a; b += 1)
            assert.ok(
              Math.abs(x[a]! - x[b]!) >= BOX.width || Math.abs(y[a]! - y[b]!) >= BOX.height,
              `${a} and ${b} overlap`,
            );
        }
        const along = direction === 'right' ? x : y;
        graph.edges.forEach(([from, to], index) => {
          const way = [
            along[from]!,
            ...bends[index]!.map((point) => point[direction === 'right' ? 0 : 1]),
            along[to]!,
          ];
          for (const [at, place] of way.entries())
            assert.ok(at === 0 || place > way[at - 1]!, 'a line goes back');
        });
      }),
    );
  });

  test(`${direction}: the same picture again`, () => {
    fc.assert(
      fc.property(graphs, (graph) => assert.deepEqual(layOut(graph, direction), layOut(graph, direction))),
    );
  });
}

test('a chain goes down in a tall frame and to the right in a wide one', () => {
  const chain = { count: 8, edges: [1, 2, 3, 4, 5, 6, 7].map((to) => [to - 1, to] as const) };
  assert.equal(betterDirection(chain, 400, 900), 'down');
  assert.equal(betterDirection(chain, 2400, 300), 'right');
});

test('5,000 stages with many long lines', () => {
  const count = 5000;
  const edges = Array.from({ length: 2 * count }, (_, index) => {
    const to = 1 + ((index * 7919) % (count - 1));
    return [(index * 104_729) % to, to] as const;
  });
  const { x, y } = layOut({ count, edges }, 'right');
  assert.ok([...x, ...y].every(Number.isFinite));
});
