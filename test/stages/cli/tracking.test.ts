// What sends the records, without MLflow: what is said when it is missing, how little is asked when there is nothing to do.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { test } from 'node:test';
import { formatRecord, type RecordedRun } from '@pipe-engine/mlflow/record';
import { startFakeServer } from '../../../packages/mlflow/test/fake-server.ts';
import { followTracking } from '../../../stages/cli/follow-tracking.ts';
import {
  sendTracking,
  type TrackingOptions,
  type TrackingOutcome,
} from '../../../stages/cli/send-tracking.ts';
import { digestOf, fileIdentity } from '../../../stages/cli/sent-notes.ts';
import { run as track } from '../../../stages/cli/track.ts';
import { folder } from './tracking-folder.ts';

const runOf = (key: string, more: Partial<RecordedRun>): RecordedRun => ({
  key,
  name: key,
  status: 'FINISHED',
  start: 1,
  end: 2,
  params: {},
  tags: {},
  context: {},
  metrics: {},
  artifacts: [],
  ...more,
});

function writeRecord(root: string, key = 'a', outputs = 'Data/full'): void {
  const run = runOf(key, { metrics: { loss: [[1, 2, 3]] } });
  mkdirSync(join(root, outputs), { recursive: true });
  writeFileSync(
    join(root, outputs, 'tracking.jsonl'),
    formatRecord({ experiment: 'e', project: 'p', runs: [run], models: [] }),
  );
}

/** With these variables of the environment for the time of the call. */
async function send(
  root: string,
  env: Record<string, string>,
  more: Partial<TrackingOptions> = {},
): Promise<{ outcome: TrackingOutcome; lines: string[] }> {
  const lines: string[] = [];
  const before = { ...process.env };
  Object.assign(process.env, { MLFLOW_TRACKING_URI: '', PATH: '/nowhere', ...env });
  try {
    return { outcome: await sendTracking({ root, say: (line) => lines.push(line), ...more }), lines };
  } finally {
    process.env = before;
  }
}

test('nothing recorded, nothing said', async (t) => {
  assert.deepEqual(await send(folder(t), {}), { outcome: 'no-record', lines: [] });
});

test('without MLflow everything stays pending, in one line with the command that sends it', async (t) => {
  const root = folder(t);
  writeRecord(root);
  writeRecord(root, 'b', 'Data/quick');
  const { outcome, lines } = await send(root, {});
  assert.equal(outcome, 'pending');
  assert.equal(lines.length, 1);
  assert.match(
    lines[0]!,
    /^tracking: 2 runs \(Data\/full\/tracking\.jsonl, Data\/quick\/tracking\.jsonl\) pending: there is no MLflow here\. Set MLFLOW_TRACKING_URI.*\. Send with: npx denoising-autoencoder track$/,
  );
});

test('what was sent into a database is pending again when the database is gone, or is another one', async (t) => {
  const root = folder(t);
  writeRecord(root);
  const database = join(root, 'mlflow.db');
  writeFileSync(database, '');
  const note = {
    record: digestOf(readFileSync(join(root, 'Data/full/tracking.jsonl'), 'utf8')),
    experimentId: '1',
    registered: false,
    identity: fileIdentity(database),
  };
  mkdirSync(join(root, '.tracking'));
  writeFileSync(join(root, '.tracking/sent.json'), JSON.stringify({ 'mlflow.db e p': note }));
  assert.equal((await send(root, {})).outcome, 'up-to-date');
  assert.equal((await send(root, {}, { register: true })).outcome, 'pending', 'its model is not registered');
  rmSync(database);
  assert.equal((await send(root, {})).outcome, 'pending');
});

test('a server that is down, a wrong variable or a record that is cut off are warnings, not failures', async (t) => {
  const root = folder(t);
  writeRecord(root);
  const down = await send(root, {
    MLFLOW_TRACKING_URI: 'http://127.0.0.1:1',
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
  });
  assert.equal(down.outcome, 'pending');
  assert.match(down.lines.at(-1)!, /cannot be reached/);
  assert.match(
    (await send(root, { MLFLOW_TRACKING_URI: 'sqlite:///x.db' })).lines[0]!,
    /mlflow server --backend-store-uri sqlite:\/\/\/x.db/,
  );
  writeFileSync(join(root, 'Data/full/tracking.jsonl'), '{"type":"record"}\n');
  assert.match((await send(root, {})).lines[0]!, /pending: tracking record: it is cut off/);
});

