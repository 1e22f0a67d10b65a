// The record's format, a run's hash, and what a sending does about what it finds.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { formatRecord, metricValue, parseRecord } from '../src/record-file.ts';
import { planSending, TAGS } from '../src/send-plan.ts';
import { runHash } from '../src/run-hash.ts';
import type { DatasetInput, RecordedModel, RecordedRun, TrackingRecord } from '../src/record.ts';
import type { Run, RunStatus } from '../src/types.ts';

const run = (key: string, more: Partial<RecordedRun> = {}): RecordedRun => ({
  key,
  name: key,
  status: 'FINISHED',
  start: 1000,
  end: 2000,
  params: { lr: '0.1' },
  tags: { stage: 'train' },
  context: { commit: 'abc' },
  metrics: { loss: [[0, 1500, 0.5]] },
  artifacts: [{ path: 'model/m.bin', file: 'Data/m.bin', sha256: 'a'.repeat(64), size: 3 }],
  ...more,
});
const record = (runs: RecordedRun[], more: Partial<TrackingRecord> = {}): TrackingRecord => ({
  experiment: 'e',
  project: 'p',
  runs,
  models: [],
  ...more,
});

const NO_NUMBERS = [
  [0, 1, 'NaN'],
  [1, 1, 'Infinity'],
  [2, 1, '-Infinity'],
] as const;

