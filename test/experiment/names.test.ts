// Which record an experiment gets: that of the same question, and never that of another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameMembers, wantedTexts, type ExperimentRecord } from '../../src/experiment/experiment.ts';
import type { Scalar, Value, WorkspacePath } from '../../src/base/base.ts';

const known = (name: string, overlays: readonly string[], more: object = {}): ExperimentRecord =>
  ({ name, overlays, targets: [], revision: 'now', changes: 'none', ...more }) as unknown as ExperimentRecord;

const asked = (more: object = {}): Parameters<typeof nameMembers>[1] => ({
  name: undefined,
  folder: undefined,
  targets: [],
  revision: 'now',
  changes: 'none',
  force: false,
  ...more,
});

const names = (...args: Parameters<typeof nameMembers>): readonly string[] =>
  nameMembers(...args).map(({ name }) => name);

test('a name that is given belongs to one question, unless it is forced', () => {
  const records = [known('mine', ['lr=1'])];
  assert.throws(() => names([['a=x', 'y']], asked({ name: 'its' }), [known('its', ['a=x,y'])]), /'its' has other parameters/);
  assert.deepEqual(names([['lr=1']], asked({ name: 'mine' }), records), ['mine']);
  assert.deepEqual(names([['lr=1']], asked({ name: 'mine', revision: 'later' }), records), ['mine']);
  for (const [members, more] of [
    [[['lr=2']], {}],
    [[['lr=1', 'depth=2']], {}],
    [[['lr=1']], { targets: ['train'] }],
    [[['lr=1']], { folder: 'sub' as WorkspacePath }],
  ] as const)
    assert.throws(() => nameMembers(members, asked({ name: 'mine', ...more }), records), /'mine' has other parameters/);
  assert.deepEqual(names([['lr=2']], asked({ name: 'mine', force: true }), records), ['mine']);
}); // prettier-ignore

test('without a name, the same question at the same state of the project is the same experiment', () => {
  const records = [known('old-name', ['lr=1'])];
  assert.deepEqual(names([['lr=1']], asked(), records), ['old-name']);
  for (const more of [{ revision: 'later' }, { changes: 'some' }, { targets: ['train'] }])
    assert.notEqual(names([['lr=1']], asked(more), records)[0], 'old-name', JSON.stringify(more));
  assert.notEqual(names([['lr=2']], asked(), records)[0], 'old-name');
});

test('members of a product keep their names, and new ones get free numbers', () => {
  const records = [
    known('grid-1', ['lr=1'], { group: 'grid' }),
    known('grid-3', ['lr=5'], { group: 'grid' }),
    // Of somebody who chose such a name.
    known('grid-4', ['depth=9']),
    known('other-1', ['lr=2'], { group: 'other' }),
  ];
  assert.deepEqual(names([['lr=1'], ['lr=2'], ['lr=3'], ['lr=4']], asked({ name: 'grid' }), records), [
    'grid-1',
    'grid-2',
    'grid-5',
    'grid-6',
  ]);
  assert.deepEqual(names([['lr=5'], ['lr=1']], asked({ name: 'grid' }), records), ['grid-3', 'grid-1']);
  // Without a name each keeps its own group, and a new one joins the first that is known.
  const known1 = [known('p-1', ['a=1'], { group: 'p' }), known('q-7', ['a=2'], { group: 'q' })];
  assert.deepEqual(nameMembers([['a=1'], ['a=2'], ['a=3']], asked(), known1), [
    { name: 'p-1', group: 'p', overlays: ['a=1'] },
    { name: 'q-7', group: 'q', overlays: ['a=2'] },
    { name: 'p-3', group: 'p', overlays: ['a=3'] },
  ]);
  const made = nameMembers([['a=1'], ['a=2']], asked(), records);
  assert.equal(new Set([...made, ...records].map(({ name }) => name)).size, 6);
  assert.ok(made.every(({ name, group }) => name.startsWith(`${group}-`)));
});