test('a record that is cut off is named, and does not hold back the others', async (t) => {
  const root = folder(t);
  writeRecord(root);
  mkdirSync(join(root, 'Data/broken'), { recursive: true });
  writeFileSync(join(root, 'Data/broken/tracking.jsonl'), '{"type":"record"}\n');
  const fake = await startFakeServer(t);
  const { outcome, lines } = await send(root, { MLFLOW_TRACKING_URI: fake.url });
  assert.equal(outcome, 'pending');
  assert.match(lines[0]!, /^tracking: Data\/broken\/tracking\.jsonl pending: tracking record: it is cut off/);
  assert.equal(lines.at(-1), `tracking: Data/full/tracking.jsonl: 1 run sent (${fake.url})`);
});

test('a record that is named and not there is an error', async (t) => {
  const root = folder(t);
  await assert.rejects(track([join(root, 'absent.jsonl')], root), /there is no record .*absent\.jsonl/);
});

test('each of the records that are named is sent, and no other', async (t) => {
  const root = folder(t);
  for (const key of ['a', 'b', 'c']) writeRecord(root, key, `Data/${key}`);
  const fake = await startFakeServer(t);
  const before = { ...process.env };
  t.after(() => (process.env = before));
  Object.assign(process.env, { MLFLOW_TRACKING_URI: fake.url, PATH: '/nowhere' });
  const lines: string[] = [];
  t.mock.method(console, 'error', (line: string) => void lines.push(line));
  const named = ['a', 'b'].map((key) => join(root, `Data/${key}/tracking.jsonl`));
  assert.equal(await track(named, root), 0);
  const sent = lines.flatMap((line) => /^tracking: (\S+): 1 run sent/.exec(line)?.[1] ?? []);
  assert.deepEqual(sent, ['Data/a/tracking.jsonl', 'Data/b/tracking.jsonl']);
});

