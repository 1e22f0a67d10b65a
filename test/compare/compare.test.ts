// Values as trees, flat, and what differs between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../src/base/base.ts';
import { diffData, diffValues, flattened, metricTree } from '../../src/compare/compare.ts';
import {
  reportMarkdown,
  rounded,
  tableCsv,
  tableMarkdown,
  tableText,
  valueText,
  type Report,
} from '../../src/show/show.ts';

type Plain = null | boolean | string | number | bigint | readonly Plain[] | { readonly [key: string]: Plain };

function value(plain: Plain): Value {
  if (Array.isArray(plain)) return plain.map(value);
  if (typeof plain !== 'object' || plain === null) return plain;
  return new Map(Object.entries(plain).map(([key, item]) => [key, value(item)]));
}

const changes = (old: Plain | undefined, now: Plain | undefined, all = false): unknown =>
  Object.fromEntries(
    diffValues(old === undefined ? old : value(old), now === undefined ? now : value(now), all),
  );

test('metrics are numbers, texts and booleans; lists, nulls and what is empty then are left out', () => {
  const tree = value({ a: 1n, b: { c: null, d: [1n] }, e: { f: false, g: '' }, h: {} });
  assert.deepEqual(metricTree(tree), value({ a: 1n, e: { f: false, g: '' } }));
  assert.equal(metricTree(0n), 0n);
  assert.equal(metricTree(null), undefined);
  assert.equal(metricTree([1n]), undefined);
});

test('names join keys by dots; keys with dots are quoted where two names would be equal', () => {
  assert.deepEqual([...flattened(value({ a: { b: 1n }, 'c.d': 2n })).keys()], ['a.b', 'c.d']);
  assert.deepEqual(
    [...flattened(value({ 'a.b': 1n, a: { b: 2n } }))],
    [
      ['"a.b"', 1n],
      ['a.b', 2n],
    ],
  );
  assert.deepEqual([...flattened(new Map<never, Value>([[1n as never, 2n]]))], [['1', 2n]]);
  assert.deepEqual([...flattened(5n)], [['', 5n]]);
});

test('numbers have a difference, booleans and NaN have none, and NaN stays NaN', () => {
  assert.deepEqual(
    changes({ a: 1n, b: 0.5, c: true, d: NaN, e: 'x' }, { a: 3n, b: 1n, c: false, d: NaN, e: 'y' }),
    {
      a: { old: 1n, new: 3n, diff: 2n },
      b: { old: 0.5, new: 1n, diff: 0.5 },
      c: { old: true, new: false },
      e: { old: 'x', new: 'y' },
    },
  );
  assert.deepEqual(changes({ a: NaN }, { a: 1n }), { a: { old: NaN, new: 1n } });
  assert.deepEqual(changes({ a: 2n ** 60n }, { a: 2n ** 60n + 1n }), {
    a: { old: 2n ** 60n, new: 2n ** 60n + 1n, diff: 1n },
  });
  assert.deepEqual(changes('9007199254740993', '9007199254740995'), {
    '': { old: 2n ** 53n + 1n, new: 2n ** 53n + 3n, diff: 2n },
  });
  assert.deepEqual(changes({ a: 1n }, { a: 1 }), {}, 'an integer and an equal float');
  assert.deepEqual(changes({ a: true }, { a: 1n }), { a: { old: true, new: 1n } });
});

test('a side without the file or the key has nothing; lists are compared as texts', () => {
  assert.deepEqual(changes(undefined, { a: 1n }), { a: { old: undefined, new: 1n } });
  assert.deepEqual(changes({ a: [1n, 'x', null] }, { a: [1n, 'y', null] }), {
    a: { old: "[1, 'x', None]", new: "[1, 'y', None]" },
  });
  assert.deepEqual(changes({ a: null }, {}), {});
  assert.deepEqual(changes(5n, { a: 1n }), {
    a: { old: undefined, new: 1n },
    '': { old: 5n, new: undefined },
  });
  assert.deepEqual(changes({ a: 1n }, { a: 1n }, true), { a: { old: 1n, new: 1n, diff: 0n } });
});

