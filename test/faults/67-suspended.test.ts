import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/run/run.ts';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { watchRun } from './puppet-run.ts';

test('the clock of timeouts does not follow the time of day', (t) => {
  const before = systemClock.now();
  let called = false;
  const callOff = systemClock.after(3600, () => (called = true));
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 24 * 3600 * 1000 });
  assert.ok(systemClock.now() - before < 60);
  assert.equal(called, false);
  callOff();
});

test('a run that was stopped and goes on finds what happened meanwhile, and no timeout that was not one', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  slow: {cmd: ${puppetCommand('slow')}, timeout: 1h, outs: [slow.txt]}\n`,
  });
  const run = puppets.start(workspace.root, ['repro']);
  const { end } = watchRun(run);
  const slow = await puppets.next('slow');
  run.kill('SIGSTOP');
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'made meanwhile' });
  await slow.tell({ do: 'print', text: 'said meanwhile\n' });
  await slow.tell({ do: 'exit', code: 0 });
  await slow.dead;
  run.kill('SIGCONT');
  const { code, output } = await end;
  assert.equal(code, 0, output);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
});
