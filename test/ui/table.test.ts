// What the table of the page does with rows: columns, sorting, filters, means, comparison, places in charts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  averaged,
  cellOf,
  compared,
  filterOf,
  importancesOf,
  inOrder,
  listIn,
  listText,
  scaleOf,
  tableOf,
  textOf,
  type TableView,
} from '../../src/ui/ui.ts';

const VIEW: TableView = {
  kind: 'group',
  name: 'train',
  rows: [{ name: 'a0' }, { name: 'a1' }, { name: 'b0' }, { name: 'b1' }, { name: 'c0' }],
  columns: [
    { kind: 'axis', label: 'model', values: ['a', 'a', 'b', 'b', 'c'] },
    { kind: 'axis', label: 'fold', values: [0, 1, 0, 1, 0] },
    { kind: 'param', label: 'train.lr', file: 'params.yaml', values: [0.1] },
    { kind: 'metric', label: 'loss', values: [1, 3, 0.5, 0.5, null] },
  ],
};
const TOOK: { readonly [stage: string]: number } = { a0: 2, b0: 1 };
const table = tableOf(VIEW, (stage) => TOOK[stage]);
const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

test('columns of a view, with what stages took; one value for all rows', () => {
  assert.deepEqual(
    table.columns.map(({ label, differs }) => [label, differs]),
    [
      ['model', true],
      ['fold', true],
      ['train.lr', false],
      ['loss', true],
      ['seconds', true],
    ],
  );
  assert.equal(cellOf(table.rows[4]!, 'train.lr'), 0.1);
  assert.equal(cellOf(table.rows[4]!, 'loss'), undefined);
  assert.equal(cellOf(table.rows[0]!, 'seconds'), 2);
});

test('a metric that is called seconds is not what the stage took', () => {
  const columns = [{ kind: 'metric' as const, label: 'seconds', values: [7] }, ...VIEW.columns];
  const own = tableOf({ ...VIEW, columns }, (stage) => TOOK[stage]);
  assert.deepEqual(
    own.rows.map((row) => cellOf(row, 'seconds')),
    [7, 7, 7, 7, 7],
  );
  assert.equal(own.columns.length, columns.length);
});

test('two rows have their own values', () => {
  const columns = [{ kind: 'metric' as const, label: 'loss', values: [1, 2] }];
  const { rows } = tableOf({ ...VIEW, rows: VIEW.rows.slice(0, 2), columns });
  assert.deepEqual(
    rows.map((row) => cellOf(row, 'loss')),
    [1, 2],
  );
});

test('sorted by a column, rows without a value last both ways; an unknown column sorts nothing', () => {
  assert.deepEqual(ids(inOrder(table, { name: 'loss', direction: 'min' })), ['b0', 'b1', 'a0', 'a1', 'c0']);
  assert.deepEqual(ids(inOrder(table, { name: 'loss', direction: 'max' })), ['a1', 'a0', 'b0', 'b1', 'c0']);
  assert.deepEqual(ids(inOrder(table, { name: 'gone', direction: 'max' })), ids(table.rows));
});

test('filters: words, conditions of numbers and texts, the end of a name, what there is not', () => {
  const kept = (text: string): string[] => ids(table.rows.filter(filterOf(text, table).keeps));
  assert.deepEqual(kept(''), ids(table.rows));
  assert.deepEqual(kept('B0'), ['b0']);
  assert.deepEqual(kept('loss<1'), ['b0', 'b1']);
  assert.deepEqual(kept('loss<=1 fold=0'), ['a0', 'b0']);
  assert.deepEqual(kept('loss>1'), ['a1']);
  assert.deepEqual(kept('loss>=1'), ['a0', 'a1']);
  assert.deepEqual(kept('model!=a'), ['b0', 'b1', 'c0']);
  assert.deepEqual(kept('model=A fold!=0'), ['a1']);
  assert.deepEqual(kept('lr=0.10'), ids(table.rows));
  assert.deepEqual(kept('model<1'), []);
  assert.deepEqual([kept('loss='), kept('fold=')], [[], []], 'nothing is no number');
  assert.deepEqual(filterOf('depth=3 loss<1', table).unknown, ['depth']);
  const twice = {
    ...table,
    columns: [...table.columns, { kind: 'param' as const, label: 'eval.lr', differs: false }],
  };
  assert.deepEqual(filterOf('lr=0.1', twice).unknown, ['lr'], 'the end of two names is none of them');
  const exact = {
    ...twice,
    columns: [...twice.columns, { kind: 'param' as const, label: 'lr', differs: false }],
  };
  assert.deepEqual(filterOf('lr=0.1', exact).unknown, [], 'the whole name is');
  assert.deepEqual(kept('depth=3'), []);
});

