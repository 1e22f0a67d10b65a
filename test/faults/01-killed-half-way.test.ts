import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('a run that is killed while a stage has written half of its output: the next run makes the whole, unlocked by nobody', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('half') });
  const run = puppets.start(workspace.root, ['repro']);
  const half = await puppets.next('half');
  await half.tell({ do: 'write', path: 'half.txt', text: 'hal' });
  run.kill('SIGKILL');
  await half.dead;
  assert.match((await workspace.expect(0, 'status')).stdout, /half: new/);
  const { end } = watchRun(puppets.start(workspace.root, ['repro', '--no-wait']));
  const again = await puppets.next('half');
  assert.equal(
    existsSync(workspace.path('half.txt')),
    false,
    'what is half is gone before the stage runs again',
  );
  await again.tell({ do: 'write', path: 'half.txt', text: 'half and half' });
  await again.tell({ do: 'exit', code: 0 });
  const { code, output } = await end;
  assert.equal(code, 0, output);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
});
