// A group as rows and columns over its axes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axesOf, gridOf } from '../../src/ui/ui.ts';

type Member = Parameters<typeof gridOf>[0][number];
const member = (name: string, axes: Member['axes']): Member => ({ name, axes }) as Member;

const members = [0.1, 0.2].flatMap((lr) =>
  [0, 1, 2].map((fold) => member(`t@${lr}-${fold}`, { lr, fold, same: 'x' })),
);

test('the longest axis that fits goes across; what is the same for all is no axis', () => {
  const axes = axesOf(members);
  assert.deepEqual(
    axes.map(({ name }) => name),
    ['lr', 'fold'],
  );
  const grid = gridOf(members, axes);
  assert.deepEqual([grid.across, grid.down, grid.columns], ['fold', ['lr'], ['0', '1', '2']]);
  assert.deepEqual(
    grid.rows.map(({ labels, cells }) => [...labels, ...cells.map((cell) => cell?.name)]),
    [
      ['0.1', 't@0.1-0', 't@0.1-1', 't@0.1-2'],
      ['0.2', 't@0.2-0', 't@0.2-1', 't@0.2-2'],
    ],
  );
});

test('holes stay empty, and members that differ in nothing are all shown', () => {
  const odd = [1, 2, 2, 1, 1].map((y, at) => member(`${at}`, { x: at === 0 ? 1 : 2, y }));
  const grid = gridOf(odd, axesOf(odd), 'y');
  assert.deepEqual(
    grid.rows.map(({ labels, cells }) => [...labels, ...cells.map((cell) => cell?.name)]),
    [
      ['1', '0', undefined],
      ['2', '3', '1'],
      ['2', '4', '2'],
    ],
  );
  const single = gridOf(
    ['a', 'b'].map((name) => member(name, {})),
    [],
  );
  assert.deepEqual(
    single.rows.map(({ labels }) => labels),
    [['a'], ['b']],
  );
});