test('several columns in an address: names with any characters, and none', () => {
  const names = ['a,b', 'größe', '100%', 'c'];
  assert.equal(listText(names), 'a%2Cb,gr%C3%B6%C3%9Fe,100%25,c');
  assert.deepEqual(listIn(listText(names)), names);
  assert.deepEqual([listText([]), listIn(undefined)], [undefined, []]);
});

test('means over an axis with their deviation; equal rows of the others become one', () => {
  const means = averaged(table, ['fold']);
  assert.deepEqual(ids(means.rows), ['model a', 'model b', 'model c']);
  assert.equal(textOf(cellOf(means.rows[0]!, 'loss')), '2 ± 1.4');
  assert.equal(textOf(cellOf(means.rows[1]!, 'loss')), '0.5 ± 0');
  assert.equal(textOf(cellOf(means.rows[2]!, 'loss')), '–');
  assert.deepEqual(
    means.columns.map(({ label }) => label),
    ['model', 'train.lr', 'loss', 'seconds'],
  );
  assert.deepEqual(ids(averaged(table, ['fold', 'model']).rows), ['all']);
  const columns = VIEW.columns.with(2, { ...VIEW.columns[2]!, values: [0.1, 0.1, 0.2, 0.2, 0.3] });
  assert.deepEqual(ids(averaged(tableOf({ ...VIEW, columns }), ['fold']).rows), [
    'model a, train.lr 0.1',
    'model b, train.lr 0.2',
    'model c, train.lr 0.3',
  ]);
  assert.equal(averaged(table, ['nothing']).rows.length, 5);
});

test('chosen rows beside each other, those values marked that differ', () => {
  const lines = compared(table, [table.rows[0]!, table.rows[2]!]);
  assert.deepEqual(
    lines.map(({ column, differs }) => [column.label, differs]),
    [
      ['model', true],
      ['fold', false],
      ['train.lr', false],
      ['loss', true],
      ['seconds', true],
    ],
  );
});

test('a value of the third row that differs is marked, too', () => {
  const lines = compared(table, [table.rows[0]!, table.rows[1]!, table.rows[2]!]);
  assert.deepEqual(
    lines.slice(0, 2).map(({ cells, differs }) => [cells, differs]),
    [
      [['a', 'a', 'b'], true],
      [[0, 1, 0], true],
    ],
  );
});

test('places along an axis: numbers, powers, texts, what is missing', () => {
  const linear = scaleOf('x', [0, 10, 5]);
  assert.deepEqual(
    [linear.place(5), linear.place('a'), linear.place(undefined)],
    [0.5, undefined, undefined],
  );
  const ticks = (...cells: readonly number[]): readonly string[] =>
    scaleOf('x', cells).ticks.map(({ text }) => text);
  assert.deepEqual(ticks(10, 0, 5), ['0', '5', '10'], 'few values are their own ticks');
  assert.deepEqual(ticks(0, 0.1, 10), ['0', '2', '4', '6', '8', '10'], 'where there is room between them');
  assert.deepEqual([scaleOf('x', [1, 100]).isLog, scaleOf('x', [1, 99]).isLog], [true, false]);
  const log = scaleOf('lr', [0.001, 0.1, 1]);
  assert.ok(log.isLog);
  assert.ok(Math.abs(log.place(0.1)! - 2 / 3) < 1e-9);
  const texts = scaleOf('x', ['a', 1, 'b']);
  assert.deepEqual(
    texts.ticks.map(({ text }) => text),
    ['a', '1', 'b'],
  );
  assert.equal(scaleOf('x', [3, 3]).place(3), 0.5);
  const many = scaleOf(
    'x',
    Array.from({ length: 50 }, (_, index) => index * 0.02 + 3.1),
  ).ticks;
  assert.ok(many.length >= 3 && many.length <= 8, JSON.stringify(many));
  assert.ok(many.every(({ place }) => place >= -1e-6 && place <= 1 + 1e-6));
});

