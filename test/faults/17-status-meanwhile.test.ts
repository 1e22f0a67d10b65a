import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('status, dag, why, history and a dry run work while a run is at work, and wait for nothing', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${puppetPipeline('slow')}  quick: {cmd: echo 1 > quick.txt, outs: [quick.txt]}\n`,
  });
  const { end, said } = watchRun(puppets.start(workspace.root, ['repro', '-j2']));
  const slow = await puppets.next('slow');
  await said(/ran +quick/);
  assert.match((await workspace.expect(0, 'status', '-v')).stdout, /slow: new[^]*quick: fresh/);
  assert.match((await workspace.expect(0, 'dag')).stdout, /slow/);
  assert.match((await workspace.expect(0, 'why', 'slow')).stdout, /slow/);
  await workspace.expect(0, 'history');
  assert.match((await workspace.expect(0, 'repro', '--dry')).stdout, /slow/);
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'x' });
  await slow.tell({ do: 'exit', code: 0 });
  assert.equal((await end).code, 0);
});
