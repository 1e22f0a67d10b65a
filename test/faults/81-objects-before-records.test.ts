// Lines 80 and 81: what a push that was killed leaves on the remote.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stepNumbers } from '../amount.ts';
import {
  assertTrueObjects,
  cloneOf,
  makeProject,
  objectsIn,
  folderPipeline,
} from '../cache/remote/shared-project.ts';
import { makeWorkspace, runPipe } from '../workspace.ts';

const env = { PIPE_REMOTE_KEY: 'ours' };

test('kill -9 at every step of a push: no name without its bytes, no record or manifest without its objects', async (t) => {
  const home = makeWorkspace(t, {});
  const remote = home.path('remote');
  const project = await makeProject(t, remote);
  let last = 0;
  for (const at of stepNumbers(14, 4)) {
    home.remove('remote');
    const push = ['push', '--run-cache', '-j1'];
    const killed = await runPipe(project.root, push, { ...env, PIPE_FAULT_AT: String(at) });
    const ended = killed.signal === null;
    if (ended) assert.equal(killed.code, 0, killed.stderr);
    assertTrueObjects(remote);
    assertComplete(remote);
    const { code, stderr } = await runPipe(project.root, push, env);
    assert.equal(code, 0, stderr);
    const clone = cloneOf(t, project);
    await clone.expect(0, 'pull');
    assert.equal(clone.read('sum.txt'), 'one\ntwo\n');
    clone.remove('.');
    if (ended) break;
    last = at;
  }
  // Five objects and two records are written and renamed; each group is flushed.
  assert.ok(last >= 2 * (5 + 2) + 3, String(last));
});

test('kill -9 at every step of a pull: the next one completes it', async (t) => {
  const home = makeWorkspace(t, {});
  const project = await makeProject(t, home.path('remote'), folderPipeline);
  await project.expect(0, 'push');
  let last = 0;
  for (const at of stepNumbers(14)) {
    const clone = cloneOf(t, project);
    const killed = await runPipe(clone.root, ['pull', '-j1'], { PIPE_FAULT_AT: String(at) });
    const ended = killed.signal === null;
    assertTrueObjects(clone.path('cache'));
    const { stderr } = await clone.expect(0, 'pull');
    assert.doesNotMatch(stderr, /error/);
    assert.match((await clone.expect(0, 'status')).stdout, /up to date/);
    clone.remove('.');
    if (ended) break;
    last = at;
  }
  assert.ok(last >= 2 * 3, String(last));
});

function assertComplete(remote: string): void {
  const objects = new Set(objectsIn(remote));
  const named = [
    ...globSync('objects/sha256/*/*.dir', { cwd: remote }),
    ...globSync('runs/*/*', { cwd: remote }),
  ]
    .flatMap((path) => [
      ...readFileSync(`${remote}/${path}`, 'utf8').matchAll(/"(?:sha256|digest)":"([^"]*)"/g),
    ])
    .map(([, digest]) => digest!);
  for (const digest of named) assert.ok(objects.has(digest), `${digest} is named and not there`);
}
