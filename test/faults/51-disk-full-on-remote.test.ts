import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepNumbers } from '../amount.ts';
import { assertTrueObjects, cloneOf, folderPipeline, makeProject } from '../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe } from '../workspace.ts';

for (const [command, where] of [
  ['push', 'remote'],
  ['fetch', 'here'],
] as const) {
  test(`no room ${where === 'here' ? 'here' : 'on the remote'}, at every step of a ${command}: said in words, and the next one completes it`, async (t) => {
    const home = makeWorkspace(t, {});
    const remote = home.path('remote');
    const project = await makeProject(t, remote, folderPipeline);
    if (command === 'fetch') await project.expect(0, 'push');
    let failures = 0;
    // Some steps need no room; after several in a row that went well there are no more.
    let well = 0;
    for (const at of stepNumbers(4)) {
      if (command === 'push') home.remove('remote');
      const worker = command === 'push' ? project : cloneOf(t, project);
      const full = { PIPE_FAULT_AT: String(at), PIPE_FAULT_ERROR: 'ENOSPC' };
      const { code, stdout, stderr } = await runPipe(worker.root, [command, '-j1'], full);
      well = code === 0 ? well + 1 : 0;
      if (code !== 0) {
        failures += 1;
        assert.equal(code, 1);
        assert.match(stdout + stderr, /no space is left there[^]*free some space there|disk is full/);
        assert.doesNotMatch(stderr, /bug in pipe|\n +at /);
      }
      assertTrueObjects(remote);
      assertTrueObjects(worker.path('cache'));
      await worker.expect(0, command);
      if (worker !== project) worker.remove('.');
      if (well === 4) break;
    }
    assert.ok(failures >= 3, String(failures));
  });
}
