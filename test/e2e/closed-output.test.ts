// Output that nobody reads to its end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, pipeBin, startPipe } from '../workspace.ts';

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

testInWhole(
  'a command that only prints ends with its reader; that the disk is full is a failure',
  async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `vars: [{n: [${Array.from({ length: 3000 }, (_, n) => n).join()}]}]
stages:
  s: {foreach: '\${n}', do: {cmd: 'echo > some-longer-name-\${item}', outs: ['some-longer-name-\${item}']}}
`,
    });
    const child = startPipe(workspace.root, ['stage', 'list']);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    assert.deepEqual((await once(child, 'close'))[0], 0);
    if (process.platform !== 'linux') return;
    const { status } = spawnSync('sh', ['-c', `"${process.execPath}" "${pipeBin}" stage list > /dev/full`], {
      cwd: workspace.root,
    });
    assert.equal(status, 1);
  },
);
