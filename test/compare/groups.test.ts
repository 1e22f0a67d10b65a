// Means, orders and the best row of a group, and what differs between the stages and the data of two revisions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../src/base/base.ts';
import {
  bestOf,
  diffData,
  diffStages,
  isEmptyDiff,
  meansOver,
  sorted,
  type DataEntry,
  type GroupRow,
  type StageFacts,
} from '../../src/compare/compare.ts';

const row = (
  stage: string,
  axes: Record<string, Value>,
  metrics: Record<string, Value>,
  revision = 'workspace',
): GroupRow => ({
  revision,
  stage,
  axes: new Map(Object.entries(axes)),
  metrics: new Map(Object.entries(metrics)),
});

test('means over an axis are of the rows that share all others, with the deviation of the sample', () => {
  const rows = [
    row('a', { lr: 1n, seed: 1n }, { loss: 1, note: 'x' }),
    row('b', { lr: 1n, seed: 2n }, { loss: 2n, note: 'y' }),
    row('c', { lr: 1n, seed: 3n }, { loss: 6, late: 4 }),
    row('d', { lr: 2n, seed: 1n }, { loss: 5 }),
    row('e', { lr: 2n, seed: 2n }, { loss: NaN }),
    row('f', { lr: 1n, seed: 1n }, { loss: 9 }, 'HEAD'),
  ];
  const means = meansOver(rows, ['seed']).map(({ revision, axes, metrics }) => [
    revision,
    Object.fromEntries(axes),
    Object.fromEntries(metrics),
  ]);
  const mean = (value: number, deviation: number, count: number): object => ({
    kind: 'mean',
    mean: value,
    deviation,
    count,
  });
  assert.deepEqual(means, [
    ['workspace', { lr: 1n }, { loss: mean(3, Math.sqrt(7), 3), late: mean(4, 0, 1) }],
    ['workspace', { lr: 2n }, { loss: mean(5, 0, 1) }],
    ['HEAD', { lr: 1n }, { loss: mean(9, 0, 1) }],
  ]);
  for (const axes of [['sed'], ['seed', 'sed']])
    assert.throws(() => meansOver(rows, axes), /no stage of the group has the axis 'sed'/);
  const ofBoth = meansOver(rows, ['lr', 'seed']).map(({ revision, axes, metrics }) => [
    revision,
    axes.size,
    metrics.get('loss'),
  ]);
  assert.deepEqual(ofBoth, [
    ['workspace', 0, mean(3.5, Math.sqrt(17 / 3), 4)],
    ['HEAD', 0, mean(9, 0, 1)],
  ]);
  const byMean = sorted(meansOver(rows, ['seed']), { name: 'loss', direction: 'min' });
  assert.deepEqual(
    byMean.map(({ axes, revision }) => [revision, axes.get('lr')]),
    [
      ['workspace', 1n],
      ['workspace', 2n],
      ['HEAD', 1n],
    ],
  );
});

test('rows are in the order of a column, those without a number last, and the best is the first', () => {
  const rows = [
    row('none', { lr: 'x' }, {}),
    row('large', { lr: 'b' }, { loss: 30n }),
    row('small', { lr: 'a' }, { loss: -2.5 }),
    row('nan', { lr: 'y' }, { loss: NaN }),
    row('middle', { lr: 'c' }, { loss: 7 }),
  ];
  const names = (name: string, direction: 'min' | 'max'): string =>
    sorted(rows, { name, direction })
      .map(({ stage }) => stage)
      .join(' ');
  assert.equal(names('loss', 'min'), 'small middle large none nan');
  assert.equal(names('loss', 'max'), 'large middle small nan none');
  assert.equal(names('lr', 'min'), 'small large middle none nan');
  assert.equal(bestOf(rows, { name: 'loss', direction: 'min' })!.stage, 'small');
  assert.equal(bestOf(rows, { name: 'loss', direction: 'max' })!.stage, 'large');
  assert.equal(bestOf(rows.slice(3, 4), { name: 'loss', direction: 'min' }), undefined);
  assert.throws(() => bestOf(rows, { name: 'lr', direction: 'min' }), /the metric 'lr'/);
  const both = [row('one', { n: 1n }, { n: 4 }), row('two', { n: 2n }, { n: 3 })];
  assert.equal(sorted(both, { name: 'n', direction: 'min' })[0]!.stage, 'two', 'a metric before an axis');
});

const file = (path: string, digest: string): DataEntry => ({ path, isFolder: false, digest, size: 1 });
const folder = (path: string, digest: string, more: Partial<DataEntry> = {}): DataEntry => ({
  ...file(path, digest),
  isFolder: true,
  ...more,
});
const byPath = (...entries: readonly DataEntry[]): ReadonlyMap<string, DataEntry> =>
  new Map(entries.map((entry) => [entry.path, entry]));