describe('tracking.jsonl', () => {
  it('says the same after a round trip', () => {
    const whole = record([run('a'), run('b', { parent: 'a', metrics: { x: NO_NUMBERS } })], {
      models: [{ name: 'm', run: 'b', path: 'model' }],
    });
    assert.deepEqual(parseRecord(formatRecord(whole)), whole);
  });

  it('is refused when cut off anywhere or changed', () => {
    const text = formatRecord(record([run('a'), run('b')]));
    for (let length = 0; length < text.length - 1; length += 7)
      assert.throws(() => parseRecord(text.slice(0, length)), { code: 'BAD_RECORD' }, String(length));
    assert.throws(() => parseRecord(text.replace('0.1', '0.2')), {
      code: 'BAD_RECORD',
      message: /cut off or was changed/,
    });
    for (const [before, after, message] of [
      ['pipe-tracking/1', 'pipe-tracking/2', /its format is pipe-tracking\/2, not pipe-tracking\/1/],
      ['"type":"record"', '"type":"run"', /its format is/],
      // Another program may write records: they are checked as ours are.
      ['"key":"b"', '"key":"a"', /twice/],
      ['"end":2000', '"end":2000.5', /whole milliseconds/],
    ] as const) {
      const body = text.slice(0, text.indexOf('{"type":"end"')).replace(before, after);
      const sha256 = createHash('sha256').update(body).digest('hex');
      assert.throws(() => parseRecord(`${body}${JSON.stringify({ type: 'end', lines: 3, sha256 })}\n`), {
        code: 'BAD_RECORD',
        message,
      });
    }
  });

  it('keeps to the rules of the server', () => {
    const refused = (runs: RecordedRun[], message: RegExp): void =>
      assert.throws(() => formatRecord(record(runs)), { code: 'BAD_RECORD', message });
    refused([run('a'), run('a')], /twice/);
    refused([run('b', { parent: 'a' }), run('a')], /does not come before it/);
    refused([run('a"')], /other characters/);
    refused([run('a', { params: { 'x=y': '1' } })], /param name "x=y"/);
    refused([run('a', { params: { x: 'v'.repeat(6001) } })], /MLflow keeps 6000/);
    refused([run('a', { tags: { x: 'v'.repeat(8001) } })], /MLflow keeps 8000/);
    refused([run('a', { context: { x: 'v'.repeat(8001) } })], /MLflow keeps 8000/);
    refused([run('a', { status: 'RUNNING' as 'FINISHED' })], /not that of a run that is over/);
    refused([run('a', { end: 1 })], /in order/);
    refused([run('a', { start: 0.5 })], /whole milliseconds/);
    refused([run('a', { metrics: { m: [[0.5, 1, 1]] } })], /metric m/);
    const twice = run('a').artifacts[0]!;
    refused([run('a', { artifacts: [twice, { ...twice, file: 'other' }] })], /two artifacts at/);
    refused([run('a', { artifacts: [{ ...twice, file: '/etc/passwd' }] })], /not inside the project/);
    refused([run('a', { artifacts: [{ ...twice, sha256: 'A'.repeat(64) }] })], /no sha256/);
    refused([run('a', { metrics: { m: [[0, 1, Number.NaN]] } })], /metric m/);
    refused(
      [run('a', { artifacts: [{ path: 'x', file: '../x', sha256: 'a'.repeat(64), size: 1 }] })],
      /not inside the project/,
    );
    assert.throws(
      () =>
        formatRecord(
          record([run('a', { artifacts: [{ path: '../x', file: 'x', sha256: 'a'.repeat(64), size: 1 }] })]),
        ),
      { code: 'BAD_ARTIFACT' },
    );
  });

  it('refuses names that no server takes, of params, tags and metrics alike', () => {
    for (const name of [
      '',
      '../x',
      'a//b',
      '/abs',
      'a/',
      '.',
      '..',
      '..a',
      './a',
      'a/./b',
      'a/../b',
      'a\nb',
      'a=b',
    ])
      for (const values of [
        { params: { [name]: '1' } },
        { tags: { [name]: '1' } },
        { context: { [name]: '1' } },
        { metrics: { [name]: [[0, 1, 2]] } },
      ] as const)
        assert.throws(
          () => formatRecord(record([run('a', values)])),
          {
            code: 'BAD_RECORD',
            message: /^tracking record: run a: MLflow does not take the (?:param|tag|metric) name "/,
          },
          JSON.stringify(values),
        );
    const good = ['a', 'a/b', 'val loss: ü-1_2.x', '.a', 'a/.b', 'a/..b', 'a..', 'é'];
    for (const name of good) {
      const values = {
        params: { [name]: '1' },
        tags: { [name]: '1' },
        metrics: { [name]: [[0, 1, 2]] },
      } as const;
      assert.ok(formatRecord(record([run('a', values)])));
    }
  });

  it('refuses models that the registry does not take', () => {
    const refused = (more: Partial<RecordedModel>, message: RegExp): void =>
      assert.throws(
        () => formatRecord(record([run('a')], { models: [{ name: 'm', run: 'a', path: 'model', ...more }] })),
        { code: 'BAD_RECORD', message },
      );
    for (const name of ['a/b', 'a:b', '..', '.', '']) refused({ name }, /model name/);
    for (const alias of ['', 'latest', 'LATEST', 'v1', 'a.b', 'a b']) refused({ alias }, /alias/);
    refused({ run: 'b' }, /is of the run b, which is not there/);
    refused({ path: 'mod' }, /not a folder among the artifacts/);
    refused({ path: 'model/m.bin' }, /not a folder among the artifacts/);
    const criterion = { metric: 'loss', value: 0.5, measuredOn: 'images' };
    refused({ criterion: { ...criterion, value: Number.NaN } }, /its loss is NaN, which cannot be compared/);
    refused({ criterion: { ...criterion, measuredOn: '' } }, /does not say what was measured/);
    const model = { name: 'm', run: 'a', path: 'model', alias: 'best' };
    assert.throws(
      () => formatRecord(record([run('a')], { models: [model, { ...model, name: 'n' }, model] })),
      {
        code: 'BAD_RECORD',
        message: /two of its models are m@best/,
      },
    );
    assert.throws(() => formatRecord(record([], { experiment: 'e'.repeat(501) })), { code: 'BAD_RECORD' });
    assert.throws(() => formatRecord(record([], { project: 'a b' })), { code: 'BAD_RECORD' });
  });

  it('refuses data sets and descriptions that the server does not take whole', () => {
    const data: DatasetInput = {
      name: 'd',
      digest: 'a'.repeat(36),
      sourceType: 'http',
      source: '{}',
      context: 'training',
    };
    const described = { schema: 's'.repeat(1_048_575), profile: 'p'.repeat(1_100_000) };
    const inputs = [data, { ...data, digest: 'b', ...described }];
    const whole = record([run('a', { inputs, description: '# text' })]);
    assert.deepEqual(parseRecord(formatRecord(whole)), whole);
    const refused = (more: Partial<RecordedRun>, message: RegExp): void =>
      assert.throws(() => formatRecord(record([run('a', more)])), { code: 'BAD_RECORD', message });
    refused(
      { inputs: [{ ...data, digest: 'a'.repeat(37) }] },
      /its digest has 37 characters; MLflow takes 36/,
    );
    refused({ inputs: [{ ...data, name: 'd'.repeat(501) }] }, /its name has 501/);
    refused({ inputs: [{ ...data, source: '' }] }, /has no source/);
    refused({ inputs: [{ ...data, schema: `${described.schema}s` }] }, /its schema has 1048576 characters/);
    refused({ inputs: [{ ...data, context: '' }] }, /no context/);
    refused({ inputs: [data, { ...data, context: 'testing' }] }, /is there twice/);
    refused({ params: { p: 1 as unknown as string } }, /p is not a text/);
    refused(
      { description: 'd'.repeat(8001) },
      /mlflow\.note\.content has 8001 characters; MLflow keeps 8000/,
    );
  });

  it('has words for numbers that JSON lacks', () => {
    assert.deepEqual([Number.NaN, Infinity, -Infinity, 0.25].map(metricValue), [
      'NaN',
      'Infinity',
      '-Infinity',
      0.25,
    ]);
  });
});