test('importance: equal values have the mean of their ranks', () => {
  const lr = [1, 1, 1, 1, 2, 3, 4];
  const [found] = importancesOf(
    tableOf({
      kind: 'group',
      name: 'g',
      rows: lr.map((_, index) => ({ name: `r${index}` })),
      columns: [
        { kind: 'axis', label: 'lr', values: lr },
        { kind: 'metric', label: 'loss', values: [3, 1, 4, 2, 5, 7, 6] },
      ],
    }),
    'loss',
  );
  // Spearman's: ranks 1.5 (four times), 4, 5, 6 against 2, 0, 3, 1, 4, 6, 5.
  assert.equal(found?.trend?.toFixed(4), (22 / Math.sqrt(23 * 28)).toFixed(4));
});

test('importance: what groups and ranks explain, not what chance does', () => {
  const grid = [0, 1, 2, 3].flatMap((lr) => ['a', 'b', 'c'].map((model) => ({ lr, model })));
  const importances = (loss: (one: { lr: number; model: string }, index: number) => number | null) =>
    importancesOf(
      tableOf({
        kind: 'group',
        name: 'g',
        rows: grid.map((_, index) => ({ name: `r${index}` })),
        columns: [
          { kind: 'axis', label: 'lr', values: grid.map(({ lr }) => lr) },
          { kind: 'axis', label: 'model', values: grid.map(({ model }) => model) },
          { kind: 'param', label: 'id', values: grid.map((_, index) => `id ${index}`) },
          { kind: 'param', label: 'same', values: [1] },
          { kind: 'metric', label: 'loss', values: grid.map(loss) },
        ],
      }),
      'loss',
    ).map(({ label, share, trend }) => [label, Number(share.toFixed(3)), trend && Number(trend.toFixed(3))]);
  // A value of its own for each row explains everything and nothing.
  assert.deepEqual(
    importances(({ lr }) => 10 - lr),
    [
      ['lr', 1, -1],
      ['model', 0, undefined],
    ],
  );
  assert.deepEqual(
    importances(({ model }) => (model === 'b' ? 1 : 3)),
    [
      ['model', 1, undefined],
      ['lr', 0, 0],
    ],
  );
  // Neither rising nor falling: ranks see nothing, groups do.
  const [lr] = importances(({ lr: one }, index) => (one === 1 || one === 2 ? 5 : 1) + (index % 3) / 10);
  assert.deepEqual(lr, ['lr', 0.998, 0]);
  const chance = importances((one) => 'abc'.indexOf(one.model) + (one.lr % 2) * 4);
  assert.deepEqual(chance.at(-1), ['model', 0, undefined], 'groups of any values differ as much');
  assert.deepEqual(
    importances((_, index) => (index < 3 ? index : null)),
    [],
  );
  // With few rows, ranks explain less than the square of their correlation, 0.64.
  const few = importancesOf(
    tableOf({
      kind: 'group',
      name: 'g',
      rows: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
      columns: [
        { kind: 'axis', label: 'x', values: [1, 2, 3, 4] },
        { kind: 'metric', label: 'loss', values: [1, 4, 2, 5] },
      ],
    }),
    'loss',
  );
  assert.deepEqual(
    few.map(({ share, trend }) => [share.toFixed(2), trend!.toFixed(2)]),
    [['0.46', '0.80']],
  );
});
