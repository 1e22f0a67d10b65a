// What nobody declares any more must not lie in folders that others read, however it got there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeHere } from '../cli/here.ts';
import { makeWorkspace } from '../workspace.ts';

const grid = (items: string): string => `
stages:
  make:
    foreach: ${items}
    do:
      cmd: $MAKE && echo \${item} > out/\${item}.txt
      outs: ["out/\${item}.txt"]
  join: {cmd: "cat out/* > all.txt", deps: [out], outs: [all.txt]}
`;

test('an output that its stage no longer declares goes, although the stage is still there', async (t) => {
  const pipeline = (name: string): string => `
stages:
  make: {cmd: mkdir -p out && echo ${name} > out/${name}, outs: [out/${name}]}
  join: {cmd: "cat out/* > all.txt", deps: [out], outs: [all.txt]}
`;
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline('old') });
  await workspace.repro();
  workspace.write('pipeline.yaml', pipeline('new'));
  assert.deepEqual((await workspace.repro()).ran, ['join', 'make']);
  assert.equal(existsSync(workspace.path('out/old')), false);
  assert.equal(workspace.read('all.txt'), 'new\n');
  workspace.write('pipeline.yaml', pipeline('old'));
  assert.deepEqual((await workspace.repro()).restored, ['join', 'make']);
  assert.equal(workspace.read('all.txt'), 'old\n');
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  const testSignal = signal === 'SIGKILL' ? test : testInWhole;
  testSignal(
    `half an output (${signal}) of a stage that then leaves the grid is named, not read as if it were whole`,
    async (t) => {
      const puppets = await openPuppets(t);
      const workspace = makeWorkspace(t, { 'pipeline.yaml': grid('[1]') });
      const run = puppets.start(workspace.root, ['repro'], { MAKE: puppetCommand('make') });
      const make = await puppets.next('make');
      await make.tell({ do: 'write', path: 'out/1.txt', text: 'half' });
      run.kill(signal);
      await make.dead;
      workspace.write('pipeline.yaml', grid('[2]').replace('$MAKE', 'true'));
      const { stderr } = await workspace.expect(1, 'repro');
      assert.match(stderr, /'out\/1\.txt' was made by the stage 'make@1', which no longer declares it/);
      assert.match(stderr, /did not end normally/);
      workspace.remove('out/1.txt');
      assert.deepEqual((await workspace.repro()).ran, ['join', 'make@2']);
      assert.equal(workspace.read('all.txt'), '2\n');
      assert.deepEqual((await workspace.repro()).ran, []);
    },
  );
}

test('what a failed stage left is named too; while it is declared its next run clears it', async (t) => {
  const failing = grid('[1]').replace('$MAKE && echo ${item} >', 'echo half > out/1.txt; false; exit 1 #');
  const workspace = makeWorkspace(t, { 'pipeline.yaml': failing });
  await workspace.expect(1, 'repro');
  assert.equal(workspace.read('out/1.txt'), 'half\n');
  workspace.write('pipeline.yaml', grid('[2]').replace('$MAKE', 'true'));
  assert.match((await workspace.expect(1, 'repro')).stderr, /out\/1\.txt/);
  workspace.write('pipeline.yaml', grid('[1, 2]').replace('$MAKE', 'true'));
  await workspace.repro();
  assert.equal(workspace.read('all.txt'), '1\n2\n');
  workspace.write('pipeline.yaml', grid('[2]').replace('$MAKE', 'true'));
  assert.deepEqual((await workspace.repro()).ran, ['join']);
});

test('a folder that is no longer an output stays where a stage reads a part of it', async (t) => {
  const { out, read, write } = makeHere(t, {
    'pipeline.yaml': "stages: {make: {cmd: 'mkdir d && echo 1 > d/x && echo 2 > d/y', outs: [d]}}\n",
  });
  await out(0, 'repro', '-q');
  write('pipeline.yaml', 'stages: {use: {cmd: cat d/x > u, deps: [d/x], outs: [u]}}\n');
  await out(0, 'repro', '-q');
  assert.deepEqual([read('u'), read('d/y')], ['1\n', '2\n']);
});