describe('runHash', () => {
  const data = { name: 'd', digest: 'e', sourceType: 'http', source: '{}', context: 'training' };

  it('is that of the content, not of names, parents, circumstances or order', () => {
    const artifact = run('a').artifacts[0]!;
    const hash = runHash(run('a', { params: { x: '1', y: '2' } }));
    assert.equal(
      runHash(run('a', { params: { y: '2', x: '1' }, name: 'other', parent: 'q', context: {} })),
      hash,
    );
    const two = [artifact, { ...artifact, path: 'a' }];
    assert.equal(runHash(run('a', { artifacts: two.toReversed() })), runHash(run('a', { artifacts: two })));
    assert.equal(runHash(run('a', { artifacts: [{ ...artifact, file: 'elsewhere' }] })), runHash(run('a')));
    for (const more of [
      { params: { x: '1', y: '3' } },
      { tags: {} },
      { end: 3000 },
      { metrics: {} },
      { artifacts: [] },
      { status: 'FAILED' as const },
      { start: 999 },
      { metrics: { loss: [[0, 1500, 0.25]] } },
      { metrics: { loss: [[0, 1501, 0.5]] } },
      { metrics: { loss: [[1, 1500, 0.5]] } },
      { metrics: { other: [[0, 1500, 0.5]] } },
      { artifacts: [{ ...artifact, sha256: 'b'.repeat(64) }] },
      { artifacts: [{ ...artifact, size: 4 }] },
      { artifacts: [{ ...artifact, path: 'model/n.bin' }] },
      { artifacts: [artifact, { ...artifact, path: 'model/n.bin' }] },
      { key: 'b' },
      { inputs: [data] },
    ] as const)
      assert.notEqual(runHash(run('a', { params: { x: '1', y: '2' }, ...more })), hash);
    const withData = runHash(run('a', { inputs: [data] }));
    for (const more of [{ name: 'f' }, { digest: 'f' }, { context: 'testing' }])
      assert.notEqual(runHash(run('a', { inputs: [{ ...data, ...more }] })), withData);
  });
});

describe('undated runs', () => {
  it('are the same whenever they are said to have been', () => {
    const undated = run('a', { undated: true });
    const moved = run('a', { undated: true, start: 5, end: 6, metrics: { loss: [[0, 6, 0.5]] } });
    assert.equal(runHash(moved), runHash(undated));
    for (const point of [
      [0, 1500, 0.6],
      [1, 1500, 0.5],
    ] as const)
      assert.notEqual(
        runHash(run('a', { undated: true, metrics: { loss: [point] } })),
        runHash(undated),
        String(point),
      );
  });
});

