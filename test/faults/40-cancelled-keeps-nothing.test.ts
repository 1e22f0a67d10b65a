// Lines 40 and 41: what gets into the cache, and what does not.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('40: a stage that is cancelled because another failed leaves nothing in the cache, even if it ends well', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('bad', 'good') });
  const { end } = watchRun(puppets.start(workspace.root, ['repro', '-j2', '--fail-fast']));
  const [bad, good] = await Promise.all([puppets.next('bad'), puppets.next('good')]);
  await good.tell({ do: 'ignore', signals: ['SIGTERM'] });
  await good.tell({ do: 'write', path: 'good.txt', text: 'half' });
  await bad.tell({ do: 'exit', code: 3 });
  // From then on the failure is known.
  await good.tell({ do: 'hear', signal: 'SIGTERM' });
  await good.tell({ do: 'write', path: 'good.txt', text: 'whole?' });
  await good.tell({ do: 'exit', code: 0 });
  const { code, output } = await end;
  assert.equal(code, 1, output);
  assert.match(output, /exit code 3/);
  assert.equal(existsSync(workspace.path('cache/objects')), false);
  assert.equal(existsSync(workspace.path('cache/runs')), false);
});

test('41: a result that cannot be remembered is a good result: a warning, and the record stands', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}\n',
    'in.txt': 'x\n',
    'cache/runs': 'a file stands where a folder is needed',
  });
  const { stdout, stderr } = await workspace.expect(0, 'repro');
  assert.match(stdout + stderr, /a: cannot write the run cache/);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.deepEqual(
    readdirSync(workspace.path('cache')).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('41: a restore that fails is told, and the stage runs', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}\n',
    'in.txt': 'x\n',
  });
  await workspace.repro();
  workspace.remove('a.txt');
  const [shard] = readdirSync(workspace.path('cache/objects/sha256'));
  const [name] = readdirSync(workspace.path(`cache/objects/sha256/${shard}`));
  workspace.remove(`cache/objects/sha256/${shard}/${name}`);
  workspace.write(`cache/objects/sha256/${shard}/${name}`, 'y\n');
  const { stdout, stderr } = await workspace.expect(0, 'repro');
  assert.match(stdout + stderr, /no longer has the results of 'a' intact|set aside/);
  assert.equal(workspace.read('a.txt'), 'x\n');
});
