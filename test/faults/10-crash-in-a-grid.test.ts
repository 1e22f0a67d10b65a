import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';
import { openPuppets, puppetCommand } from '../puppet.ts';

const MEMBERS = 90;
const DONE = 57;

test('killed after 57 of 90 members: the next run executes the other 33 and what joins them', async (t) => {
  const puppets = await openPuppets(t);
  const items = JSON.stringify(Array.from({ length: MEMBERS }, (_, index) => index));
  const pipeline = (last: string): string => `
stages:
  member:
    foreach: ${items}
    do:
      cmd: if test \${item} = ${DONE}; then ${last}; fi; mkdir -p out; echo \${item} > out/\${item}
      outs: ["out/\${item}"]
  join: {cmd: "cat out/* | sort -n > all.txt", deps: [out], outs: [all.txt]}
`;
  const text = pipeline('test -e go || $BLOCK');
  const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
  const run = puppets.start(workspace.root, ['repro', '-q', '-j1'], { BLOCK: puppetCommand('block') });
  const block = await puppets.next('block');
  run.kill('SIGKILL');
  await block.dead;
  assert.equal(globSync('out/*', { cwd: workspace.root }).length, DONE);
  workspace.write('go', '');
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran.length, restored], [MEMBERS - DONE + 1, []]);
  assert.ok(ran.includes('join'));
  const whole = Array.from({ length: MEMBERS }, (_, index) => `${index}\n`).join('');
  assert.equal(workspace.read('all.txt'), whole);
});