describe('planSending', () => {
  const on = (
    of: RecordedRun,
    id: string,
    status: RunStatus,
    tags: Record<string, string> = { [TAGS.hash]: runHash(of) },
  ): Run => ({
    info: {
      run_id: id,
      run_name: of.name,
      experiment_id: '1',
      status,
      start_time: of.start,
      artifact_uri: '',
      lifecycle_stage: 'active',
    },
    data: {
      params: Object.entries(of.params).map(([key, value]) => ({ key, value })),
      metrics: [{ key: 'loss', value: 1, timestamp: 1, step: 0 }],
      tags: Object.entries({ [TAGS.key]: of.key, ...tags }).map(([key, value]) => ({ key, value })),
    },
  });
  const shown = (runs: RecordedRun[], found: Run[]): string[] => {
    const plan = planSending(record(runs), found);
    return [
      ...plan.actions.map(
        (action) =>
          `${action.kind} ${action.run.key}${action.kind === 'create' ? '' : ` on ${action.on.info.run_id}`}`,
      ),
      ...plan.leftovers.map(({ on, reason }) => `${reason} ${on.info.run_id}`),
    ];
  };
  const a = run('a');

  it('makes, keeps, completes', () => {
    assert.deepEqual(shown([a], []), ['create a']);
    assert.deepEqual(shown([a], [on(a, '1', 'FINISHED')]), ['keep a on 1']);
    // One that was set aside while it was sent is not whole.
    for (const status of ['RUNNING', 'KILLED'] as const)
      assert.deepEqual(shown([a], [on(a, '1', status)]), ['complete a on 1'], status);
  });

  it('makes a new run of a changed one and sets the old one aside, once', () => {
    const changed = run('a', { params: { lr: '0.2' } });
    assert.deepEqual(shown([changed], [on(a, '1', 'FINISHED')]), ['create a', 'changed 1']);
    assert.deepEqual(
      shown([changed], [on(a, '1', 'FINISHED', { [TAGS.hash]: runHash(a), [TAGS.stale]: 'changed' })]),
      ['create a'],
    );
  });

  it('sets aside what the record no longer has, and takes it back', () => {
    assert.deepEqual(shown([], [on(a, '1', 'FINISHED')]), ['gone 1']);
    assert.deepEqual(
      shown([a], [on(a, '1', 'FINISHED', { [TAGS.hash]: runHash(a), [TAGS.stale]: 'gone' })]),
      ['keep a on 1'],
    );
  });

  it('of two equal runs keeps the complete one', () => {
    assert.deepEqual(shown([a], [on(a, '1', 'RUNNING'), on(a, '2', 'FINISHED')]), [
      'keep a on 2',
      'duplicate 1',
    ]);
    // The other one is set aside once.
    const stale = { [TAGS.hash]: runHash(a), [TAGS.stale]: 'duplicate' };
    assert.deepEqual(shown([a], [on(a, '1', 'FINISHED'), on(a, '2', 'FINISHED', stale)]), ['keep a on 1']);
  });

  it('completes the run that a follower began, unless it was another training', () => {
    assert.deepEqual(shown([a], [on(a, '1', 'RUNNING', {})]), ['complete a on 1']);
    assert.deepEqual(shown([a], [on(a, '1', 'FAILED', {})]), ['create a', 'changed 1']);
    assert.deepEqual(shown([a], [on(run('a', { start: 999 }), '1', 'RUNNING', {})]), [
      'create a',
      'changed 1',
    ]);
    for (const params of [{ lr: '7' }, { lr: '0.1', seed: '2' }, { seed: '2', lr: '0.1' }])
      assert.deepEqual(shown([a], [on(run('a', { params }), '1', 'RUNNING', {})]), ['create a', 'changed 1']);
  });
});
