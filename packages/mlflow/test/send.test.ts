// What sendings leave on a server, whatever happens to them on the way.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sampleOf } from '../../../test/amount.ts';
import { openClient, type MlflowClient } from '../src/client.ts';
import { connectionFor } from '../src/environment.ts';
import { sendRecord, type Sent } from '../src/send.ts';
import { openLiveSender } from '../src/send-live.ts';
import { withSendLock } from '../src/send-lock.ts';
import { startFakeServer, type FakeRun, type FakeServer } from './fake-server.ts';
import type { ExperimentChoice } from '../src/environment.ts';
import type {
  Criterion,
  DatasetInput,
  Point,
  RecordedModel,
  RecordedRun,
  TrackingRecord,
} from '../src/record.ts';

interface Project {
  readonly root: string;
  readonly fake: FakeServer;
  readonly client: MlflowClient;
}

async function project(t: TestContext): Promise<Project> {
  const root = mkdtempSync(join(tmpdir(), 'mlflow-send-'));
  t.after(() => rmSync(root, { recursive: true }));
  const fake = await startFakeServer(t);
  const quick = { MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0', MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0' };
  return { root, fake, client: openClient(connectionFor(fake.url, quick, '/nowhere')) };
}

/** Two parents of two children, each child with a history and an artifact. */
function recordIn(root: string, rate = '0.1'): TrackingRecord {
  mkdirSync(join(root, 'Data'), { recursive: true });
  const runs = ['a', 'b'].flatMap((name, index): RecordedRun[] => {
    const params = { lr: name === 'a' ? rate : '0.5' };
    const parent = run(`${name}=${params.lr}`, `config_${index + 1}`, params, {});
    const children = [0, 1].map((fold): RecordedRun => {
      const file = `Data/${name}${fold}`;
      writeFileSync(join(root, file), file);
      const sha256 = createHash('sha256').update(file).digest('hex');
      const points = [1, 2, 3].map((epoch): Point => [epoch, 1000 + epoch, 1 / epoch]);
      return {
        ...run(
          `${parent.key}/fold_${fold}`,
          `fold_${fold}`,
          { ...params, fold: String(fold) },
          { loss: points },
        ),
        parent: parent.key,
        artifacts: [{ path: 'model/m', file, sha256, size: file.length }],
      };
    });
    return [parent, ...children];
  });
  return { experiment: 'e', project: 'p', runs, models: [] };
}

const run = (
  key: string,
  name: string,
  params: Record<string, string>,
  metrics: RecordedRun['metrics'],
): RecordedRun => ({
  key,
  name,
  status: 'FINISHED',
  start: 1000,
  end: 2000,
  params,
  tags: {},
  context: {},
  metrics,
  artifacts: [],
});

/** The tree of all runs that are not stale, with the contents of each. */
function current(fake: FakeServer): string[] {
  const name = (id: string | undefined): string =>
    fake.runs.find((candidate) => candidate.id === id)?.tags.get('pipe.key') ?? '-';
  const line = (found: FakeRun): string =>
    [
      found.tags.get('pipe.key'),
      `below ${name(found.tags.get('mlflow.parentRunId'))}`,
      found.name,
      found.status,
      `${found.metrics.size} points`,
      [...found.artifacts].map(([path, bytes]) => `${path}=${bytes.toString()}`).join(),
    ].join(' | ');
  return fake.runs
    .filter((found) => !found.isDeleted && !found.tags.has('pipe.stale'))
    .map(line)
    .sort();
}

const WHOLE = [
  'a=0.1 | below - | config_1 | FINISHED | 0 points | ',
  'a=0.1/fold_0 | below a=0.1 | fold_0 | FINISHED | 3 points | model/m=Data/a0',
  'a=0.1/fold_1 | below a=0.1 | fold_1 | FINISHED | 3 points | model/m=Data/a1',
  'b=0.5 | below - | config_2 | FINISHED | 0 points | ',
  'b=0.5/fold_0 | below b=0.5 | fold_0 | FINISHED | 3 points | model/m=Data/b0',
  'b=0.5/fold_1 | below b=0.5 | fold_1 | FINISHED | 3 points | model/m=Data/b1',
];

