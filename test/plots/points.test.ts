// The rows of a plot: which values of which files meet in one point.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherPlots, newRow, pointsOf, type Definition, type Table } from '../../src/plots/plots.ts';

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
  // A name alone is that of a field of each file.
  const named = points('Plot', {
    x: { by: 'name', names: ['loss'] },
    y: fields(['a', 'step'], ['b', 'acc']),
  });
  assert.deepEqual(at(named, 'loss', 'field', 'filename'), [
    [10, 'step', 'a.csv'],
    [20, 'step', 'a.csv'],
    [30, 'acc', 'b.csv'],
    [40, 'acc', 'b.csv'],
  ]);
  // Two series of one file are rows of their own.
  assert.deepEqual(
    at(points('Plot', { y: fields(['b', 'loss'], ['b', 'acc']) }), 'field', 'dvc_inferred_y_value'),
    [
      ['loss', 30],
      ['loss', 40],
      ['acc', 3],
      ['acc', 4],
    ],
  );
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
  const labels = (x: NonNullable<Definition['x']>) => pointsOf('Plot', { x, y }, TABLES, 'main')!.axes;
  assert.deepEqual(
    [fields(['a', 'step'], ['b', 'epoch']), fields(['b', 'epoch'], ['b', 'epoch'])].map((x) => {
      const { x: name, xLabel } = labels(x);
      return [name, xLabel];
    }),
    [
      ['dvc_inferred_x_value', 'x'],
      ['epoch', 'epoch'],
    ],
    'one name where all have the same',
  );
});

test('what does not fit together is an error, not a wrong point', () => {
  const y = fields(['a', 'loss'], ['b', 'loss'], ['b', 'acc']);
  assert.throws(
    () => points('Plot', { x: fields(['a', 'step'], ['b', 'epoch']), y }),
    /Found 2 x and 3 y data sources/,
  );
  for (const lacking of [fields(['a', 'acc']), fields(['a', 'loss'], ['a', 'acc'])])
    assert.throws(() => points('Plot', { y: lacking }), /Could not find provided field \('acc'\)/);
  for (const other of [table({ at: 7 }), table({ at: 7 }, { at: 8 }, { at: 9 })]) {
    const tables = new Map([...TABLES, ['run/c.csv', other]]);
    assert.throws(
      () => pointsOf('Plot', { x: fields(['c', 'at']), y: fields(['a', 'loss']) }, tables, 'main'),
      /They have to have same length/,
    );
  }
});

test('lists of one file are columns of one table, but for one whose objects differ', () => {
  const lists = [
    ...table({ step: 1, loss: 10 }, { step: 2, loss: 20 }),
    { fields: ['acc'], rows: [newRow({ acc: 0.5 }), newRow({ acc: 0.75, note: 'x' })] },
    ...table({ time: 7 }, { time: 8 }),
  ];
  const found = pointsOf('a.json', { x: { by: 'name', names: ['time'] } }, new Map([['a.json', lists]]), 'main')!;
  assert.deepEqual([found.axes.x, found.axes.y], ['time', 'loss'], 'the last field of the first list');
  assert.deepEqual(found.rows.map(({ time, loss, acc }) => [time, loss, acc]), [[7, 10, undefined], [8, 20, undefined]]);
}); // prettier-ignore

type Revision = Parameters<typeof gatherPlots>[0][number];

const revision = (name: string, text: string, groups: Revision['groups']): Revision => ({
  name,
  project: { root: '/p', stages: [], reports: [] },
  files: {
    files: () => Promise.resolve([]),
    isFolder: () => false,
    read: () => Promise.resolve(Buffer.from(text)),
  },
  groups,
});
const gather = (...revisions: readonly Revision[]) =>
  gatherPlots(revisions, { cwd: '.' as never, headerless: false });

test('a name that two pipeline files declare has that of its file before it', async () => {
  const definition = { title: 'T' };
  const groups = new Map([
    ['pipeline.yaml', new Map([['a.csv', definition], ['b.csv', definition]])],
    ['sub/pipeline.yaml', new Map([['a.csv', { title: 'Own' }]])],
  ]);
  const plots = await gather(revision('workspace', 'a,b\n1,2\n', groups));
  assert.deepEqual(plots.map((plot) => [plot.name, 'title' in plot && plot.title]), [
    ['pipeline.yaml::a.csv', 'T'],
    ['b.csv', 'T'],
    ['sub/pipeline.yaml::a.csv', 'Own'],
  ]);
}); // prettier-ignore

test('the first revision names the axes; a mark of the byte order is no part of a field', async () => {
  const group = (title: string): Revision['groups'] => new Map([['', new Map([['a.csv', { title }]])]]);
  const [plot] = await gather(revision('now', '\uFEFFloss\n1\n', group('New')), revision('then', 'loss,acc\n3,4\n', group('Old')));
  assert.ok(plot?.kind === 'data');
  assert.deepEqual([plot.title, plot.axes?.y, plot.revisions], ['New', 'loss', ['now', 'then']]);
  assert.deepEqual(plot.rows.map(({ loss, acc, rev }) => [loss, acc, rev]), [['1', undefined, 'now'], ['3', '4', 'then']]);
}); // prettier-ignore

