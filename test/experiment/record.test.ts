import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PipeError } from '../../src/base/base.ts';
import {
  bestOf,
  columnsOf,
  contentsOf,
  effectiveTexts,
  findRecord,
  formatRecord,
  parseRecord,
  ranked,
  readAllRecords,
  readRanking,
  readRecords,
  stateOf,
  thisRunner,
  writeRecord,
  type ExperimentRecord,
} from '../../src/experiment/experiment.ts';
import type { Value } from '../../src/base/base.ts';
import { pipeFormat } from '../../src/own/own.ts';

const values: ReadonlyMap<string, Value> = new Map<string, Value>([
  [
    'params.yaml',
    new Map<string, Value>([
      ['integer', 1n],
      ['float', 1],
      ['big', 12345678901234567890n],
      ['small', 1e-7],
      ['infinite', [Infinity, -Infinity, NaN]],
      ['fraction', 0.25],
      ['list', [1n, 2, 'a', null, true]],
      ['text', 'x: 1.0\n'],
      ['__proto__', new Map([['a', 1n]])],
    ]),
  ],
  ['number.json', 3n],
]);

const record: ExperimentRecord = {
  name: 'grid-3',
  group: 'grid',
  state: 'done',
  overlays: ['lr=0.1'],
  targets: [],
  revision: 'abc',
  started: '2026-01-01T00:00:00.000Z',
  ended: '2026-01-01T00:00:01.000Z',
  stages: new Map([['train', { state: 'ran', key: 'k', seconds: 1 }]]),
  params: values,
  metrics: values,
  locks: new Map([['pipeline.lock', "schema: 'pipe/1'\nstages: {}\n"]]),
};

test('what a record keeps is in all of its lock files', () => {
  const lockOf = (digest: string): string =>
    `  s${digest}:\n    cmd: x\n    outs:\n    - path: out\n      sha256: ${digest}\n      size: 1\n`;
  const head = "schema: 'pipe/1'\nstages:\n";
  const digests = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
  const locks = new Map([
    ['pipeline.lock', `${head}${lockOf(digests[0]!)}${lockOf(digests[1]!)}`],
    ['sub/pipeline.lock', `${head}${lockOf(digests[2]!)}`],
  ]);
  assert.deepEqual(
    contentsOf({ ...record, locks }, pipeFormat).map(({ digest }) => digest),
    digests,
  );
});

test('a setting is written where its key is: into every file that has it, and under vars of a pipeline file', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-texts-'));
  t.after(() => rmSync(root, { recursive: true }));
  const lr: ReadonlyMap<string, Value> = new Map([['lr', 1n]]);
  writeFileSync(join(root, 'pipeline.yaml'), 'vars:\n- other.yaml\n- lr: 1\n');
  writeFileSync(join(root, 'params.yaml'), 'lr: 1\n');
  const sources = [
    { file: 'params.yaml', prefix: [], values: lr },
    { file: 'pipeline.yaml', prefix: ['vars', 1], values: lr },
  ];
  const place = { root, folder: '.', sources } as unknown as Parameters<typeof effectiveTexts>[1];
  assert.deepEqual(Object.fromEntries(effectiveTexts(['lr=2'], place)), {
    'params.yaml': 'lr: 2\n',
    'pipeline.yaml': 'vars:\n- other.yaml\n- lr: 2\n',
  });
  // Several for one file; by the path in a pipeline file.
  assert.deepEqual(Object.fromEntries(effectiveTexts(['params.yaml:lr=2', 'params.yaml:lr=3'], place)), {
    'params.yaml': 'lr: 3\n',
  });
  assert.deepEqual(Object.fromEntries(effectiveTexts(['pipeline.yaml:vars[1].lr=4'], place)), {
    'pipeline.yaml': 'vars:\n- other.yaml\n- lr: 4\n',
  });
  writeFileSync(join(root, 'a:b.yaml'), 'lr: 1\nk: 1\n');
  assert.deepEqual(Object.fromEntries(effectiveTexts(['a:b.yaml:lr=5', 'a:b.yaml:k=6'], place)), {
    'a:b.yaml': 'lr: 5\nk: 6\n',
  });
  // A file that no stage names, here and as a record of an earlier version names it from a folder; a file that is not there.
  writeFileSync(join(root, 'more.yaml'), 'lr: 1\nm: {k: 1}\n');
  const more = { 'more.yaml': 'lr: 3\nm: {k: 1}\n' };
  assert.deepEqual(Object.fromEntries(effectiveTexts(['more.yaml:lr=3'], place)), more);
  assert.deepEqual(
    Object.fromEntries(
      effectiveTexts(['more.yaml:lr=3'], { ...place, folder: 'sub' as typeof place.folder }),
    ),
    more,
  );
  for (const folder of ['.', 'sub'])
    assert.throws(
      () => effectiveTexts(['none.yaml:lr=3'], { ...place, folder: folder as typeof place.folder }),
      /there is no parameter file 'none\.yaml'/,
    );
  assert.throws(
    () => effectiveTexts(['+x=1'], { ...place, folder: 'sub' as typeof place.folder }),
    /there is no parameter file 'sub\/params\.yaml'/,
  );
  // Added, whether it is there or not.
  const add = (setting: string): unknown => Object.fromEntries(effectiveTexts([setting], place));
  assert.deepEqual(add('++more.yaml:n=2'), { 'more.yaml': 'lr: 1\nm: {k: 1}\nn: 2\n' });
  assert.deepEqual(add('++more.yaml:lr=2'), { 'more.yaml': 'lr: 2\nm: {k: 1}\n' });
  assert.throws(() => effectiveTexts(['~m.k'], place), /no parameter file has 'm'/);
  assert.throws(
    () => effectiveTexts(['more.yaml:m.j=3'], place),
    (error: PipeError) => {
      const [problem] = error.problems;
      assert.deepEqual([problem!.title, problem!.hint], ["no parameter file has 'm.j'", "did you mean 'k'?"]);
      return true;
    },
  );
});

