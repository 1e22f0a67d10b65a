// Lines 12, 13, 14 and 16: what the record of a lock's owner may look like when the next run finds it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { startOf } from '../../src/base/base.ts';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline } from './puppet-run.ts';

const pipeline = 'stages:\n  one: {cmd: echo 1 > one.txt, outs: [one.txt]}\n';
const record = 'cache/state/run.owner.json';
const owner = {
  pid: process.pid,
  started: startOf(process.pid)!,
  host: hostname(),
  since: '2026-01-01T00:00:00.000Z',
  run: 'an-earlier-run',
};

test('12: the lock of a run that was killed is taken over at once, and said so', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('slow') });
  const run = puppets.start(workspace.root, ['repro']);
  const slow = await puppets.next('slow');
  run.kill('SIGKILL');
  await slow.dead;
  assert.ok(existsSync(workspace.path(record)));
  workspace.write('pipeline.yaml', pipeline);
  const { stdout, stderr } = await workspace.expect(0, 'repro', '--no-wait');
  assert.match(stdout + stderr, new RegExp(`did not end normally[^]*process ${run.pid} on`));
  assert.equal(existsSync(workspace.path(record)), false);

  // Nor is there a fast answer beside the record of a dead one.
  await workspace.expect(0, 'repro');
  workspace.write(record, JSON.stringify({ ...owner, started: '1' }));
  assert.match((await workspace.expect(0, 'repro')).stdout, /did not end normally/);
});

test('13: another process that has the number of a dead owner by now is not taken for it', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  workspace.write(record, JSON.stringify({ ...owner, started: '1' }));
  assert.deepEqual((await workspace.repro('--no-wait')).ran, ['one']);
});

test('13: an owner that lives keeps its lock even if the lock file was deleted under it', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  workspace.write(record, JSON.stringify(owner));
  const { stderr } = await workspace.expect(1, 'repro', '--no-wait');
  assert.match(stderr, new RegExp(`process ${process.pid} on`));
  assert.equal(existsSync(workspace.path('one.txt')), false);
});

for (const [what, text] of [
  ['nothing', ''],
  ['half a record', '{"pid": 12, "sta'],
  ['a record of another kind', '[]'],
  ['what is no record at all', 'null'],
] as const) {
  test(`14: an owner that died before it had written more than ${what} blocks nobody`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
    workspace.write(record, text);
    assert.deepEqual((await workspace.repro('--no-wait')).ran, ['one']);
  });
}

test('16: the record of another host is never broken by guess, only by --break-lock', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  workspace.write(record, JSON.stringify({ ...owner, host: 'elsewhere' }));
  for (const flags of [[], ['--no-wait']]) {
    const { stderr } = await workspace.expect(1, 'repro', ...flags);
    assert.match(stderr, /another host/);
    assert.match(stderr, /elsewhere/);
    assert.match(stderr, /--break-lock/);
  }
  await workspace.expect(0, 'status');
  assert.deepEqual((await workspace.repro('--break-lock')).ran, ['one']);
  assert.deepEqual((await workspace.repro('--no-wait')).ran, []);
});