test('JSON keeps the order of its keys and whole numbers', async () => {
  const [plot] = await gather(revision('now', '[{"2": 1, "1": 12345678901234567890}]', new Map([['', new Map([['a.json', {}]])]])));
  assert.ok(plot?.kind === 'data');
  assert.deepEqual([plot.axes?.y, plot.rows[0]!['1']], ['1', 12345678901234567890n]);
  // Each in a text of its own, since one integer that is too long has all of a text read exactly.
  for (const [text, value] of [
    ['9007199254740993', 9007199254740993n], ['-9007199254740993', -9007199254740993n], ['9007199254740991', 9007199254740991],
    ['12345678901234567890', 12345678901234567890n], ['0.1234567890123456', 0.1234567890123456], ['-1e-0000000000000001', -0.1],
  ] as const) {
    const [exact] = await gather(revision('now', `[{"a":${text}}]`, new Map([['', new Map([['a.json', {}]])]])));
    assert.ok(exact?.kind === 'data');
    assert.equal(exact.rows[0]!['a'], value);
  }
}); // prettier-ignore

test('a picture of each revision; what cannot be drawn is a failure of its revision', async () => {
  const only = (name: string, definition: Definition): Revision['groups'] => new Map([['', new Map([[name, definition]])]]);
  const then = revision('then', 'B', only('p.png', {}));
  const gone = { ...then, name: 'gone', files: { ...then.files, read: () => Promise.resolve(undefined) } };
  const [images] = await gather(revision('now', 'A', only('p.png', {})), then, gone);
  assert.ok(images?.kind === 'image');
  assert.deepEqual(images.images.map(({ revision, bytes }) => [revision, String(bytes)]), [['now', 'A'], ['then', 'B']]);
  assert.deepEqual(images.failures.map(({ revision, fault }) => [revision, fault.problem.code]), [['gone', 'plot-missing']]);
  for (const [text, definition, why] of [
    ['a,b\n1,2\n', { y: { by: 'name', names: ['none'] } }, /a\.csv has no field 'none'/],
    ['a,b\n1,2\n3,4,5\n', {}, /a line has 3 fields; the header has 2/],
  ] as const) {
    const [plot] = await gather(revision('now', text, only('a.csv', definition)), revision('then', 'a,b,none\n5,6,7\n', only('a.csv', definition)));
    assert.ok(plot?.kind === 'data');
    assert.deepEqual(plot.revisions, ['then']);
    assert.deepEqual(plot.failures.map(({ revision }) => revision), ['now']);
    assert.match(plot.failures[0]!.fault.problem.title, why);
  }
  const [deep] = await gather(revision('now', '{"a": {"none": null, "in": {"rows": [{"x": 1, "y": 2}]}}}', only('a.json', {})));
  assert.ok(deep?.kind === 'data');
  assert.deepEqual(deep.rows.map(({ x, y }) => [x, y]), [[1, 2]]);
  const [loud] = await gather(revision('now', 'a,b\n1,2\n', only('A.CSV', {})));
  assert.ok(loud?.kind === 'data');
  assert.deepEqual(loud.rows.map(({ a, b }) => [a, b]), [['1', '2']]);
  for (const [name, text, definition, rows] of [
    ['a.yaml', '- {a: 1, b: .nan}\n- {a: 2, b: 0.5}\n', {}, [[1, null], [2, 0.5]]],
    ['a.yml', '- {a: 1, b: 3}\n', {}, [[1, 3]]],
    ['a.tsv', 'a\tb\n1,5\t2\n', {}, [['1,5', '2']]],
    ['a.csv', '1,2\n3,4\n', { header: false, x: { by: 'name', names: ['0'] }, y: { by: 'name', names: ['1'] } }, [[undefined, undefined], [undefined, undefined]]],
  ] as const) {
    const [plot] = await gather(revision('now', text, only(name, definition)));
    assert.ok(plot?.kind === 'data', name);
    assert.deepEqual(plot.rows.map(({ a, b }) => [a, b]), rows, name);
    if (name === 'a.csv') assert.deepEqual(plot.rows.map((row) => [row['0'], row['1']]), [['1', '2'], ['3', '4']]);
  }
  for (const name of ['p.jpg', 'p.jpeg', 'p.gif', 'p.svg']) {
    const [picture] = await gather(revision('now', 'A', only(name, {})));
    assert.equal(picture?.kind, 'image', name);
  }
}); // prettier-ignore

test('of a plot that is not there it is said whether the cache should have it, and who makes it', async () => {
  const outs = [
    { at: 'cached.csv', cache: true },
    { at: 'in-git.csv', cache: false },
    { at: 'linked.csv', cache: true, linked: ['real.csv'] },
  ];
  const names = ['cached.csv', 'in-git.csv', 'real.csv', 'unknown.csv'];
  const now = revision('now', '', new Map([['', new Map(names.map((name) => [name, {}]))]]));
  const project = { root: '/p', stages: [{ outs }], reports: [] } as unknown as Revision['project'];
  const plots = await gather({ ...now, project, files: { ...now.files, read: () => Promise.resolve(undefined) } });
  assert.deepEqual(
    plots.map(({ name, failures: [failure] }) => [name, failure!.fault.message, failure!.fault.problem.hint?.slice(0, 13)]),
    [
      ['cached.csv', "[Errno 2] No storage files available: 'cached.csv'", 'run its stage'],
      ['in-git.csv', "[Errno 2] No such file or directory: 'in-git.csv'", 'run its stage'],
      ['real.csv', "[Errno 2] No such file or directory: 'real.csv'", 'run its stage'],
      ['unknown.csv', "[Errno 2] No such file or directory: 'unknown.csv'", 'correct the p'],
    ],
  );
}); // prettier-ignore
