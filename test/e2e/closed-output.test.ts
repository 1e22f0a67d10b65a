// Output that nobody reads to its end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { makeWorkspace, startPipe } from '../workspace.ts';

test('a reader that goes away early is no failure, and ends no run', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  wordy:
    cmd: seq 200000; echo made > out.txt
    outs: [out.txt]
  next:
    cmd: cp out.txt last.txt
    deps: [out.txt]
    outs: [last.txt]
`,
  });
  const child = startPipe(workspace.root, ['repro']);
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual([code, errors], [0, '']);
  assert.equal(workspace.read('last.txt'), 'made\n');
});
