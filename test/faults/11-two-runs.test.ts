import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace, startPipe } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('a second run says whom it waits for and then finds everything done; --no-wait fails at once', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('slow') });
  const run = puppets.start(workspace.root, ['repro']);
  const first = watchRun(run);
  const slow = await puppets.next('slow');

  const refused = await workspace.expect(1, 'repro', '--no-wait');
  assert.match(refused.stderr, /another run is active/);
  const owner = new RegExp(`process ${run.pid} on ${hostname()}, running since \\d{4}-\\d\\d-\\d\\dT`);
  assert.match(refused.stderr, owner);

  const second = watchRun(puppets.start(workspace.root, ['repro']));
  await second.said(owner);
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'once' });
  await slow.tell({ do: 'exit', code: 0 });
  const [one, two] = await Promise.all([first.end, second.end]);
  assert.deepEqual([one.code, two.code], [0, 0], one.output + two.output);
  assert.match(one.output, /1 ran/);
  assert.match(two.output, /up to date/);
});

test('a run that waits can be stopped', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('slow') });
  const first = puppets.start(workspace.root, ['repro']);
  const slow = await puppets.next('slow');
  const waiting = puppets.start(workspace.root, ['repro']);
  const second = watchRun(waiting);
  await second.said(/process \d+ on/);
  waiting.kill('SIGINT');
  assert.equal((await second.end).code, 130);
  const { end } = watchRun(first);
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'x' });
  await slow.tell({ do: 'exit', code: 0 });
  assert.equal((await end).code, 0);
});

test('what was edited while a run waited counts', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('slow') });
  const first = watchRun(puppets.start(workspace.root, ['repro']));
  const slow = await puppets.next('slow');
  const second = watchRun(puppets.start(workspace.root, ['repro']));
  const third = watchRun(puppets.start(workspace.root, ['exp', 'run', 'x']));
  const fourth = watchRun(startPipe(workspace.root, ['checkout', 'more']));
  for (const one of [second, third, fourth]) await one.said(/process \d+ on/);
  workspace.write(
    'pipeline.yaml',
    `${puppetPipeline('slow')}  more:\n    cmd: cp slow.txt more.txt\n    deps: [slow.txt]\n    outs: [more.txt]\n`,
  );
  await slow.tell({ do: 'write', path: 'slow.txt', text: 'x' });
  await slow.tell({ do: 'exit', code: 0 });
  await first.end;
  const { code, output } = await second.end;
  const tried = await third.end;
  assert.equal(tried.code, 0, tried.output);
  const checkedOut = await fourth.end;
  assert.equal(checkedOut.code, 0, checkedOut.output);
  const record = JSON.parse(workspace.read('cache/exps/x.json')) as { readonly stages: object };
  assert.deepEqual(Object.keys(record.stages), ['slow', 'more'], 'an experiment, too');
  assert.equal(code, 0, output);
  // Whichever of them comes first runs it.
  assert.match(output, /(ran|restored) +more/);
});