test('a first sending makes everything, a second asks twice, one that knows where asks once', async (t) => {
  const { root, fake, client } = await project(t);
  const first = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([first.created, first.kept], [6, 0]);
  assert.deepEqual(current(fake), WHOLE);
  const second = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([second.created, second.kept, second.requests, second.writes], [0, 6, 2, 0]);
  const third = await sendRecord(client, recordIn(root), { root, knownExperimentId: first.experimentId });
  assert.deepEqual([third.kept, third.requests, third.writes], [6, 1, 0]);
});

test('a server that was emptied meanwhile gets everything again', async (t) => {
  const { root, fake, client } = await project(t);
  const sent = await sendRecord(client, recordIn(root), { root, knownExperimentId: '99' });
  assert.equal(sent.created, 6);
  assert.deepEqual(current(fake), WHOLE);
});

test('cut off after any request, the next sending completes what is there', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const total = fake.requests.length;
  for (const cut of sampleOf(
    Array.from({ length: total - 1 }, (_, index) => index + 1),
    3,
  )) {
    const { root, fake, client } = await project(t);
    let served = 0;
    fake.before = () => (served += 1) > cut;
    await assert.rejects(sendRecord(client, recordIn(root), { root, concurrency: 2 }), {
      code: 'UNREACHABLE',
    });
    delete fake.before;
    await sendRecord(client, recordIn(root), { root });
    assert.deepEqual(current(fake), WHOLE, `cut after ${cut} of ${total} requests`);
    assert.equal(
      fake.runs.filter((found) => !found.isDeleted).length,
      6,
      `cut after ${cut} of ${total} requests`,
    );
    assert.equal((await sendRecord(client, recordIn(root), { root })).writes, 0);
  }
});

test('each answer may be lost once', async (t) => {
  const { root, fake, client } = await project(t);
  let turn = 0;
  fake.after = () => (turn += 1) % 2 === 0;
  // Side by side, one request could lose every answer.
  await sendRecord(client, recordIn(root), { root, concurrency: 1 });
  assert.deepEqual(current(fake), WHOLE);
  assert.equal(fake.runs.length, 6, 'no run was made twice');
});

test('a request that is served after its sender gave it up leaves no run behind', async (t) => {
  const { root, fake, client } = await project(t);
  let creates = 0;
  // The lost attempt makes a run that the search before the retry does not see yet.
  fake.after = (request) => {
    if (!request.endsWith('/runs/create') || (creates += 1) > 1) return false;
    const late = fake.runs.pop()!;
    fake.before = (next) => {
      if (next.endsWith('/runs/log-batch') && !fake.runs.includes(late)) fake.runs.push(late);
      return false;
    };
    return true;
  };
  await sendRecord(client, recordIn(root), { root });
  assert.deepEqual(current(fake), WHOLE);
  assert.equal(fake.runs.filter((found) => !found.isDeleted).length, 6);
});

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
  assert.deepEqual(
    [...found!.metrics.values()],
    [
      { key: 'loss', step: 7, timestamp: 1600, value: 0.25 },
      { key: 'loss', step: 8, timestamp: 1700, value: 'NaN' },
    ],
  );
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

test('the experiment is that of the environment, by name or id, and never a deleted one', async (t) => {
  const { root, fake, client } = await project(t);
  fake.experiments.push('first', 'second');
  const sendTo = async (experiment: ExperimentChoice): Promise<string> =>
    (await sendRecord(client, recordIn(root), { root, experiment })).experimentId;
  assert.equal(await sendTo({ name: 'second' }), '2');
  assert.equal(await sendTo({ id: '1' }), '1');
  assert.equal(await sendTo({ id: '1', name: 'first' }), '1');
  await assert.rejects(sendTo({ id: '1', name: 'second' }), { code: 'BAD_CONFIGURATION' });
  assert.equal(await sendTo({}), '3', 'that of the record is made');
  fake.deleted.add('first').add('e');
  await assert.rejects(sendTo({ id: '1' }), { code: 'EXPERIMENT_DELETED', hint: /restore/ });
  await assert.rejects(sendTo({}), { code: 'EXPERIMENT_DELETED' });
});

