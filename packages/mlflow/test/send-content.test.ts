// What of a run is sent, and which changes of it make another run.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sendRecord } from '../src/send.ts';
import { openLiveSender } from '../src/send-live.ts';
import type { DatasetInput, Point, RecordedRun, TrackingRecord } from '../src/record.ts';
import { project, recordIn, current, WHOLE } from './sending.ts';

test('a changed value makes its runs alone; the old ones are set aside, and come back', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const changed = await sendRecord(client, recordIn(root, '0.2'), { root });
  assert.deepEqual([changed.created, changed.kept, changed.stale], [3, 3, 3]);
  assert.deepEqual(
    fake.runs.filter((found) => found.tags.has('pipe.stale')).map(({ name }) => name),
    ['config_1 (stale)', 'fold_0 (stale)', 'fold_1 (stale)'],
  );
  const back = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([back.created, back.kept, back.stale], [0, 6, 3]);
  assert.deepEqual(current(fake), WHOLE);
});

test('everything of a run reaches the server as it is recorded', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const fold = record.runs[1]!;
  const whole: RecordedRun = {
    ...fold,
    key: 'whole',
    status: 'FAILED',
    start: 1500,
    end: 2500,
    tags: { stage: 'train', user: 'record' },
    context: { commit: 'abc', stage: 'context' },
    metrics: {
      loss: [
        [7, 1600, 0.25],
        [8, 1700, 'NaN'],
        ...Array.from({ length: 1200 }, (_, index): Point => [9 + index, 1800, index]),
      ],
    },
  };
  delete (whole as { parent?: string }).parent;
  const extraTags = { user: 'sender', host: 'here' };
  await sendRecord(client, { ...record, runs: [whole] }, { root, extraTags });
  const [found] = fake.runs;
  const { 'pipe.hash': hash, 'pipe.sending': sending, ...tags } = Object.fromEntries(found!.tags);
  assert.match(`${hash} ${sending}`, /^[0-9a-f]{64} [0-9a-f]{16}$/);
  assert.deepEqual(tags, {
    stage: 'train',
    user: 'record',
    commit: 'abc',
    host: 'here',
    'pipe.project': 'p',
    'pipe.key': 'whole',
  });
  assert.deepEqual(
    [found!.name, found!.status, found!.start, found!.end, Object.fromEntries(found!.params)],
    ['fold_0', 'FAILED', 1500, 2500, { lr: '0.1', fold: '0' }],
  );
  const points = [...found!.metrics.values()];
  assert.deepEqual(
    [...points.slice(0, 2), points.at(-1)],
    [
      { key: 'loss', step: 7, timestamp: 1600, value: 0.25 },
      { key: 'loss', step: 8, timestamp: 1700, value: 'NaN' },
      { key: 'loss', step: 1208, timestamp: 1800, value: 1199 },
    ],
  );
  assert.equal(points.length, 1202, 'in as many requests as the server demands');
});

test('a run whose shown name or parent changed is renamed and moved, nothing else', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  await sendRecord(client, record, { root });
  const [parent, ...rest] = record.runs;
  const sent = await sendRecord(
    client,
    { ...record, runs: [{ ...parent!, name: 'config_7' }, ...rest] },
    { root },
  );
  assert.deepEqual([sent.kept, sent.writes], [6, 1]);
  assert.equal(fake.runs.length, 6);
  assert.ok(current(fake).some((line) => line.startsWith('a=0.1 | below - | config_7 | FINISHED')));
});

const DATA: DatasetInput = {
  name: 'digits_train',
  digest: 'd'.repeat(32),
  sourceType: 'code',
  source: '{"tags":{}}',
  schema: '{"mlflow_tensorspec":{}}',
  profile: '{"features_size":1}',
  context: 'training',
};

test('data sets of a run are logged once, one request at a time, and other data is another run', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const ALSO: DatasetInput = { ...DATA, name: 'mnist_also', context: 'testing' };
  const withData = (data: DatasetInput): TrackingRecord => ({
    ...record,
    runs: record.runs.map((one) => ({ ...one, inputs: [data, ALSO] })),
  });
  let open = 0;
  fake.before = (request) => {
    if (request.endsWith('runs/log-inputs')) assert.equal((open += 1), 1, 'two at once');
    return false;
  };
  fake.after = (request) => {
    if (request.endsWith('runs/log-inputs')) open -= 1;
    return false;
  };
  await sendRecord(client, withData(DATA), { root });
  for (const one of fake.runs)
    assert.deepEqual(
      [...one.inputs.values()],
      [
        {
          tags: [{ key: 'mlflow.data.context', value: 'training' }],
          dataset: {
            name: DATA.name,
            digest: DATA.digest,
            source_type: 'code',
            source: DATA.source,
            schema: DATA.schema,
            profile: DATA.profile,
          },
        },
        {
          tags: [{ key: 'mlflow.data.context', value: 'testing' }],
          dataset: {
            name: 'mnist_also',
            digest: DATA.digest,
            source_type: 'code',
            source: DATA.source,
            schema: DATA.schema,
            profile: DATA.profile,
          },
        },
      ],
    );
  assert.equal((await sendRecord(client, withData(DATA), { root })).writes, 0);
  // Another place to get it from is no other data.
  assert.equal(
    (await sendRecord(client, withData({ ...DATA, source: '{"tags":{"a":"b"}}' }), { root })).writes,
    0,
  );
  const other = await sendRecord(client, withData({ ...DATA, digest: 'e'.repeat(32) }), { root });
  assert.deepEqual([other.created, other.stale], [6, 6]);
});

