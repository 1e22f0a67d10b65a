// What the sender does with a server of its own, and beside a run: a small program has the place of MLflow, and passes each request to the
// server of the test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { formatRecord } from '@pipe-engine/mlflow/record';
import { startFakeServer, type FakeServer } from '../../../packages/mlflow/test/fake-server.ts';
import { run as track } from '../../../stages/cli/track.ts';

/** It reports how it was called, and its end; in a folder that has `fails`, it fails as that says. */
const MLFLOW = `#!${process.execPath}
const { createServer } = require('node:http');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const to = readFileSync('to', 'utf8');
const named = Object.keys(process.env).filter((name) => name.startsWith('MLFLOW_'));
writeFileSync('called', JSON.stringify({ args: process.argv.slice(2), named, pid: process.pid }));
if (existsSync('fails')) {
  console.log('one line\\n' + readFileSync('fails', 'utf8') + '\\n');
  process.exit(3);
}
const server = createServer(async (request, response) => {
  if (request.url === '/health') return response.end('OK');
  if (request.url === '/version') return response.end('3.9.0');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
  const answer = await fetch(to + request.url, { method: request.method, ...body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
});
server.listen(Number(process.argv[process.argv.indexOf('--port') + 1]), process.argv[process.argv.indexOf('--host') + 1]);
process.on('SIGTERM', () => void fetch(to + '/ended').catch(() => undefined).then(() => process.exit(0)));
`;

interface Called {
  readonly args: readonly string[];
  /** Variables of its environment. */
  readonly named: readonly string[];
  readonly pid: number;
}

interface Project {
  readonly root: string;
  readonly fake: FakeServer;
  /** The program was ended. */
  readonly ended: Promise<void>;
  readonly called: () => Called;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function project(t: TestContext): Promise<Project> {
  const root = mkdtempSync(join(tmpdir(), 'local-server-'));
  const fake = await startFakeServer(t);
  mkdirSync(join(root, '.venv/bin'), { recursive: true });
  writeFileSync(join(root, '.venv/bin/mlflow'), MLFLOW, { mode: 0o755 });
  writeFileSync(join(root, 'to'), fake.url);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  fake.before = (request) => {
    if (request === 'GET /ended') resolve();
    return false;
  };
  const called = (): Called => JSON.parse(readFileSync(join(root, 'called'), 'utf8')) as Called;
  // Where the sender did not end it.
  t.after(
    () =>
      existsSync(join(root, 'called')) && isRunning(called().pid) && process.kill(called().pid, 'SIGKILL'),
  );
  t.after(() => rmSync(root, { recursive: true }));
  return { root, fake, ended, called };
}

function writeRecord(root: string, key: string, start: number): void {
  const run = { key, name: key, status: 'FINISHED', start, end: start + 9, params: {}, tags: {}, context: {}, artifacts: [] } as const; // prettier-ignore
  mkdirSync(join(root, 'Data/full'), { recursive: true });
  const record = { experiment: 'e', project: 'Data/full', models: [] };
  writeFileSync(
    join(root, 'Data/full/tracking.jsonl'),
    formatRecord({ ...record, runs: [{ ...run, metrics: { loss: [[1, 2, 3]] } }] }),
  );
}

/** The command, with these variables of the environment. @returns its exit code and what it says. */
async function trackHere(
  t: TestContext,
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const before = { ...process.env };
  t.after(() => (process.env = before));
  Object.assign(process.env, { MLFLOW_TRACKING_URI: '', PATH: '/bin:/usr/bin', ...env });
  const lines: string[] = [];
  const said = t.mock.method(console, 'error', (line: string) => void lines.push(line));
  const code = await track(args, root);
  said.mock.restore();
  return { code, lines };
}

/** What should end and does not is red soon. */
const SOON = { timeout: 60_000 };

test('a server of one’s own is for this machine alone, has no settings of another, and ends with the sending', SOON, async (t) => {
  const { root, fake, ended, called } = await project(t);
  writeRecord(root, 'a', 1);
  const { code, lines } = await trackHere(t, root, [], { MLFLOW_TRACKING_TOKEN: 'secret', MLFLOW_HOST: '0.0.0.0' });
  assert.equal(code, 0);
  assert.deepEqual(lines.slice(0, 2), ['tracking: starting an MLflow server for the sending', 'tracking: 1/1 a']);
  assert.match(lines.at(-1)!, /^tracking: Data\/full\/tracking\.jsonl: 1 run sent \(mlflow\.db; see it with: \.venv\/bin\/mlflow ui\)$/);
  assert.deepEqual(fake.runs.map(({ name, status, metrics }) => [name, status, metrics.size]), [['a', 'FINISHED', 1]]);
  await ended;
  const { args, named } = called();
  assert.equal(args[args.indexOf('--host') + 1], '127.0.0.1');
  assert.ok(args.join(' ').endsWith('--backend-store-uri sqlite:///mlflow.db --artifacts-destination ./mlartifacts'));
  assert.deepEqual(named, ['MLFLOW_SERVER_ENABLE_JOB_EXECUTION']);
  // Else the next server that does not start has the database moved away.
  assert.deepEqual(readdirSync(join(root, '.tracking')).filter((name) => name.startsWith('database')), []);
}); // prettier-ignore

test('a server that does not start: what it said at last, and everything stays pending', async (t) => {
  const { root } = await project(t);
  const none = await trackHere(t, root, [], {});
  assert.deepEqual([none.code, none.lines], [1, ['tracking: nothing is recorded yet; run the pipeline first']]);
  writeRecord(root, 'a', 1);
  writeFileSync(join(root, 'fails'), 'no such table');
  writeFileSync(join(root, 'mlflow.db'), 'of somebody');
  const { code, lines } = await trackHere(t, root, [], {});
  assert.equal(code, 1);
  assert.match(lines.at(-1)!, /^tracking: 1 run \(Data\/full\/tracking\.jsonl\) pending: .*mlflow server ended with status 3: no such table\. Its output/);
  assert.equal(readFileSync(join(root, 'mlflow.db'), 'utf8'), 'of somebody');
}); // prettier-ignore

test('a sender that is killed leaves no server behind', SOON, async (t) => {
  const { root, ended } = await project(t);
  const script = `
    import { startServer } from ${JSON.stringify(join(import.meta.dirname, '../../../stages/cli/mlflow-server.ts'))};
    await startServer(process.cwd(), ['.venv/bin/mlflow'], 'log');
    console.log('started');
    setInterval(() => undefined, 1000);`;
  const sender = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(sender.stdout, 'data')) as [Buffer];
  assert.equal(text.toString(), 'started\n');
  sender.kill('SIGKILL');
  await ended;
});