test('data: each deleted file is the origin of one renamed file at most', () => {
  const diff = diffData(
    byPath(
      file('b', '1'),
      file('gone', '2'),
      folder('d', '3'),
      file('same', '4'),
      file('e', '5'),
      file('c', '8'),
      file('a2', '7'),
    ),
    byPath(
      file('z', '1'),
      file('a', '1'),
      file('new', '3'),
      file('same', '4'),
      file('e', '6'),
      file('c', '9'),
      file('a1', '7'),
    ),
  );
  const pairs = (list: typeof diff.renamed): unknown => list.map(({ old, new: now }) => [old.path, now.path]);
  assert.deepEqual(pairs(diff.renamed), [['a2', 'a1'], ['b', 'a']]); // prettier-ignore
  assert.deepEqual(
    diff.added.map(({ path }) => path),
    ['new', 'z'],
  );
  assert.deepEqual(
    diff.deleted.map(({ path }) => path),
    ['d', 'gone'],
    'a folder does not become a file',
  );
  assert.deepEqual(pairs(diff.modified), [['c', 'c'], ['e', 'e']]); // prettier-ignore
  const one = diffData(byPath(file('c', '1'), file('b', '1')), byPath(file('z', '1')));
  assert.deepEqual([pairs(one.renamed), one.deleted.map(({ path }) => path)], [[['b', 'z']], ['c']]);
  const alone = diffData(byPath(file('b', '1')), byPath(file('z', '1')));
  assert.deepEqual([isEmptyDiff(alone), isEmptyDiff({ ...alone, renamed: [] })], [false, true]);
});

test('data: nothing is said of files in a folder whose list is not known on one side', () => {
  const opaque = folder('d', '2', { isOpaque: true });
  const known = byPath(folder('d', '1'), file('d/a', '1'), file('d/in/b', '2'));
  for (const diff of [diffData(known, byPath(opaque)), diffData(byPath(opaque), known)])
    assert.deepEqual(
      [diff.added, diff.deleted, diff.renamed, diff.modified.map(({ old }) => old.path)],
      [[], [], [], ['d']],
    );
});

const facts = (more: Partial<StageFacts> = {}): StageFacts => ({
  address: 's',
  cmd: 'cmd',
  wdir: '.',
  frozen: false,
  deps: new Map([
    ['a', '1'],
    ['b', '2'],
  ]),
  outs: ['o'],
  params: new Map([['params.yaml:lr', 1n]]),
  ...more,
});

test('stages: every kind of change is named, and nothing else', () => {
  const change = (more: Partial<StageFacts>): unknown => {
    const [found] = diffStages([facts()], [facts(more)]).changed;
    if (!found) return undefined;
    const { deps, outs, params, ...others } = found;
    return { ...others, deps, outs, params: Object.fromEntries(params) };
  };
  const none = {
    address: 's',
    deps: { added: [], removed: [] },
    outs: { added: [], removed: [] },
    changedDeps: [],
    params: {},
  };
  assert.equal(change({}), undefined);
  assert.deepEqual(change({ cmd: 'other' }), { ...none, cmd: { old: 'cmd', new: 'other' } });
  assert.deepEqual(change({ wdir: 'sub' }), { ...none, wdir: { old: '.', new: 'sub' } });
  assert.deepEqual(change({ frozen: true }), { ...none, frozen: { old: false, new: true } });
  assert.deepEqual(change({ outs: [] }), { ...none, outs: { added: [], removed: ['o'] } });
  assert.deepEqual(change({ outs: ['p'] }), { ...none, outs: { added: ['p'], removed: ['o'] } });
  const deps = new Map([
    ['a', '3'],
    ['c', '2'],
  ]);
  assert.deepEqual(change({ deps }), { ...none, deps: { added: ['c'], removed: ['b'] }, changedDeps: ['a'] });
  for (const [deps, listed] of [
    [[...facts().deps].slice(0, 1), { added: [], removed: ['b'] }],
    [[...facts().deps, ['c', '3'] as const], { added: ['c'], removed: [] }],
  ] as const)
    assert.deepEqual(change({ deps: new Map(deps) }), { ...none, deps: listed });
  assert.deepEqual(change({ outs: ['o', 'p'] }), { ...none, outs: { added: ['p'], removed: [] } });
  const params = new Map<string, Value>([['params.yaml:rate', 1n]]);
  assert.deepEqual(change({ params }), {
    ...none,
    params: {
      'params.yaml:rate': { old: undefined, new: 1n },
      'params.yaml:lr': { old: 1n, new: undefined },
    },
  });
  const { added, removed } = diffStages([facts()], [facts({ address: 't' })]);
  assert.deepEqual(
    [added, removed].map((list) => list.map(({ address }) => address)),
    [['t'], ['s']],
  );
});
