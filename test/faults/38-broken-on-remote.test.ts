import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { isWhole, testInWhole } from '../amount.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { assertTrueObjects, cloneOf, makeProject, objectsIn } from '../cache/remote/shared-project.ts';

/** Other bytes of the same length. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, bytes.with(0, bytes[0]! ^ 1));
}

testInWhole(
  'push --force replaces what is damaged on a folder; without it, what is plainly damaged',
  async (t) => {
    const project = await makeProject(t, '../remote');
    const remote = project.path('../remote');
    t.after(() => rmSync(remote, { recursive: true, force: true }));
    rmSync(remote, { recursive: true, force: true });
    await project.expect(0, 'push');
    const names = objectsIn(remote);
    for (const name of [names.find((name) => name.endsWith('.dir'))!, hash('sha256', 'one\n')]) {
      const path = `${remote}/objects/sha256/${name.slice(0, 2)}/${name.slice(2)}`;
      flip(path);
      const clone = cloneOf(t, project);
      assert.match((await clone.expect(1, 'pull')).stderr, /remote-corrupt[^]*pipe push --force/);
      assert.match((await project.expect(0, 'push', '--force')).stdout, /^Pushed 4 objects/);
      await clone.expect(0, 'pull');

      // A length tells by itself.
      chmodSync(path, 0o644);
      truncateSync(path, statSync(path).size - 1);
      assert.match((await project.expect(0, 'push')).stdout, /^Pushed 1 object /);
      rmSync(path);
      mkdirSync(path);
      assert.match((await project.expect(0, 'push')).stdout, /^Pushed 1 object /);
      assertTrueObjects(remote);
      await cloneOf(t, project).expect(0, 'pull');
    }
  },
);

testInWhole('push --force replaces what is damaged on a server', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  await project.expect(0, 'push');
  const right = new Map(server.files);
  for (const [key, bytes] of [...right].slice(-2)) {
    server.files.set(key, bytes.with(0, bytes[0]! ^ 1) as Buffer);
    assert.match((await cloneOf(t, project).expect(1, 'pull')).stderr, /remote-corrupt/);
    assert.match((await project.expect(0, 'push')).stdout, /has everything already/);
    await project.expect(0, 'push', '--force');
    assert.deepEqual(server.files, right);
  }
  await cloneOf(t, project).expect(0, 'pull');
});

testInWhole(
  'a run by force, whose result is pushed, replaces it too: nothing damaged comes back',
  async (t) => {
    const server = await startFileServer(t);
    const project = await makeProject(t, server.url);
    await project.expect(0, 'push');
    for (const [key, bytes] of server.files) server.files.set(key, bytes.subarray(1));
    await project.repro('-f');
    await project.expect(0, 'push');
    await cloneOf(t, project).expect(0, 'pull');
  },
);

test('an object that is damaged here is not pushed, but set aside', async (t) => {
  const server = await startFileServer(t);
  const project = await makeProject(t, server.url);
  await project.expect(0, 'push');
  const pushed = [...server.files.keys()].map((key) => key.replace('objects/sha256/', '').replace('/', ''));
  const damaged = pushed.filter((name) => name !== hash('sha256', 'two\n'));
  for (const name of isWhole ? damaged : damaged.slice(0, 1)) {
    server.files.clear();
    flip(project.path(`cache/objects/sha256/${name.slice(0, 2)}/${name.slice(2)}`));
    assert.match((await project.expect(1, 'push')).stderr, /push-missing[^]* set aside/);
    assert.ok(!objectsIn(project.path('cache')).includes(name));
    for (const key of server.files.keys()) assert.ok(!key.includes(name.slice(2)));
    // No manifest without its files.
    const hasManifest = [...server.files.keys()].some((key) => key.endsWith('.dir'));
    assert.equal(hasManifest, name === hash('sha256', 'one\ntwo\n'));
    for (const output of ['made', 'sum.txt']) project.remove(output);
    await project.repro();
    await project.expect(0, 'push');
    await cloneOf(t, project).expect(0, 'pull');
  }
});
