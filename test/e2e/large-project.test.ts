// Projects of many stages: what is remembered of one command must not show in the next.
import assert from 'node:assert/strict';
import { testInWhole } from '../amount.ts';
import { makeWorkspace } from '../workspace.ts';

const count = 60;
const pipeline = (command: string): string =>
  `stages:
  each:
    foreach: [${Array.from({ length: count }, (_, n) => n).join(', ')}]
    do:
      cmd: ${command}
      deps: ['in']
      outs: ['o\${item}']
  join: {cmd: cat o1 o2 > all, deps: [o1, o2], outs: [all]}
`;

testInWhole('the fast answer rests on the pipeline files also where they were remembered', async (t) => {
  const { repro, write, expect, remove } = makeWorkspace(t, {
    'pipeline.yaml': pipeline('echo ${word} > o${item}'),
    'params.yaml': 'word: a\n',
    in: 'x',
  });
  assert.equal((await repro('-j4')).ran.length, count + 1);
  // The first of these remembers the pipeline, the second uses it, and its verdict is asked by the third.
  await expect(0, 'status');
  await expect(0, 'repro');
  remove('cache/state/verdict');
  await expect(0, 'repro');
  assert.match((await expect(0, 'repro')).stdout, /61 fresh/);
  write('params.yaml', 'word: b\n');
  assert.match((await expect(0, 'repro', '--dry')).stdout, /60 to run/);
  assert.equal((await repro('-j4')).ran.length, count + 1);
  write('pipeline.yaml', pipeline('echo ${word} > o${item}').replace('cat o1 o2', 'cat o2 o1'));
  assert.deepEqual((await repro()).ran, ['join']);
});
