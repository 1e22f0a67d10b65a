// Records sent to a real server and read back with MLflow's own client.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  connectionFor,
  formatRecord,
  openClient,
  openLiveSender,
  parseRecord,
  sendRecord,
  type RecordedRun,
  type Sent,
  type TrackingRecord,
} from '@pipe-engine/mlflow';
import { assertEqualToRecord, current, readBack } from './read-back.ts';
import { startTestServer, type TestServer } from './server.ts';
import { writeProject } from './synthetic-record.ts';

const SHAPE = { configs: 3, folds: 3, epochs: 12, awkwardNames: true };
let root: string;
let server: TestServer;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'mlflow-sending-'));
  server = await startTestServer(root);
});
after(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const send = (record: TrackingRecord, register = false): Promise<Sent> =>
  sendRecord(openClient(connectionFor(server.url, {})), record, { root, register });
const counts = ({ created, completed, kept, stale, writes }: Sent): unknown => ({
  created,
  completed,
  kept,
  stale,
  writes,
});

test('a record is read back whole, and a second sending writes nothing', async () => {
  writeProject(root, SHAPE);
  const record = parseRecord(readFileSync(join(root, 'tracking.jsonl'), 'utf8'));
  const first = await send(record);
  assert.equal(first.created, 12);
  assertEqualToRecord(await readBack(server.url, 'denoising_cv'), record);
  const second = await send(record);
  assert.deepEqual(counts(second), { created: 0, completed: 0, kept: 12, stale: 0, writes: 0 });
  const known = await sendRecord(openClient(connectionFor(server.url, {})), record, {
    root,
    knownExperimentId: first.experimentId,
  });
  assert.deepEqual([known.requests, known.writes], [1, 0]);
});

test('one changed parameter adds its configuration and folds alone; going back adds nothing', async () => {
  const record = writeProject(root, SHAPE);
  const before = await send(record);
  const changed = writeProject(root, { ...SHAPE, learningRate: 0.01 });
  const after = await send(changed);
  const { created, kept, stale } = after;
  assert.deepEqual({ created, kept, stale }, { created: 4, kept: 8, stale: 4 });
  for (const run of changed.runs)
    if (before.runIds.has(run.key)) assert.equal(after.runIds.get(run.key), before.runIds.get(run.key));
  assertEqualToRecord(await readBack(server.url, 'denoising_cv'), changed);
  const back = await send(record);
  assert.deepEqual([back.created, back.kept, back.stale], [0, 12, 4]);
  for (const [key, id] of before.runIds) assert.equal(back.runIds.get(key), id);
  assertEqualToRecord(await readBack(server.url, 'denoising_cv'), record);
});

test('a retrained fold is a new run, and the shown number of a configuration may shift', async () => {
  const record = writeProject(root, SHAPE);
  const before = await send(record);
  const [first, ...rest] = record.runs;
  const renamed: TrackingRecord = {
    ...record,
    runs: [
      { ...first!, name: 'grid_search_config_9' },
      ...rest.map((run) => (run.key.endsWith('/fold_1') && run.parent === first!.key ? later(run) : run)),
    ],
  };
  const after = await send(renamed);
  assert.deepEqual([after.created, after.kept, after.stale], [1, 11, 1]);
  assert.equal(after.runIds.get(first!.key), before.runIds.get(first!.key));
  assertEqualToRecord(await readBack(server.url, 'denoising_cv'), renamed);
});

const later = (run: RecordedRun): RecordedRun => ({ ...run, start: run.start + 1, end: run.end + 1 });

test('odd values arrive as MLflow can keep them', async () => {
  const run: RecordedRun = {
    key: 'odd',
    name: 'odd "name" ü',
    status: 'FAILED',
    start: 1_700_000_000_001,
    end: 1_700_000_000_002,
    params: { 'ü/x y.z': '', long: 'v'.repeat(6000) },
    tags: { note: `"quoted" 'both' \`ways\` \n${'t'.repeat(7000)}` },
    context: {},
    metrics: {
      'loss/train': [
        [-3, 5, 'NaN'],
        [0, 6, 'Infinity'],
        [1, 7, '-Infinity'],
        [2, 8, 1e-300],
      ],
    },
    artifacts: [],
  };
  const record = parseRecord(formatRecord({ experiment: 'odd', project: 'odd', runs: [run], models: [] }));
  await send(record);
  assertEqualToRecord(await readBack(server.url, 'odd'), record);
  assert.equal((await send(record)).writes, 0);
});

test('a large artifact is streamed, and one that differs from its hash is refused before anything of it is sent', async () => {
  const large = writeProject(root, { configs: 1, folds: 1, epochs: 1, modelBytes: 40_000_001 });
  const record = { ...large, experiment: 'large' };
  await send(record);
  assertEqualToRecord(await readBack(server.url, 'large'), record);
  const other = { ...record, experiment: 'differs' };
  writeFileSync(join(root, record.runs[1]!.artifacts[1]!.file), 'edited');
  await assert.rejects(send(other), { code: 'BAD_ARTIFACT', message: /is not what the record names/ });
  const fold = (await readBack(server.url, 'differs')).runs.find((run) => run.name === 'fold_0')!;
  assert.equal(fold.status, 'RUNNING');
  assert.ok(!(record.runs[1]!.artifacts[1]!.path in fold.artifacts));
  writeProject(root, { configs: 1, folds: 1, epochs: 1, modelBytes: 40_000_001 });
  assert.deepEqual([(await send(other)).completed, (await send(other)).writes], [1, 0]);
  assertEqualToRecord(await readBack(server.url, 'differs'), other);
});

test('the best model is registered once and can be downloaded by its alias', async () => {
  const record = { ...writeProject(root, SHAPE), experiment: 'registered' };
  const sent = await send(record, true);
  assert.deepEqual(sent.registered, ['denoising-autoencoder/1']);
  const again = await send(record, true);
  assert.deepEqual([again.registered, again.writes], [[], 0]);
  const { models } = await readBack(server.url, 'registered', 'denoising-autoencoder');
  const { run, path } = record.models[0]!;
  const { sha256 } = record.runs
    .find(({ key }) => key === run)!
    .artifacts.find((artifact) => artifact.path.startsWith(path))!;
  assert.deepEqual(
    models.map(({ version, run, aliases, artifacts }) => [version, run, aliases, Object.values(artifacts)]),
    [['1', sent.runIds.get(run), ['best'], [sha256]]],
  );
});

test('runs that were followed are completed, not made again', async () => {
  const record = { ...writeProject(root, SHAPE), experiment: 'followed', project: 'followed' };
  const client = openClient(connectionFor(server.url, {}));
  const follower = await openLiveSender(client, { project: 'followed', experimentName: 'followed' });
  const until = (epochs: number): RecordedRun[] =>
    record.runs.slice(0, 3).map((run) => ({
      ...run,
      metrics:
        run.parent === undefined
          ? {}
          : Object.fromEntries(
              Object.entries(run.metrics)
                .filter(([, points]) => points.length > 1)
                .map(([key, points]) => [key, points.slice(0, epochs)]),
            ),
    }));
  assert.equal(await follower.update(until(2)), 2 * 4 * 2);
  assert.equal(await follower.update(until(5)), 2 * 4 * 3);
  // Another follower goes on where the first was stopped.
  const next = await openLiveSender(client, { project: 'followed', experimentName: 'followed' });
  await next.update(until(7));
  const live = await readBack(server.url, 'followed');
  assert.deepEqual(
    live.runs.map(({ status }) => status),
    ['RUNNING', 'RUNNING', 'RUNNING'],
  );
  assert.equal(live.runs.find(({ name }) => name === 'fold_0')!.metrics['val_loss']!.length, 7);
  const sent = await send(record);
  assert.deepEqual([sent.created, sent.completed, sent.stale], [9, 3, 0]);
  const found = await readBack(server.url, 'followed');
  assert.equal(current(found).length, 12);
  assertEqualToRecord(found, record);
});

test('a deleted experiment is not revived behind its owner’s back', async () => {
  const record = { ...writeProject(root, { configs: 1, folds: 1, epochs: 1 }), experiment: 'deleted' };
  const { experimentId } = await send(record);
  await openClient(connectionFor(server.url, {})).http.call({
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/delete',
    json: { experiment_id: experimentId },
  });
  await assert.rejects(send(record), { code: 'EXPERIMENT_DELETED' });
});
