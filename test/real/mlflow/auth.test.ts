// A server with users, below a path prefix: the ways to tell it who one is, the same for MLflow's client and for ours.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFor, openClient, sendRecord } from '@pipe-engine/mlflow';
import { assertEqualToRecord, readBack } from './read-back.ts';
import { freePort } from './server.ts';
import { writeProject } from './synthetic-record.ts';
import { mlflowPrograms } from './venv.ts';

const PASSWORD = 'p:ä ss@word12%';
let root: string;
let server: ChildProcess;
let host: string;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'mlflow-auth-'));
  const port = await freePort();
  host = `127.0.0.1:${port}`;
  const args = [
    'server',
    '--app-name',
    'basic-auth',
    '--static-prefix',
    '/team',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--workers',
    '1',
  ];
  const env = {
    ...process.env,
    MLFLOW_AUTH_ADMIN_PASSWORD: PASSWORD,
    MLFLOW_FLASK_SERVER_SECRET_KEY: 'test',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  };
  const stores = ['--backend-store-uri', 'sqlite:///mlflow.db', '--artifacts-destination', './mlartifacts'];
  server = spawn(join(mlflowPrograms(), 'mlflow'), [...args, ...stores], {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    env,
  });
  while (!(await isUp())) {
    assert.equal(server.exitCode, null, 'the server ended');
    await sleep(200);
  }
});
after(async () => {
  process.kill(-server.pid!, 'SIGTERM');
  await once(server, 'exit');
  rmSync(root, { recursive: true });
});

const isUp = (): Promise<boolean> =>
  fetch(`http://${host}/team/health`).then(
    (answer) => answer.ok,
    () => false,
  );

test('userinfo, variables and the credentials file open the door, and nothing else does', async () => {
  const record = writeProject(root, { configs: 1, folds: 1, epochs: 2 });
  mkdirSync(join(root, '.mlflow'));
  writeFileSync(
    join(root, '.mlflow/credentials'),
    `[mlflow]\nmlflow_tracking_username = admin\nmlflow_tracking_password = ${PASSWORD.replace('%', '%%')}\n`,
  );
  const variables = { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: PASSWORD };
  const ways = {
    userinfo: connectionFor(`http://admin:${encodeURIComponent(PASSWORD)}@${host}/team/`, {}, '/nowhere'),
    variables: connectionFor(`http://${host}/team`, variables, '/nowhere'),
    file: connectionFor(`http://${host}/team`, {}, root),
  };
  for (const [name, connection] of Object.entries(ways)) {
    const sent = await sendRecord(openClient(connection), record, { root, experiment: { name } });
    assert.equal(sent.created, 2, name);
  }
  const nobody = openClient(connectionFor(`http://${host}/team`, {}, '/nowhere'));
  await assert.rejects(sendRecord(nobody, record, { root }), {
    status: 401,
    hint: /MLFLOW_TRACKING_USERNAME/,
  });
  Object.assign(process.env, variables);
  assertEqualToRecord(await readBack(`http://${host}/team`, 'userinfo'), record);
});