test('a model gets one version per run, and its alias follows the newest', async (t) => {
  const { root, fake, client } = await project(t);
  const models = (run: string): RecordedModel[] => [
    { name: 'm', run, path: 'model', alias: 'best', description: 'about it' },
  ];
  const register = async (run: string): Promise<readonly string[]> =>
    (await sendRecord(client, { ...recordIn(root), models: models(run) }, { root, register: true }))
      .registered;
  await sendRecord(client, { ...recordIn(root), models: models('a=0.1/fold_0') }, { root });
  assert.deepEqual(fake.registry.versions, [], 'not asked for');
  assert.deepEqual(await register('a=0.1/fold_0'), ['m/1']);
  assert.deepEqual(await register('a=0.1/fold_0'), []);
  const id = fake.runs.find((one) => one.tags.get('pipe.key') === 'a=0.1/fold_0')!.id;
  assert.deepEqual(fake.registry.versions, [
    {
      name: 'm',
      version: '1',
      run_id: id,
      source: `mlflow-artifacts:/1/${id}/artifacts/model`,
      description: 'about it',
    },
  ]);
  assert.deepEqual(await register('b=0.5/fold_1'), ['m/2']);
  assert.deepEqual([...fake.registry.aliases], [['m@best', '2']]);
  const before = fake.requests.length;
  assert.deepEqual(await register('a=0.1/fold_0'), []);
  assert.deepEqual([...fake.registry.aliases], [['m@best', '1']]);
  assert.equal(fake.registry.versions.length, 2);
  assert.ok(fake.requests.slice(before).every((line) => !line.includes('create')));
});

/** A sending of one fold as a model with this criterion. */
async function registering(t: TestContext): Promise<{
  readonly fake: FakeServer;
  readonly register: (run: string, criterion?: Partial<Criterion>) => Promise<Sent>;
}> {
  const { root, fake, client } = await project(t);
  const register = (run: string, criterion?: Partial<Criterion>): Promise<Sent> => {
    const whole = { metric: 'mean_val_loss', value: 0.5, measuredOn: '100 images', ...criterion };
    const model = { name: 'm', run, path: 'model', alias: 'best', ...(criterion && { criterion: whole }) };
    return sendRecord(client, { ...recordIn(root), models: [model] }, { root, register: true });
  };
  return { fake, register };
}

test('of models with a criterion the lowest has the alias, and a worse one is registered without it', async (t) => {
  const { fake, register } = await registering(t);
  assert.deepEqual((await register('a=0.1/fold_0', { value: 0.5 })).registered, ['m/1']);
  assert.deepEqual(fake.registry.versions[0]!.tags, [
    { key: 'pipe.criterion', value: 'mean_val_loss' },
    { key: 'pipe.criterion_value', value: '0.5' },
    { key: 'pipe.measured_on', value: '100 images' },
  ]);
  for (const [run, value, best, version] of [
    ['a=0.1/fold_1', 0.75, '1', 'm/2'],
    // Equal is not better.
    ['b=0.5/fold_0', 0.5, '1', 'm/3'],
    ['b=0.5/fold_1', 0.25, '4', 'm/4'],
  ] as const) {
    const { registered, outdone, refused } = await register(run, { value });
    assert.deepEqual(registered, [version]);
    assert.equal(fake.registry.aliases.get('m@best'), best, version);
    assert.deepEqual(
      outdone,
      best === '1'
        ? [`m: version 1 (alias best) stays the best with mean_val_loss 0.5; this one has ${value}`]
        : [],
    );
    assert.deepEqual(refused, []);
  }
  // The best one again, and an older one again: nothing changes.
  for (const [run, value] of [
    ['b=0.5/fold_1', 0.25],
    ['a=0.1/fold_0', 0.5],
  ] as const) {
    assert.deepEqual((await register(run, { value })).registered, []);
    assert.equal(fake.registry.aliases.get('m@best'), '4');
  }
});

test('what cannot be compared with the best version is not registered, and a line says why', async (t) => {
  const { fake, register } = await registering(t);
  await register('a=0.1/fold_0', { value: 0.5 });
  for (const [criterion, why] of [
    [{ value: 0.1, measuredOn: '4 images' }, /on 100 images; this one mean_val_loss 0\.1 on 4 images/],
    [{ value: 0.1, metric: 'mean_val_ssim' }, /has mean_val_loss 0\.5 .*; this one mean_val_ssim 0\.1/],
  ] as const) {
    const { registered, refused } = await register('b=0.5/fold_1', criterion);
    assert.deepEqual(registered, []);
    assert.match(refused[0]!, /^m is not registered: version 1 \(alias best\)/);
    assert.match(refused[0]!, why);
    assert.match(refused[0]!, /Register it under another name, or remove the alias best from m first/);
  }
  assert.equal(fake.registry.versions.length, 1);
  assert.equal(fake.registry.aliases.get('m@best'), '1');
  // Without the alias there is nothing to compare with.
  fake.registry.aliases.clear();
  assert.deepEqual((await register('b=0.5/fold_1', { value: 0.1, measuredOn: '4 images' })).registered, [
    'm/2',
  ]);
  assert.equal(fake.registry.aliases.get('m@best'), '2');
});

