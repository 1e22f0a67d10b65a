import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';
import { makeWorkspace } from '../workspace.ts';

for (const [first, second, code] of [
  ['SIGINT', 'SIGINT', 130],
  ['SIGTERM', 'SIGINT', 143],
  ['SIGHUP', 'SIGTERM', 129],
] as const) {
  test(`${first}, then ${second}: no more waiting, exit ${code}`, async (t) => {
    const puppets = await openPuppets(t);
    const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('deaf', 'next') });
    const run = puppets.start(workspace.root, ['repro', '-j1']);
    const { end, said } = watchRun(run);
    const deaf = await puppets.next('deaf');
    await deaf.tell({ do: 'ignore', signals: ['SIGTERM', 'SIGINT', 'SIGHUP'] });
    run.kill(first);
    await said(/again kills it/);
    await deaf.tell({ do: 'print', text: 'still here\n' });
    run.kill(second);
    await deaf.dead;
    const { code: ended, output } = await end;
    assert.equal(ended, code, output);
    assert.match((await workspace.expect(0, 'status')).stdout, /deaf: new/);
  });
}
