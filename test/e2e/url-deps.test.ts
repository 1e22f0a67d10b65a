// URLs as dependencies of stages: a changed version makes a stage stale, and what cannot be reached is never taken as fresh in silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWorkspaceHere } from '../cli/here.ts';
import { makeWorkspace } from '../workspace.ts';
import { startSourceServer } from './source-server.ts';

test('a stage follows a URL, and one that cannot be asked is an error', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('raw', 'one');
  const { expect, repro, read, write } = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  u: {cmd: echo x > got, deps: [in, '${server.url}raw'], outs: [got]}\n`,
    in: '',
  });
  assert.deepEqual((await repro()).ran, ['u']);
  assert.deepEqual((await repro()).ran, []);
  assert.match(read('pipeline.lock'), /hash: checksum\n {6}checksum: /);
  await expect(0, 'status', '--check');
  // Whatever it finds, the fast answer must not follow from it.
  await expect(0, 'repro');
  server.files.set('raw', 'three');
  assert.match((await expect(0, 'status')).stdout, /^u: /m);
  assert.match((await expect(0, 'repro')).stdout, /1 ran/);

  server.answer = (_request, response) => {
    response.writeHead(403).end();
    return true;
  };
  assert.match((await expect(1, 'status')).stderr, /source-refused/);
  const failed = await expect(1, 'repro');
  assert.match(failed.stdout + failed.stderr, /source-refused|cannot be read/);
  server.answer = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  server.asked.length = 0;
  write(
    'pipeline.yaml',
    `${read('pipeline.yaml')}  v: {cmd: echo x > v, deps: ['${server.url}raw'], outs: [v]}\n`,
  );
  const allowed = await expect(0, 'status', '--allow-missing');
  assert.equal(server.asked.length, 1, 'a busy server is asked once by status');
  assert.equal(allowed.stderr.match(/counts as recorded/g)?.length, 1, allowed.stderr);
  assert.match(allowed.stdout, /^v: new\n\n1 stale, 1 fresh$/m);
  server.answer = () => false;
  server.files.delete('raw');
  const gone = await expect(1, 'repro');
  assert.match(gone.stdout + gone.stderr, /depends on 'http.*which does not exist/);
});

test('a password in a URL is in no message, reason or problem, also for programs', async (t) => {
  const server = await startSourceServer(t);
  const url = server.url.replace('//', '//ada:s3cret@');
  const { expect, remove } = makeWorkspaceHere(t, {
    'pipeline.yaml': `stages:\n  u: {cmd: echo x > got, deps: ['${url}raw'], outs: [got]}\n`,
  });
  const shown: string[] = [];
  const show = async (code: number, ...args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await expect(code, ...args);
    const lines = stdout.split('\n').filter((line) => line.startsWith('{"type":"failed"'));
    shown.push(...(args.includes('--json') ? lines : [stdout]), stderr);
  };
  await show(1, 'repro', '--json');
  await show(1, 'repro');
  server.files.set('raw', 'one');
  await show(0, 'repro');
  server.files.set('raw', 'two');
  remove('got');
  for (const command of ['status', 'why']) await show(0, command, 'u');
  const text = shown.join('');
  assert.match(text, /"place":{"file":"pipeline\.yaml","line":2,"column":\d+}/);
  assert.match(text, /deps: http:\/\/127[\d.:]+\/raw modified/);
  assert.match(text, /≠ dep {3}http:\/\/127/);
  assert.doesNotMatch(text, /s3cret/);
});