test('floats are rounded as Python rounds them', () => {
  for (const [float, digits, text] of [
    [2.675, 2, '2.67'],
    [0.5, 0, '0.0'],
    [1.5, 0, '2.0'],
    [2.5, 0, '2.0'],
    [0.125, 2, '0.12'],
    [0.375, 2, '0.38'],
    [-2.5, 0, '-2.0'],
    [1e-7, 5, '0.0'],
    [123456.789, 1, '123456.8'],
    [1e22, 2, '1e+22'],
    [0.1, 100, '0.1'],
    [NaN, 2, 'nan'],
  ] as const)
    assert.equal(valueText(float, digits), text, `${float} to ${digits}`);
  assert.equal(rounded(0.30000000000000004, 17), 0.30000000000000004);
});

const paint = (_style: string, text: string): string => text;

test('a table fits the width: wide columns are cut, then each row is lines of its own', () => {
  const table = {
    columns: [{ title: 'Path' }, { title: 'n', align: 'right' as const }],
    rows: [
      ['a/very/long/path/to/metrics.json', '1'],
      ['b', '22'],
    ],
  };
  assert.equal(tableText(table, Infinity, paint).split('\n')[1], 'a/very/long/path/to/metrics.json   1');
  const cut = tableText(table, 20, paint);
  assert.equal(cut, 'Path               n\na/very/long/pat…   1\nb                 22\n');
  const wide = {
    columns: Array.from({ length: 9 }, (_, at) => ({ title: `column ${at}` })),
    rows: [Array.from({ length: 9 }, (_, at) => `value ${at}`)],
  };
  const lines = tableText(wide, 30, paint).trimEnd().split('\n');
  assert.equal(lines.length, 9);
  assert.equal(lines[3], 'column 3  value 3');
});

test('hostile texts stay texts: on a terminal, in Markdown and in CSV', () => {
  const evil = '\u001b[2J|`<b>@all\n[x](http://e)`';
  const table = {
    columns: [{ title: 'a' }],
    rows: [[evil], ['a"b",c'], ['plain_name 1.5'], ['_em_'], ['x|y']],
  };
  const text = tableText(table, Infinity, paint);
  assert.ok(!text.includes('\u001b') && text.split('\n').length === 7, text);
  assert.deepEqual(tableMarkdown(table).split('\n').slice(2, -1), [
    '| `` \\u001b[2J\\|`<b>@all\\n[x](http://e)` `` |',
    '| a"b",c |',
    '| plain_name 1.5 |',
    '| `_em_` |',
    '| `x\\|y` |',
  ]);
  assert.equal(tableCsv(table).split('\n')[3], '"a""b"",c"');
  const broken = { columns: table.columns, rows: [['one\ntwo'], ['three\rfour']] };
  assert.equal(tableCsv(broken), `${table.columns[0]!.title}\n"one\ntwo"\n"three\rfour"\n`);
});

test('a deleted file is renamed to one of two copies; the other is added', () => {
  const file = (path: string, digest: string) => [path, { path, isFolder: false, digest, size: 1 }] as const;
  const now = new Map([file('b', 'x'), file('a', 'x'), file('c', 'y')]);
  const { added, deleted, renamed } = diffData(new Map([file('old', 'x'), file('gone', 'z')]), now);
  assert.deepEqual(
    renamed.map((pair) => [pair.old.path, pair.new.path]),
    [['old', 'a']],
  );
  assert.deepEqual([added.map(({ path }) => path), deleted.map(({ path }) => path)], [['b', 'c'], ['gone']]);
});

const nothing: Report = {
  names: ['old', 'new'],
  metrics: new Map(),
  params: new Map(),
  stages: { added: [], removed: [], changed: [] },
  data: {
    diff: { added: [], deleted: [], modified: [], renamed: [] },
    missing: undefined,
    withHashes: false,
  },
  plots: [],
  failures: [],
  precision: 5,
};