test('a best version that does not say by what it was chosen is not replaced', async (t) => {
  const { fake, register } = await registering(t);
  await register('a=0.1/fold_0');
  assert.equal(fake.registry.aliases.get('m@best'), '1');
  const { registered, refused } = await register('b=0.5/fold_1', { value: 0.1 });
  assert.deepEqual(registered, []);
  assert.match(refused[0]!, /does not say by what it was chosen/);
  assert.equal(fake.registry.aliases.get('m@best'), '1');
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
  const withData = (data: DatasetInput): TrackingRecord => ({
    ...record,
    runs: record.runs.map((one) => ({ ...one, inputs: [data] })),
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
});

test('a version whose answer was lost is not made twice', async (t) => {
  const { root, fake, client } = await project(t);
  let lost = 0;
  fake.after = (request) => request.endsWith('model-versions/create') && (lost += 1) === 1;
  const models = [{ name: 'm', run: 'a=0.1/fold_0', path: 'model' }];
  const { registered } = await sendRecord(client, { ...recordIn(root), models }, { root, register: true });
  assert.deepEqual([registered, fake.registry.versions.length], [['m/1'], 1]);
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

test('an empty run of a lost answer is deleted, not set aside', async (t) => {
  const { root, fake, client } = await project(t);
  const first = await sendRecord(client, recordIn(root), { root });
  const tags = [
    { key: 'pipe.project', value: 'p' },
    { key: 'pipe.key', value: 'other' },
  ];
  await client.createRun({ experimentId: first.experimentId, name: 'empty', startTime: 1, tags });
  const second = await sendRecord(client, recordIn(root), { root });
  assert.deepEqual([second.stale, fake.runs.at(-1)!.isDeleted, fake.runs.at(-1)!.name], [0, true, 'empty']);
  assert.deepEqual(current(fake), WHOLE);
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
});

test('projects in one experiment do not touch each other', async (t) => {
  const { root, fake, client } = await project(t);
  await sendRecord(client, recordIn(root), { root });
  const other = await sendRecord(client, { ...recordIn(root), project: 'other' }, { root });
  assert.deepEqual([other.created, other.stale], [6, 0]);
  assert.equal(current(fake).length, 12);
});

test('what a follower began is completed with its points, and another training of the same key is not', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const begun = record.runs.slice(0, 3).map((one) => ({
    ...one,
    metrics: one.parent === undefined ? {} : { loss: one.metrics['loss']!.slice(0, 2) },
  }));
  assert.equal(await live.update(begun), 4);
  const requests = fake.requests.length;
  assert.equal(await live.update(begun), 0);
  assert.equal(fake.requests.length, requests, 'nothing is sent twice');
  const [, , second] = begun;
  assert.equal(await live.update([{ ...second!, start: 999 }]), 2);
  const sent = await sendRecord(client, record, { root });
  assert.deepEqual([sent.created, sent.completed, sent.stale], [3, 3, 1]);
  assert.deepEqual(current(fake), WHOLE);
  assert.deepEqual(
    fake.runs.filter((found) => found.tags.has('pipe.stale')).map(({ status }) => status),
    ['KILLED'],
  );
});

test('a follower leaves a run alone whose record was sent', async (t) => {
  const { root, fake, client } = await project(t);
  const record = recordIn(root);
  await sendRecord(client, record, { root });
  const live = await openLiveSender(client, { project: 'p', experimentName: 'e' });
  const requests = fake.requests.length;
  assert.equal(await live.update(record.runs.slice(0, 3)), 0);
  assert.equal(fake.requests.length, requests);
});

test('one sender at a time', async (t) => {
  const { root } = await project(t);
  const lock = join(root, 'deep', 'lock.sqlite');
  const order: string[] = [];
  let release = (): void => {};
  const held = withSendLock(lock, () => new Promise<void>((resolve) => (release = resolve)));
  const waiting = withSendLock(lock, () => Promise.resolve(order.push('second')), {
    onWait: () => (order.push('waits'), release()),
  });
  await Promise.all([held, waiting]);
  assert.deepEqual(order, ['waits', 'second']);
});
