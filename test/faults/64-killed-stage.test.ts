import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace, startPipe } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('a stage that is killed, as when memory runs out, is named as that; the results of others are kept', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('killed', 'crashed', 'good') });
  const { end } = watchRun(startPipe(workspace.root, ['repro', '-k', '-j3'], puppets.env));
  const [killed, crashed, good] = await Promise.all(
    ['killed', 'crashed', 'good'].map((name) => puppets.next(name)),
  );
  await killed!.tell({ do: 'write', path: 'killed.txt', text: 'half' });
  await killed!.tell({ do: 'die', signal: 'SIGKILL' });
  await crashed!.tell({ do: 'die', signal: 'SIGSEGV' });
  await good!.tell({ do: 'write', path: 'good.txt', text: 'whole' });
  await good!.tell({ do: 'exit', code: 0 });
  const { code, output } = await end;
  assert.equal(code, 1);
  assert.match(output, /'killed' failed: killed by SIGKILL \(out of memory\?\)/);
  assert.match(output, /'crashed' failed: ended by SIGSEGV/);
  const status = await workspace.expect(0, 'status', '-v');
  assert.match(status.stdout, /killed: new[^]*crashed: new/);
  assert.match(status.stdout, /good: fresh/);
});
