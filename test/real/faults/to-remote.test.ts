// `--to-remote`, killed at each step that changes a file, then given again.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { assertTrueObjects } from '../../cache/remote/shared-project.ts';
import { startSourceServer } from '../../e2e/source-server.ts';
import { makeWorkspace, runPipe } from '../../workspace.ts';

test('killed at every step, then again: the remote is whole, and pull brings it', async (t) => {
  const remote = makeWorkspace(t, {});
  const elsewhere = makeWorkspace(t, { 'scans/one': '1', 'scans/in/two': '22' });
  const config = `config: {remotes: {shared: {url: ${remote.root}}}}\n`;
  const project = makeWorkspace(t, { 'pipeline.yaml': config });
  const server = await startSourceServer(t);
  server.files.set('raw.csv', 'a,b\n');
  const calls = [
    ['import-url', '--to-remote', '-f', `${server.url}raw.csv`],
    ['add', '--to-remote', '-f', elsewhere.path('scans')],
  ];
  let killed = 0;
  for (const args of calls)
    for (let step = 1; ; step += 1) {
      const { code, signal, stderr } = await runPipe(project.root, args, { PIPE_FAULT_AT: String(step) });
      assertTrueObjects(remote.root);
      if (signal === null) {
        assert.equal(code, 0, stderr);
        break;
      }
      killed += 1;
    }
  assert.ok(killed >= 8, `${killed} steps`);
  await project.expect(0, 'pull');
  assert.equal(project.read('raw.csv'), 'a,b\n');
  assert.equal(project.read('scans/in/two'), '22');
  // Garbage collection knows them by these names.
  for (const name of readdirSync(project.path('cache/placing')))
    assert.match(name, /^\d+-[0-9a-f]+-\d+\.tmp$/);
});
