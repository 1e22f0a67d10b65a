// The record's format, a run's hash, and what a sending does about what it finds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatRecord, metricValue, parseRecord } from '../src/record-file.ts';
import { planSending, TAGS } from '../src/send-plan.ts';
import { runHash } from '../src/run-hash.ts';
import type { RecordedRun, TrackingRecord } from '../src/record.ts';
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

describe('tracking.jsonl', () => {
  it('says the same after a round trip', () => {
    const whole = record([run('a'), run('b', { parent: 'a', metrics: { x: [[0, 1, 'NaN']] } })], {
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
  });

  it('keeps to the rules of the server', () => {
    const refused = (runs: RecordedRun[], message: RegExp): void =>
      assert.throws(() => formatRecord(record(runs)), { code: 'BAD_RECORD', message });
    refused([run('a'), run('a')], /twice/);
    refused([run('b', { parent: 'a' }), run('a')], /does not come before it/);
    refused([run('a"')], /other characters/);
    refused([run('a', { params: { 'x=y': '1' } })], /param name "x=y"/);
    refused([run('a', { params: { x: 'v'.repeat(6001) } })], /MLflow keeps 6000/);
    refused([run('a', { end: 1 })], /in order/);
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
  it('is that of the content, not of names, parents, circumstances or order', () => {
    const hash = runHash(run('a', { params: { x: '1', y: '2' } }));
    assert.equal(
      runHash(run('a', { params: { y: '2', x: '1' }, name: 'other', parent: 'q', context: {} })),
      hash,
    );
    for (const more of [
      { params: { x: '1', y: '3' } },
      { tags: {} },
      { end: 3000 },
      { metrics: {} },
      { artifacts: [] },
      { status: 'FAILED' as const },
    ])
      assert.notEqual(runHash(run('a', { params: { x: '1', y: '2' }, ...more })), hash);
  });
});

describe('undated runs', () => {
  it('are the same whenever they are said to have been', () => {
    const undated = run('a', { undated: true });
    const moved = run('a', { undated: true, start: 5, end: 6, metrics: { loss: [[0, 6, 0.5]] } });
    assert.equal(runHash(moved), runHash(undated));
    assert.notEqual(
      runHash(run('a', { undated: true, metrics: { loss: [[0, 1500, 0.6]] } })),
      runHash(undated),
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
    assert.deepEqual(shown([a], [on(a, '1', 'RUNNING')]), ['complete a on 1']);
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
  });

  it('completes the run that a follower began, unless it was another training', () => {
    assert.deepEqual(shown([a], [on(a, '1', 'RUNNING', {})]), ['complete a on 1']);
    assert.deepEqual(shown([a], [on(run('a', { start: 999 }), '1', 'RUNNING', {})]), [
      'create a',
      'changed 1',
    ]);
    assert.deepEqual(shown([a], [on(run('a', { params: { lr: '7' } }), '1', 'RUNNING', {})]), [
      'create a',
      'changed 1',
    ]);
  });
});
