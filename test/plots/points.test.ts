// The rows of a plot: which values of which files meet in one point.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRow, pointsOf, type Definition, type Table } from '../../src/plots/plots.ts';

type Cells = Readonly<Record<string, string | number>>;

const table = (...rows: readonly Cells[]): readonly Table[] => [
  { fields: Object.keys(rows[0]!), rows: rows.map((cells) => newRow(cells)) },
];
const TABLES = new Map([
  ['run/a.csv', table({ step: 1, loss: 10 }, { step: 2, loss: 20 })],
  ['run/b.csv', table({ epoch: 5, loss: 30, acc: 3 }, { epoch: 6, loss: 40, acc: 4 })],
  ['run/c.csv', table({ at: 7 }, { at: 8 })],
]);

function points(name: string, definition: Definition): readonly Cells[] | undefined {
  const found = pointsOf(name, definition, TABLES, 'main');
  return found?.rows.map((row) => ({ ...row }) as Cells);
}

const fields = (
  ...list: readonly (readonly [file: string, field: string])[]
): NonNullable<Definition['x']> => ({
  by: 'file',
  fields: list.map(([file, field]) => ({ file: `run/${file}.csv`, field })),
});
const at = (rows: readonly Cells[] | undefined, ...names: readonly string[]): unknown =>
  rows?.map((row) => names.map((name) => row[name]));

test('without x and y, the last field of the file of the name over the number of the row', () => {
  const found = pointsOf('run/a.csv', {}, TABLES, 'main')!;
  assert.deepEqual([found.axes.x, found.axes.y], ['step', 'loss']);
  assert.deepEqual(at(points('run/b.csv', {}), 'step', 'acc', 'rev', 'field'), [
    [0, 3, 'main', 'acc'],
    [1, 4, 'main', 'acc'],
  ]);
});

test('one x for all series, or each series its own', () => {
  const y = fields(['a', 'loss'], ['b', 'acc']);
  const shared = points('Plot', { x: fields(['c', 'at']), y });
  assert.deepEqual(at(shared, 'at', 'dvc_inferred_y_value', 'filename'), [
    [7, 10, 'a.csv'],
    [8, 20, 'a.csv'],
    [7, 3, 'b.csv'],
    [8, 4, 'b.csv'],
  ]);
  const own = points('Plot', { x: fields(['a', 'step'], ['b', 'epoch']), y });
  assert.deepEqual(at(own, 'dvc_inferred_x_value', 'dvc_inferred_y_value', 'field'), [
    [1, 10, 'loss'],
    [2, 20, 'loss'],
    [5, 3, 'acc'],
    [6, 4, 'acc'],
  ]);
});

test('what does not fit together is an error, not a wrong point', () => {
  const y = fields(['a', 'loss'], ['b', 'loss'], ['b', 'acc']);
  assert.throws(
    () => points('Plot', { x: fields(['a', 'step'], ['b', 'epoch']), y }),
    /Found 2 x and 3 y data sources/,
  );
  assert.throws(() => points('Plot', { y: fields(['a', 'acc']) }), /Could not find provided field \('acc'\)/);
  for (const other of [table({ at: 7 }), table({ at: 7 }, { at: 8 }, { at: 9 })]) {
    const tables = new Map([...TABLES, ['run/c.csv', other]]);
    assert.throws(
      () => pointsOf('Plot', { x: fields(['c', 'at']), y: fields(['a', 'loss']) }, tables, 'main'),
      /They have to have same length/,
    );
  }
});
