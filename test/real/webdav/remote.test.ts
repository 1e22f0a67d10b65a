// A WebDAV server as a remote, with a user and a password.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertTrueObjects, cloneOf, makeProject, objectsIn } from '../../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { serveWebdav } from './server.ts';

test('push, pull and records of runs by way of a WebDAV server', { timeout: 300_000 }, async (t) => {
  const home = makeWorkspace(t, { 'served/keep': '' });
  const url = await serveWebdav(t, home.path('served'));
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