test('a description is set where the run has none, and never over what somebody wrote', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const described = (text: string): TrackingRecord => ({
    ...record,
    runs: record.runs.map((one) => ({ ...one, description: text })),
  });
  const notes = (): Set<string | undefined> =>
    new Set(fake.runs.map((one) => one.tags.get('mlflow.note.content')));
  // Runs that an earlier version sent, without one.
  await sendRecord(client, record, { root });
  assert.deepEqual(notes(), new Set([undefined]));
  const second = await sendRecord(client, described('first'), { root });
  assert.deepEqual([second.created, second.kept], [0, 6]);
  assert.deepEqual(notes(), new Set(['first']));
  assert.equal((await sendRecord(client, described('second'), { root })).writes, 0);
  assert.deepEqual(notes(), new Set(['first']));
  const again = { ...described('of a new run'), project: 'another' };
  assert.equal((await sendRecord(client, again, { root })).created, 6);
  assert.deepEqual(notes(), new Set(['first', 'of a new run']));
});

test('a file of the same size with other bytes is sent as another run', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const record = recordIn(root);
  writeFileSync(join(root, 'Data/a0'), 'DATA/A0');
  const sha256 = createHash('sha256').update('DATA/A0').digest('hex');
  const runs = record.runs.map((one) => ({
    ...one,
    artifacts: one.artifacts.map((artifact) =>
      artifact.file === 'Data/a0' ? { ...artifact, sha256 } : artifact,
    ),
  }));
  const sent = await sendRecord(client, { ...record, runs }, { root });
  assert.deepEqual([sent.created, sent.kept, sent.stale], [1, 5, 1]);
  assert.deepEqual(
    current(fake),
    WHOLE.map((line) => line.replace('model/m=Data/a0', 'model/m=DATA/A0')),
  );
  // The record still has the digest of the old bytes: those of another run are not sent as its own.
  const [parent, fold, ...others] = record.runs;
  await assert.rejects(
    sendRecord(client, { ...record, runs: [parent!, { ...fold!, key: 'new' }, ...others] }, { root }),
    {
      code: 'BAD_ARTIFACT',
    },
  );
});

test('what no server would take is refused before anything is sent', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const [parent, fold, ...rest] = record.runs;
  const bad = { ...fold!, metrics: { 'val//loss': [[1, 2, 3] as Point] } };
  const expected = { code: 'BAD_RECORD', message: /metric name "val\/\/loss": it has an empty part/ };
  await assert.rejects(sendRecord(client, { ...record, runs: [parent!, bad, ...rest] }, { root }), expected);
  assert.deepEqual(fake.requests, []);
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const before = fake.requests.length;
  await assert.rejects(live.update([parent!, bad]), expected);
  assert.equal(fake.requests.length, before);
});

test('children of a parent that became another run move below it', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  await sendRecord(client, record, { root });
  const [parent, ...rest] = record.runs;
  const summed: TrackingRecord = {
    ...record,
    runs: [{ ...parent!, metrics: { mean_loss: [[0, 2000, 1]] } }, ...rest],
  };
  const sent = await sendRecord(client, summed, { root });
  assert.deepEqual([sent.created, sent.kept, sent.stale], [1, 5, 1]);
  assert.deepEqual(
    current(fake),
    WHOLE.map((line) => (line.startsWith('a=0.1 |') ? line.replace('0 points', '1 points') : line)),
  );
  // The old one has the same key.
  const successor = fake.runs.findLast(({ tags }) => tags.get('pipe.key') === parent!.key)!;
  assert.deepEqual(
    fake.runs.filter(({ tags }) => tags.get('mlflow.parentRunId') === successor.id).map(({ name }) => name),
    ['fold_0', 'fold_1'],
  );
});

test('runs are made level by level, however many there are', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const [top, middle] = record.runs as [RecordedRun, RecordedRun];
  const low: RecordedRun = { ...middle, key: 'low', name: 'low', parent: middle.key, artifacts: [] };
  await sendRecord(client, { ...record, runs: [top, middle, low] }, { root });
  assert.deepEqual(
    current(fake).map((line) => line.split(' | ').slice(0, 2).join(' | ')),
    ['a=0.1 | below -', 'a=0.1/fold_0 | below a=0.1', 'low | below a=0.1/fold_0'],
  );
});