test('the texts of an experiment differ from the present ones in its values alone', () => {
  const source = (file: string, values: object): Parameters<typeof wantedTexts>[1][0] => ({
    file: file as WorkspacePath,
    prefix: [],
    values: toMap(values) as never,
  });
  const record = (values: object, overlays: readonly string[] = []) => ({
    params: new Map([['params.yaml', toMap(values)]]),
    overlays,
  });
  const text = '# rates\nlr: 1   # mine\nmodel: {depth: 2}\nlayers: [1, 2]\nnew: here\n';
  const present = source('params.yaml', { lr: 1n, model: { depth: 2n }, layers: [1n, 2n], new: 'here' });
  const wanted = (...args: Parameters<typeof record>): string | undefined =>
    wantedTexts(record(...args), [present], () => text).get('params.yaml' as WorkspacePath);
  assert.equal(wanted({ lr: 1n, model: { depth: 2n }, layers: [1n, 2n] }), undefined);
  assert.equal(
    wanted({ lr: 0.5, model: { depth: 2n }, layers: [1n, 3n] }),
    text.replace('lr: 1 ', 'lr: 0.5 ').replace('[1, 2]', '[1, 3]'),
  );
  for (const taken of ['~new', '~params.yaml:new'])
    assert.equal(
      wanted({ lr: 1n, model: { depth: 2n }, layers: [1n, 2n] }, [taken]),
      text.replace('new: here\n', ''),
      'what it took out goes, what only the present file has stays',
    );
  const two = [source('a.yaml', { lr: 1n }), source('b.yaml', { lr: 1n, other: 2n })];
  const ofTwo = { params: new Map([['a.yaml', toMap({ lr: 1n })], ['b.yaml', toMap({ lr: 5n, other: 2n })]]), overlays: [] };
  assert.deepEqual(
    [...wantedTexts(ofTwo, two, (file) => (file === 'a.yaml' ? 'lr: 1\n' : 'lr: 1\nother: 2\n'))],
    [['b.yaml', 'lr: 5\nother: 2\n']],
  );
  assert.equal(
    wanted({ lr: 1n, model: { depth: 2n }, layers: [7n, 8n, 9n] }),
    text.replace('[1, 2]', '[7, 8, 9]'),
  );
  // Of a pipeline file each list of vars keeps the keys that are in it.
  const own = [{ a: 1n, m: { e: 6n } }, { b: 2n, m: { c: 3n } }, { m: { d: 4n } }].map((values, index) => ({
    ...source('pipeline.yaml', values),
    prefix: ['vars', index],
  }));
  const values = { a: 1n, b: 3n, m: { c: 3n, d: 5n, e: 7n } };
  const vars = 'vars:\n- a: 1\n  m: {e: 6}\n- b: 2\n  m: {c: 3}\n- m: {d: 4}\n';
  assert.deepEqual(
    [...wantedTexts({ params: new Map([['pipeline.yaml', toMap(values)]]), overlays: [] }, own, () => vars)],
    [['pipeline.yaml', vars.replace('b: 2', 'b: 3').replace('d: 4', 'd: 5').replace('e: 6', 'e: 7')]],
  );
  const without = toMap({ a: 1n, m: { c: 3n, d: 4n, e: 6n } });
  assert.deepEqual(
    [...wantedTexts({ params: new Map([['pipeline.yaml', without]]), overlays: ['~b'] }, own, () => vars)],
    [['pipeline.yaml', vars.replace('b: 2\n  m', 'm')]],
  );
  // Records have the texts of keys alone.
  const keyed = 'weights: {0: 1.5, 1: 2, null: x, "3": y}\nlist: [{1: a}]\n';
  const weights = new Map<Scalar, Value>([[0n, 1.5], [1n, 2n], [null, 'x'], ['3', 'y']]);
  const keyedSource = source('params.yaml', {});
  const keyedValues = new Map<Scalar, Value>([['weights', weights], ['list', [new Map([[1n, 'a']])]]]);
  const of = (recorded: object): unknown =>
    [...wantedTexts({ params: new Map([['params.yaml', toMap(recorded)]]), overlays: [] }, [{ ...keyedSource, values: keyedValues }], () => keyed)];
  assert.deepEqual(of({ weights: { 0: 1.5, 1: 2n, null: 'x', 3: 'y' }, list: [{ 1: 'a' }] }), []);
  assert.deepEqual(of({ weights: { 0: 1.5, 1: 5n, null: 'z', 3: 'y', 4: 'w' }, list: [{ 1: 'b' }] }), [
    ['params.yaml', 'weights: {0: 1.5, 1: 5, null: z, "3": y, "4": w}\nlist: [{1: b}]\n'],
  ]);
  const parts = [[0n, 1n], [1n, 2n]].map(([key, value], index) => ({
    ...source('pipeline.yaml', {}),
    prefix: ['vars', index],
    values: new Map<Scalar, Value>([['m', new Map([[key!, value!]])]]),
  }));
  assert.deepEqual(
    [...wantedTexts({ params: new Map([['pipeline.yaml', toMap({ m: { 0: 1n, 1: 3n } })]]), overlays: [] }, parts, () => 'vars:\n- m: {0: 1}\n- m: {1: 2}\n')],
    [['pipeline.yaml', 'vars:\n- m: {0: 1}\n- m: {1: 3}\n']],
  );
  assert.match(wanted({ lr: 1n, model: { depth: 3n, width: 4n }, layers: [1n, 2n] })!, /depth: 3, width: 4/);
  assert.throws(() => wantedTexts(record({ lr: 1n }), [], () => undefined), /'params.yaml', which does not exist/);
}); // prettier-ignore

function toMap(value: unknown): Value {
  if (Array.isArray(value)) return value.map(toMap);
  if (typeof value !== 'object' || value === null) return value as Value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toMap(item)]));
}