test('a record is read as it was written, integers and floats apart', () => {
  const text = formatRecord(record);
  assert.deepEqual({ ...parseRecord(text)! }, record);
  assert.equal(formatRecord(parseRecord(text)!), text);
  assert.match(text, /^ {6}"float": 1\.0,$/m);
});

test('whole numbers alone are integers', () => {
  const plain = { ...record, params: new Map([['p.json', new Map([['a', 7n]])]]), metrics: new Map() };
  assert.deepEqual({ ...parseRecord(formatRecord(plain))! }, plain);
  const long = { ...plain, params: new Map([['p.json', new Map([['a', 12345678901234567890n]])]]) };
  assert.deepEqual({ ...parseRecord(formatRecord(long))! }, long);
  const large = { ...plain, params: new Map([['p.json', new Map([['a', 1e21]])]]) };
  assert.deepEqual({ ...parseRecord(formatRecord(large))! }, large);
  assert.equal(parseRecord(formatRecord(plain), 'copied')!.name, 'copied', 'the name of its file counts');
});

test('what is no record is not read as one', () => {
  const text = formatRecord(record);
  for (const bad of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    text.replace('pipe-exp/1', 'pipe-exp/2'),
    text.slice(0, -20),
    formatRecord({ ...record, stages: new Map([...record.stages, ['late', { seconds: 1 } as never]]) }),
  ])
    assert.equal(parseRecord(bad), undefined, bad);
  for (const part of [
    'name',
    'state',
    'overlays',
    'targets',
    'stages',
    'params',
    'metrics',
    'locks',
    'started',
  ]) {
    const without = JSON.parse(text) as Record<string, unknown>;
    delete without[part];
    assert.equal(parseRecord(`${JSON.stringify(without, null, 2)}\n`), undefined, part);
  }
});

test('records are files of their own; a damaged one is reported and left alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-exps-'));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(readRecords(join(folder, 'none')), { records: [], unreadable: [] });
  for (const name of ['grid-10', 'grid-9']) writeRecord(folder, { ...record, name });
  writeRecord(folder, { ...record, name: 'zero', started: '2025-12-31T00:00:00.000Z' });
  writeFileSync(join(folder, 'broken.json'), '{');
  // Of an editor, or of another program.
  for (const name of ['.grid-9.json', 'notes.txt']) writeFileSync(join(folder, name), '{');
  const { records, unreadable } = readRecords(folder);
  assert.deepEqual(
    records.map(({ name }) => name),
    ['zero', 'grid-9', 'grid-10'],
    'in the order of their starts',
  );
  assert.deepEqual([unreadable.length, /'broken'/.test(unreadable[0]!.title)], [1, true]);
  assert.equal(readFileSync(join(folder, 'broken.json'), 'utf8'), '{');
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n');
  assert.equal(findRecord(folder, 'nothing'), undefined);
  assert.throws(() => findRecord(folder, 'broken'), /cannot be read/);
  // Who decides what may be removed has to know them all.
  assert.throws(() => readAllRecords(folder), /'broken' cannot be read/);
  rmSync(join(folder, 'broken.json'));
  assert.equal(readAllRecords(folder).length, 3);
  // Neither what somebody wrote is replaced, nor anything behind a link.
  writeFileSync(join(folder, '.gitignore'), 'mine\n');
  writeFileSync(join(folder, 'mine'), 'mine\n');
  symlinkSync('mine', join(folder, 'linked.json'));
  writeRecord(folder, { ...record, name: 'linked' });
  for (const name of ['.gitignore', 'mine']) assert.equal(readFileSync(join(folder, name), 'utf8'), 'mine\n');
  assert.equal(findRecord(folder, 'linked')!.name, 'linked');
  symlinkSync(folder, join(folder, 'door'));
  assert.throws(() => writeRecord(join(folder, 'door'), record), /symbolic link/);
});

