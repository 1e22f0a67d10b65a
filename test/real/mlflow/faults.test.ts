// Sendings that are disturbed: killed, side by side, over a failing network, with a server that goes down meanwhile.
// Whatever happens, the server ends up equal to the record: nothing twice, nothing missing.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFor, openClient, sendRecord } from '@pipe-engine/mlflow';
import { mulberry32, startFaultProxy, type Fault } from './fault-proxy.ts';
import { assertEqualToRecord, current, readBack } from './read-back.ts';
import { startTestServer, type TestServer } from './server.ts';
import { writeProject } from './synthetic-record.ts';

const SHAPE = { configs: 4, folds: 4, epochs: 20 };
/** Retries come quickly, so that a test of many takes seconds. */
const QUICK = {
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0',
  MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0.05',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '10',
};
let folder: string;
let server: TestServer;
let projects = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlflow-faults-'));
  server = await startTestServer(folder);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** A project with a record of its own experiment. */
function project(
  experiment: string,
  shape = SHAPE,
): { root: string; record: ReturnType<typeof writeProject> } {
  const root = mkdtempSync(join(folder, `project-${(projects += 1)}-`));
  return { root, record: writeProject(root, { ...shape, experiment }) };
}

interface Sending {
  readonly child: ChildProcess;
  readonly ended: Promise<{ outcome: string; log: string }>;
}

function startSending(root: string, uri: string): Sending {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'send-once.ts'), root, 'tracking.jsonl'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUICK, MLFLOW_TRACKING_URI: uri },
  });
  let outcome = '';
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (outcome += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return { child, ended: once(child, 'close').then(() => ({ outcome: outcome.trim(), log })) };
}

test('five senders at once make one set of runs', async () => {
  const { root, record } = project('five');
  const ended = await Promise.all(Array.from({ length: 5 }, () => startSending(root, server.url).ended));
  assert.deepEqual(ended.map(({ outcome }) => outcome).sort(), [
    'sent',
    ...Array<string>(4).fill('up-to-date'),
  ]);
  const found = await readBack(server.url, 'five');
  assert.equal(found.runs.length, record.runs.length);
  assertEqualToRecord(found, record);
});

async function duration(root: string): Promise<number> {
  const start = performance.now();
  assert.notEqual((await startSending(root, server.url).ended).outcome, 'pending');
  return performance.now() - start;
}

test('a sending killed at 20 random moments and resumed loses nothing and doubles nothing', async (t) => {
  const shape = { ...SHAPE, configs: 10, folds: 5 };
  const { root, record } = project('killed', shape);
  // What a whole sending takes, and one that finds nothing to do, on this machine and now.
  const { root: other } = project('measure', shape);
  const [whole, start] = [await duration(other), await duration(other)];
  const seed = Date.now() % 2 ** 31;
  t.diagnostic(`seed ${seed}, a whole sending takes ${Math.round(whole)} ms`);
  const random = mulberry32(seed);
  let interrupted = 0;
  for (let kill = 0; kill < 20; kill += 1) {
    const { child, ended } = startSending(root, server.url);
    await Promise.race([ended, sleep(start / 2 + random() * (whole - start) * 0.12)]);
    child.kill('SIGKILL');
    if ((await ended).outcome === '') interrupted += 1;
  }
  t.diagnostic(`${interrupted} of 20 kills hit a sending that was not over`);
  await startSending(root, server.url).ended;
  const found = await readBack(server.url, 'killed');
  assertEqualToRecord(found, record);
  assert.equal(current(found).length, record.runs.length);
  const again = await sendRecord(openClient(connectionFor(server.url, QUICK)), record, { root });
  assert.equal(again.writes, 0);
});

test('a server that is killed and started again meanwhile is waited for', async () => {
  const { root, record } = project('restarted');
  const { ended } = startSending(root, server.url);
  const isBegun = async (): Promise<boolean> =>
    (await openClient(connectionFor(server.url, QUICK)).experimentByName('restarted')) !== undefined;
  while (!(await isBegun())) await sleep(20);
  await server.stop('SIGKILL');
  // Longer than the quick retries last: the sender gives up, and says so.
  const { outcome, log } = await ended;
  assert.equal(outcome, 'pending', log);
  assert.match(log, /pending: .*cannot be reached.*denoising-autoencoder track/s);
  await server.start();
  assert.equal((await startSending(root, server.url).ended).outcome, 'sent');
  assertEqualToRecord(await readBack(server.url, 'restarted'), record);

  const patient = project('patient');
  const connection = connectionFor(server.url, { ...QUICK, MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1' });
  let down: Promise<void> | undefined;
  const sent = await sendRecord(openClient(connection), patient.record, {
    root: patient.root,
    onProgress: () => {
      down ??= server.stop('SIGKILL').then(() => server.start());
    },
  });
  await down;
  assert.equal(sent.created, patient.record.runs.length);
  assertEqualToRecord(await readBack(server.url, 'patient'), patient.record);
});

const EACH: Partial<Record<Fault, number>> = {
  'error-500': 0.08,
  'error-429': 0.05,
  refuse: 0.05,
  'lose-answer': 0.08,
  'cut-answer': 0.05,
  slow: 0.1,
};

test('over a failing network every run arrives once', async (t) => {
  for (const [index, faults] of [
    EACH,
    // With more, one of some hundred requests would sooner or later use up MLflow's ten retries.
    { 'lose-answer': 0.3 },
    { 'cut-answer': 0.3 },
    { 'error-500': 0.15, 'error-429': 0.15 },
    { slow: 0.9 },
  ].entries()) {
    const experiment = `network-${index}`;
    const { root, record } = project(experiment);
    const seed = Date.now() % 2 ** 31;
    const proxy = await startFaultProxy(server.url, { seed, faults });
    // Also after a failure, which would otherwise keep this process waiting.
    t.after(() => proxy.close());
    const sent = await sendRecord(openClient(connectionFor(proxy.url, QUICK)), record, { root });
    t.diagnostic(
      `${experiment}: seed ${seed}, ${sent.requests} requests, ${[...proxy.happened].map(([fault, times]) => `${times} × ${fault}`).join(', ')}`,
    );
    const found = await readBack(server.url, experiment);
    assert.equal(found.runs.length, record.runs.length, 'no run beside those of the record');
    assertEqualToRecord(found, record);
    const again = await sendRecord(openClient(connectionFor(proxy.url, QUICK)), record, { root });
    assert.equal(again.writes, 0);
  }
});

test('a lost answer to runs/create makes no second run', async () => {
  const { root, record } = project('lost');
  const proxy = await startFaultProxy(server.url, { seed: 1, faults: { 'lose-answer': 0.5 } });
  await sendRecord(openClient(connectionFor(proxy.url, { ...QUICK })), record, { root });
  const creates = proxy.forwarded.filter((request) => request.endsWith('/runs/create'));
  assert.equal(creates.length, record.runs.length, 'each was made by one request');
  await proxy.close();
});
