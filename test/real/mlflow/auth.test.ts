// A server with users, below a path prefix: the ways to say who one is, the same for MLflow's client and for ours. It goes down in the
// middle, and comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { after, before, test } from 'node:test';
import { connectionFor, openClient, sendRecord } from '@pipe-engine/mlflow';
import { assertEqualToRecord, current, readBack } from './read-back.ts';
import { startTestServer, type TestServer } from './server.ts';
import { writeProject } from './synthetic-record.ts';

const PASSWORD = 'p:ä ss@word12%';
const TOKEN = 'a-token';
const variables = { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: PASSWORD };
const QUICK = {
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '0',
  MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0.05',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '3',
};
let root: string;
let server: TestServer;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'mlflow-auth-'));
  server = await startTestServer(root, 1, { password: PASSWORD, prefix: '/team' });
});
after(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

/** A folder with a record of an experiment of its own. */
function project(experiment: string, shape = { configs: 1, folds: 1, epochs: 2 }) {
  const folder = join(root, experiment);
  mkdirSync(folder);
  return { folder, record: writeProject(folder, { ...shape, experiment }) };
}

/** With the variables of the environment that MLflow's client reads, too. */
async function found(url: string, experiment: string, env: NodeJS.ProcessEnv, ...models: string[]) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await readBack(url, experiment, ...models);
  } finally {
    process.env = before;
  }
}

test('userinfo, variables and the credentials file open the door, and nothing else does', async () => {
  const { folder, record } = project('doors');
  mkdirSync(join(root, '.mlflow'));
  writeFileSync(
    join(root, '.mlflow/credentials'),
    `[mlflow]\nmlflow_tracking_username = admin\nmlflow_tracking_password = ${PASSWORD.replace('%', '%%')}\n`,
  );
  const withUser = server.url.replace('//', `//admin:${encodeURIComponent(PASSWORD)}@`);
  const ways = {
    userinfo: connectionFor(`${withUser}/`, {}, '/nowhere'),
    variables: connectionFor(server.url, variables, '/nowhere'),
    file: connectionFor(server.url, {}, root),
  };
  // The server checks the password for each request, which takes long: a whole record is sent one way only.
  for (const [name, connection] of Object.entries(ways))
    assert.equal(await openClient(connection).experimentByName('unknown'), undefined, name);
  const sent = await sendRecord(openClient(ways.file), record, { root: folder });
  assert.equal(sent.created, 2);
  const nobody = openClient(connectionFor(server.url, {}, '/nowhere'));
  await assert.rejects(sendRecord(nobody, record, { root: folder }), {
    status: 401,
    hint: /MLFLOW_TRACKING_USERNAME/,
  });
  assertEqualToRecord(await found(server.url, 'doors', variables), record);
});

/**
 * As companies put one before MLflow: it takes a token, and passes on what has it.
 * @param beforeAnswer is awaited before an answer of the server is passed on.
 */
async function startGateway(
  beforeAnswer?: (path: string) => Promise<void>,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const basic = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const gateway: Server = createServer((incoming, outgoing) => {
    if (incoming.headers.authorization !== `Bearer ${TOKEN}`) {
      outgoing.writeHead(401, { 'content-type': 'text/plain' }).end('no token');
      return;
    }
    const { host } = new URL(server.url);
    const onward = request(
      `http://${host}${incoming.url}`,
      { method: incoming.method, headers: { ...incoming.headers, host, authorization: basic } },
      async (answer) => {
        await beforeAnswer?.(incoming.url!);
        outgoing.writeHead(answer.statusCode!, answer.headers);
        pipeline(answer, outgoing, () => {});
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const { port } = gateway.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/team`,
    close: () => {
      gateway.closeAllConnections();
      gateway.close();
    },
  };
}

test('a token opens the door of a gateway: runs, artifacts and the registered model arrive', async (t) => {
  const gateway = await startGateway();
  t.after(gateway.close);
  const { folder, record } = project('token');
  const token = { MLFLOW_TRACKING_TOKEN: TOKEN };
  const sent = await sendRecord(openClient(connectionFor(gateway.url, token, '/nowhere')), record, {
    root: folder,
    register: true,
  });
  assert.deepEqual(sent.registered, ['denoising-autoencoder/1']);
  const all = await found(gateway.url, 'token', token, 'denoising-autoencoder');
  assertEqualToRecord(all, record);
  assert.deepEqual(all.models[0]!.aliases, ['best']);
  const wrong = openClient(connectionFor(gateway.url, { MLFLOW_TRACKING_TOKEN: 'other' }, '/nowhere'));
  await assert.rejects(sendRecord(wrong, record, { root: folder }), { status: 401 });
});

function send(folder: string, url: string): Promise<{ outcome: string; log: string }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'send-once.ts'), folder, 'tracking.jsonl'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...QUICK, MLFLOW_TRACKING_TOKEN: TOKEN, MLFLOW_TRACKING_URI: url },
    },
  );
  let [outcome, log] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (outcome += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return once(child, 'close').then(() => ({ outcome: outcome.trim(), log }));
}

test('a server that goes down in the middle gets the rest when it is back, and nothing twice', async (t) => {
  const { folder, record } = project('interrupted', { configs: 1, folds: 2, epochs: 2 });
  let down: Promise<void> | undefined;
  // The first run is finished: its sender does not learn it.
  const gateway = await startGateway(async (path) => {
    if (path.endsWith('/runs/update')) down ??= server.stop('SIGKILL');
    await down;
  });
  t.after(gateway.close);
  const { outcome, log } = await send(folder, gateway.url);
  assert.equal(outcome, 'pending', log);
  assert.match(log, /pending: .*denoising-autoencoder track/s);
  assert.ok(!log.includes(TOKEN) && !log.includes(PASSWORD), 'no secret is shown');
  await server.start();
  assert.equal((await send(folder, gateway.url)).outcome, 'sent');
  const all = await found(server.url, 'interrupted', variables);
  assertEqualToRecord(all, record);
  assert.deepEqual([current(all).length, all.runs.length], [record.runs.length, record.runs.length]);
  assert.equal((await send(folder, gateway.url)).outcome, 'up-to-date');
});
