// A WebDAV server as a remote: wsgidav from PyPI, with a user and a password.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { assertTrueObjects, cloneOf, makeProject, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { venv } from '../python.ts';

const PACKAGES = ['wsgidav==4.4.0', 'cheroot==11.1.2'];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @returns the URL of a server over an absolute folder. */
async function serve(t: TestContext, folder: string): Promise<string> {
  const programs = venv('webdav', PACKAGES);
  const port = await freePort();
  const config = {
    host: '127.0.0.1',
    port,
    provider_mapping: { '/': folder },
    http_authenticator: { domain_controller: null, accept_basic: true, accept_digest: false },
    simple_dc: { user_mapping: { '*': { ada: { password: 'secret' } } } },
    logging: { enable: true },
  };
  const file = makeWorkspace(t, { 'wsgidav.json': JSON.stringify(config) }).path('wsgidav.json');
  const server = spawn(join(programs, 'wsgidav'), ['--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('Serving on')) resolve();
      });
    server.on('close', () => reject(new Error(output)));
  });
  return `http://127.0.0.1:${port}/`;
}

test('push, pull and records of runs by way of a WebDAV server', { timeout: 300_000 }, async (t) => {
  const home = makeWorkspace(t, { 'served/keep': '' });
  const url = await serve(t, home.path('served'));
  const project = await makeProject(t, `${url}team/cache`);
  assert.match((await project.expect(1, 'push')).stderr, /remote-refused[^]*401[^]*PIPE_REMOTE_SHARED_TOKEN/);

  const env = {
    PIPE_REMOTE_USER: 'ada',
    PIPE_REMOTE_PASSWORD: 'secret',
    PIPE_REMOTE_KEY: 'ours',
    PIPE_REMOTE_HOST: url,
  };
  const pipe = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runPipe(cwd, args, env);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  assert.match(await pipe(project.root, 'push', '--run-cache'), /^Pushed 5 objects .* and 2 records/);
  const served = home.path('served/team/cache');
  assert.equal(objectsIn(served).length, 5);
  assertTrueObjects(served);
  assert.match(await pipe(project.root, 'push', '--run-cache'), /has everything already/);
  assert.match(await pipe(project.root, 'push', '--force'), /^Pushed 4 objects/);
  assertTrueObjects(served);

  const clone = cloneOf(t, project);
  await pipe(clone.root, 'pull');
  assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
  const fresh = cloneOf(t, project);
  for (const name of ['pipeline.lock', 'lines.json']) fresh.remove(name);
  assert.match(await pipe(fresh.root, 'repro', '--pull'), /2 restored/);
});
