import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace, startPipe } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('gc waits for a run that is at work, and what the run made stays', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `${puppetPipeline('slow')}  quick: {cmd: echo 1 > quick.txt, outs: [quick.txt]}\n`,
  });
  const run = watchRun(puppets.start(workspace.root, ['repro', '-j2']));
  const slow = await puppets.next('slow');
  await run.said(/ran +quick/);
  const gc = watchRun(startPipe(workspace.root, ['gc', '--workspace']));
  await gc.said(/waiting for process/);
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'slow' });
  await slow.tell({ do: 'exit', code: 0 });
  assert.equal((await run.end).code, 0);
  assert.equal((await gc.end).code, 0);
  for (const name of ['slow.txt', 'quick.txt']) workspace.remove(name);
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran, restored], [[], ['quick', 'slow']]);
});