test('a report that is too long says of each part how much it leaves out; folders are counted alone', () => {
  const count = 460;
  const names = Array.from({ length: count }, (_, at) => `a long name of something ${'x'.repeat(120)} ${at}`);
  const values = new Map([['m.json', new Map(names.map((name) => [name, { old: 1, new: 2, diff: 1 }]))]]);
  const facts = { wdir: '.', frozen: false, deps: new Map(), outs: [], params: new Map() };
  const stages = names.map((address) => ({ ...facts, address, cmd: `echo ${address}` }));
  const files = names.map((path) => ({ path, isFolder: false, digest: path, size: 1 }));
  const reports: Readonly<Record<string, readonly [Partial<Report>, RegExp]>> = {
    row: [{ metrics: values }, /^\| m\.json /gm],
    'row of parameters': [{ params: values }, /^\| m\.json /gm],
    stage: [{ stages: { ...nothing.stages, added: stages } }, /^- \*\*/gm],
    'row of data': [
      { data: { ...nothing.data, diff: { ...nothing.data.diff, deleted: files } } },
      /^\| deleted /gm,
    ],
    plot: [{ plots: names.map((name) => ({ name, image: undefined })) }, /^- /gm],
    item: [{ failures: names }, /^- /gm],
  };
  for (const [what, [part, shown]] of Object.entries(reports)) {
    const text = reportMarkdown({ ...nothing, ...part });
    assert.ok(text.length <= 65_000, what);
    const left = new RegExp(`… and (\\d+) more ${what.split(' ')[0]}s\\n`).exec(text)?.[1];
    assert.equal(text.match(shown)!.length + Number(left), count, what);
  }
  const folder = { path: 'd', isFolder: true, digest: 'd', size: 1 };
  const modified = [{ old: folder, new: { ...folder, digest: 'e' } }];
  const ofFolder = { ...nothing.data, diff: { ...nothing.data.diff, modified } };
  assert.match(reportMarkdown({ ...nothing, data: ofFolder }), /Data<\/b>: 1 folder modified</);
  const plots = [{ name: 'a b', image: 'in here/a b.svg' }];
  assert.match(reportMarkdown({ ...nothing, plots }), /^!\[plot\]\(<in here\/a b\.svg>\)$/m);
});

test('stages are one item of a report where all of their changes are the same', () => {
  const same = { deps: { added: [], removed: [] }, outs: { added: [], removed: [] }, changedDeps: [] };
  const params = new Map([['params.yaml:lr', { old: 1n, new: 2n }]]);
  const changed = [
    { ...same, address: 'a', params },
    { ...same, address: 'b', params, changedDeps: ['x'] },
    { ...same, address: 'c', params, changedDeps: ['y'] },
    { ...same, address: 'd', params, changedDeps: ['x'] },
    { ...same, address: 'e', params, outs: { added: ['x'], removed: ['z'] } },
    ...['f', 'g', 'h'].map((address) => ({ ...same, address, params })),
  ];
  const facts = { cmd: 'make', wdir: '.', frozen: false, deps: new Map(), outs: [], params: new Map() };
  const added = ['i', 'j', 'k'].map((address) => ({ ...facts, address, outs: address === 'k' ? ['z'] : [] }));
  const text = reportMarkdown({ ...nothing, stages: { added, removed: [], changed } });
  const lr = '  - params.yaml:lr: 1 → 2\n';
  assert.equal(
    text.slice(text.indexOf('<summary>'), text.indexOf('\n</details>')),
    `<summary><b>Stages</b>: 8 changed, 3 added</summary>

- **a**, **f**, **g** and 1 more
${lr}- **b**, **d**
${lr}  - changed dependencies: x
- **c**
${lr}  - changed dependencies: y
- **e**
${lr}  - new outputs: x
  - no longer writes: z
- **i**, **j**
  - added: make
- **k**
  - added: make
  - writes z
`,
  );
});