test('beside a run its folds are sent as far as they have come, then its record', SOON, async (t) => {
  const { root, fake } = await project(t);
  const live = (fold: number): string => join(root, `Data/full/live/1-0.5-${fold}.jsonl`);
  const head = (fold: number): string =>
    `${JSON.stringify({ fold, configuration: { backend: 'wasm' }, started: 1000, host: hostname(), process: process.pid })}\n`;
  const epoch = (at: number): string =>
    `${JSON.stringify({ epoch: at, time: 1000 + at, values: { loss: 1 / at } })}\n`;
  mkdirSync(join(root, 'Data/full/live'), { recursive: true });
  writeFileSync(live(1), head(1) + epoch(1));
  // What the run does after each time that points have come.
  const steps = [
    () => {
      appendFileSync(live(1), epoch(2));
      writeFileSync(live(2), `${head(2)}${epoch(1)}{"epoch": 2, "ti`);
    },
    () => undefined,
    () => writeRecord(root, 'a', 5000),
  ];
  const seen: string[] = [];
  fake.after = (request) => {
    const points = fake.runs.reduce((sum, { metrics }) => sum + metrics.size, 0);
    if (request.endsWith('log-batch') && points > seen.length) {
      seen.push(request);
      steps.shift()?.();
    }
    return false;
  };
  const { code, lines } = await trackHere(t, root, ['--follow'], { MLFLOW_TRACKING_URI: fake.url });
  assert.equal(code, 0);
  assert.deepEqual(lines, [
    'tracking: following; it ends with the run, or by Ctrl-C',
    'tracking: 1 point of 1 fold running in Data/full',
    'tracking: 2 points of 2 folds running in Data/full',
    'tracking: 1/1 a',
    `tracking: Data/full/tracking.jsonl: 1 run sent (${fake.url})`,
  ]);
  assert.deepEqual(fake.runs.map(({ name, metrics }) => [name, metrics.size]), [['1-0.5', 0], ['fold_1', 2], ['fold_2', 1], ['a', 1]]); // prettier-ignore
});