test('an experiment whose process here is gone was interrupted; one of another host may run', () => {
  const runner = thisRunner();
  const running = (more: Partial<typeof runner>): string =>
    stateOf({ ...record, state: 'running', runner: { ...runner, ...more } });
  assert.equal(running({}), 'running');
  assert.equal(running({ started: 'another time' }), 'interrupted');
  assert.equal(running({ host: 'elsewhere', started: 'another time' }), 'running');
  assert.equal(stateOf({ ...record, state: 'running' }), 'interrupted');
  assert.equal(stateOf({ ...record, state: 'failed', runner }), 'failed');
});

test('the best is the smallest of an error and the largest of a score, whatever has no number last', () => {
  const of = (name: string, metrics: Readonly<Record<string, Value>>): ExperimentRecord => ({
    ...record,
    name,
    params: new Map(),
    metrics: new Map([['m.json', new Map(Object.entries(metrics))]]),
  });
  const names = ['none', 'one', 'two', 'three', 'nan'];
  const columns = columnsOf([
    of('none', {}),
    of('one', { score: 1n, loss: 1n, mixed: 'low', mark: '!', kind: 'v10', list: [1n] }),
    of('two', { score: 2.5, loss: 2.5, mixed: 2n, mark: 3n, kind: 'v9' }),
    of('three', { score: 10n, loss: 10n, mixed: 10n }),
    of('nan', { score: NaN, loss: NaN, word: 'high' }),
  ]);
  const order = (text: string): string => ranked(names, readRanking(text, columns, '--sort')).join(' ');
  assert.equal(order('score'), 'three two one none nan');
  assert.equal(order('score:min'), 'one two three none nan');
  assert.equal(order('loss'), 'one two three none nan');
  assert.equal(order('loss:desc'), 'three two one none nan');
  assert.equal(order('mixed:min'), 'two three one none nan');
  assert.equal(order('mixed:max'), 'one three two none nan');
  assert.equal(order('score:asc'), 'one two three none nan');
  for (const name of ['mark:min', 'kind:min']) assert.equal(order(name), 'two one none three nan', name);
  assert.deepEqual(
    columns.map(({ label }) => label),
    ['score', 'loss', 'mixed', 'mark', 'kind', 'word'],
    'a list is no metric',
  );
  assert.equal(readRanking('m.json:loss', columns, '--best').column.label, 'loss');
  assert.equal(bestOf(names, readRanking('score', columns, '--best')), 'three');
  assert.equal(bestOf(['nan', 'none'], readRanking('score', columns, '--best')), undefined);
  assert.equal(bestOf(names, readRanking('word', columns, '--best')), undefined, 'a text is no number');
  assert.throws(() => readRanking('scor', columns, '--best'), /no experiment has a value 'scor'/);
  // The last keys of one value are enough; of two they say nothing.
  const deep = (...keys: readonly string[]): ReturnType<typeof columnsOf> =>
    columnsOf([of('one', Object.fromEntries(keys.map((key) => [key, new Map([['loss', 1]])])))]);
  assert.equal(readRanking('loss', deep('val'), '--best').column.label, 'val.loss');
  assert.equal(
    readRanking('oss', columnsOf([of('one', { loss: 1, a: new Map([['oss', 2]]) })]), '').column.label,
    'a.oss',
  );
  const inner = columnsOf([of('one', { loss: new Map([['val', 1]]) })]);
  assert.equal(readRanking('val', inner, '--best').direction, 'min', 'the whole label decides');
  assert.throws(
    () => readRanking('loss', deep('train', 'val'), '--best'),
    /no experiment has a value 'loss'/,
  );
  assert.equal(readRanking('ok', columnsOf([of('one', { ok: true })]), '--best').column.kind, 'metric');
  const direction = (name: string): string =>
    readRanking(name, columnsOf([of('one', { [name]: 1 })]), '--best').direction;
  for (const name of ['loss', 'val_loss', 'rmse', 'test_mse', 'mae', 'error', 'error_rate', 'seconds'])
    assert.equal(direction(name), 'min', name);
  for (const name of ['accuracy', 'f1', 'r2', 'glossary', 'maestro'])
    assert.equal(direction(name), 'max', name);
});

test('columns of two files, and keys with dots, have different labels', () => {
  const of = (values: object): Value => new Map(Object.entries(values));
  const columns = columnsOf([
    {
      name: 'e',
      params: new Map([
        ['a.yaml', of({ lr: 1n, 'x.y': 2n, x: of({ y: 3n }) })],
        ['b.yaml', of({ lr: 4n, only: 5n, none: of({}) })],
      ]),
      metrics: new Map(),
    },
  ]);
  assert.deepEqual(
    columns.map(({ label, values }) => [label, values.get('e')]),
    [
      ['a.yaml:lr', 1n],
      ['"x.y"', 2n],
      ['x.y', 3n],
      ['b.yaml:lr', 4n],
      ['only', 5n],
      ['none', new Map()],
    ],
  );
});

test('a name that leads elsewhere, or that commands use, is refused', () => {
  for (const name of [
    '../x',
    'a/b',
    '.hidden',
    '',
    'a..b',
    'a.',
    'x.lock',
    'workspace',
    'HEAD',
    'a b',
    'a'.repeat(101),
  ])
    assert.throws(() => writeRecord('/dev/null', { ...record, name }), /name|called/, name);
});
