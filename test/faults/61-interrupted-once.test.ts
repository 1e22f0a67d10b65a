import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';
import { makeWorkspace } from '../workspace.ts';

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} once: whole groups are told to end, nothing half-made is recorded, the lock is free, exit ${code}`, async (t) => {
    const puppets = await openPuppets(t);
    const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('one', 'two') });
    const run = puppets.start(workspace.root, ['repro', '-j2']);
    const { end } = watchRun(run);
    const [one, two] = await Promise.all([puppets.next('one'), puppets.next('two')]);
    await one.tell({ do: 'write', path: 'one.txt', text: 'half' });
    await two.tell({ do: 'fork', name: 'child of two' });
    const child = await puppets.next('child of two');
    run.kill(signal);
    await Promise.all([one.dead, two.dead, child.dead]);
    const { code: ended, output } = await end;
    assert.equal(ended, code, output);
    assert.equal(existsSync(workspace.path('pipeline.lock')), false);
    assert.equal(existsSync(workspace.path('cache/objects')), false);
    const status = await workspace.expect(0, 'status');
    assert.match(status.stdout, /one: new/);
    workspace.write('pipeline.yaml', 'stages:\n  one: {cmd: echo 1 > one.txt, outs: [one.txt]}\n');
    assert.deepEqual((await workspace.repro('--no-wait')).ran, ['one']);
  });
}