test('all folds of all outputs are followed, round by round, until the record is there', async (t) => {
  const root = folder(t);
  const fake = await startFakeServer(t);
  const writeLive = (outputs: string, fold: number, losses: readonly number[]): void => {
    const head = {
      fold,
      configuration: { noise_level: 0.5, backend: 'wasm', threads: 1 },
      started: 1000,
      host: 'elsewhere',
      process: 1,
    };
    const epochs = losses.map((val_loss, n) => ({ epoch: n + 1, time: 1100 + n, values: { val_loss } }));
    mkdirSync(join(root, `Data/${outputs}/live`), { recursive: true });
    writeFileSync(
      join(root, `Data/${outputs}/live/64-0.002-0.5-${fold}.jsonl`),
      [head, ...epochs].map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
  };
  writeLive('full', 1, [0.5, 0.25]);
  writeLive('full', 2, [0.5]);
  writeLive('quick', 1, [0.5]);
  const rounds = [() => writeLive('quick', 1, [0.5, 0.25, 0.125]), () => writeRecord(root)];
  const pause = t.mock.method(
    timers as { setTimeout: unknown } as { setTimeout: () => Promise<void> },
    'setTimeout',
    async () => rounds.shift()!(),
  );
  syncBuiltinESMExports();
  const before = { ...process.env };
  Object.assign(process.env, { MLFLOW_TRACKING_URI: fake.url, PATH: '/nowhere' });
  const lines: string[] = [];
  try {
    assert.equal(await followTracking({ root, say: (line) => lines.push(line) }), 'sent');
  } finally {
    process.env = before;
    pause.mock.restore();
    syncBuiltinESMExports();
  }
  assert.deepEqual(lines, [
    'tracking: following; it ends with the run, or by Ctrl-C',
    'tracking: 3 points of 2 folds running in Data/full',
    'tracking: 1 point of 1 fold running in Data/quick',
    'tracking: 2 points of 1 fold running in Data/quick',
    'tracking: 1/1 a',
    `tracking: Data/full/tracking.jsonl: 1 run sent (${fake.url})`,
  ]);
});

test('nothing pending costs one request and no line', async (t) => {
  const root = folder(t);
  writeRecord(root);
  const fake = await startFakeServer(t);
  const first = await send(root, { MLFLOW_TRACKING_URI: fake.url });
  assert.deepEqual(
    [first.outcome, first.lines.at(-1)],
    ['sent', `tracking: Data/full/tracking.jsonl: 1 run sent (${fake.url})`],
  );
  const before = fake.requests.length;
  assert.deepEqual(await send(root, { MLFLOW_TRACKING_URI: fake.url }), { outcome: 'up-to-date', lines: [] });
  assert.deepEqual(fake.requests.slice(before), ['POST /api/2.0/mlflow/runs/search']);
  writeRecord(root, 'b');
  assert.equal((await send(root, { MLFLOW_TRACKING_URI: fake.url })).outcome, 'sent');
  // Another experiment is another place.
  assert.equal(
    (await send(root, { MLFLOW_TRACKING_URI: fake.url, MLFLOW_EXPERIMENT_NAME: 'mine' })).outcome,
    'sent',
  );
});

/** Records of one run each, with a model in it. */
function writeModels(
  root: string,
  models: Readonly<
    Record<string, { readonly name: string; readonly value: number; readonly measuredOn?: string }>
  >,
): void {
  for (const [folder, { name, value, measuredOn = 'all images' }] of Object.entries(models)) {
    mkdirSync(join(root, `Data/${folder}/model`), { recursive: true });
    writeFileSync(join(root, `Data/${folder}/model/m`), folder);
    const sha256 = createHash('sha256').update(folder).digest('hex');
    const file = `Data/${folder}/model/m`;
    const run = runOf('final', { artifacts: [{ path: 'model/m', file, sha256, size: folder.length }] });
    const criterion = { metric: 'mean_val_loss', value, measuredOn };
    const model = { name, run: 'final', path: 'model', alias: 'best', criterion };
    writeFileSync(
      join(root, `Data/${folder}/tracking.jsonl`),
      formatRecord({ experiment: folder, project: folder, runs: [run], models: [model] }),
    );
  }
}

test('two records of one model compete: their runs are sent, and neither is registered until one is named', async (t) => {
  const root = folder(t);
  const fake = await startFakeServer(t);
  const env = { MLFLOW_TRACKING_URI: fake.url };
  writeModels(root, {
    full: { name: 'm', value: 0.5 },
    toy: { name: 'm', value: 0.1, measuredOn: 'ten images' },
  });
  const both = await send(root, env, { register: true });
  assert.equal(both.outcome, 'refused');
  assert.match(
    both.lines[0]!,
    /no model is registered: Data\/full\/tracking\.jsonl, Data\/toy\/tracking\.jsonl have one of the same name, m\. Name the record/,
  );
  assert.deepEqual([fake.runs.length, fake.registry.versions.length], [2, 0]);
  const full = { register: true, records: ['Data/full/tracking.jsonl'] };
  assert.equal((await send(root, env, full)).outcome, 'sent');
  assert.equal(fake.registry.aliases.get('m@best'), '1');
  // The other one afterwards: it is measured on other images, however often it is tried.
  for (let time = 0; time < 2; time += 1) {
    const toy = await send(root, env, { register: true, records: ['Data/toy/tracking.jsonl'] });
    assert.equal(toy.outcome, 'refused');
    assert.match(toy.lines.at(-1)!, /^tracking: m is not registered: .*on all images.*on ten images/);
  }
  assert.equal(fake.registry.versions.length, 1);
  assert.equal((await send(root, env, full)).outcome, 'up-to-date');
  // Without registering, nothing is amiss.
  assert.equal((await send(root, env)).outcome, 'up-to-date');
});

test('records of other models are registered side by side', async (t) => {
  const root = folder(t);
  const fake = await startFakeServer(t);
  writeModels(root, { full: { name: 'm', value: 0.5 }, quick: { name: 'm-quick', value: 0.1 } });
  const { outcome, lines } = await send(root, { MLFLOW_TRACKING_URI: fake.url }, { register: true });
  assert.equal(outcome, 'sent', lines.join('\n'));
  assert.deepEqual(
    fake.registry.aliases,
    new Map([
      ['m@best', '1'],
      ['m-quick@best', '1'],
    ]),
  );
});
