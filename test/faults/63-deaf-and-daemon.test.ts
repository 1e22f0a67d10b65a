import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('a stage that ignores signals is killed when the grace time is over', async (t) => {
  const puppets = await openPuppets(t);
  const text = puppetPipeline('deaf').replace('grace: 600', 'grace: 0.1');
  const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
  const run = puppets.start(workspace.root, ['repro']);
  const { end } = watchRun(run);
  const deaf = await puppets.next('deaf');
  await deaf.tell({ do: 'ignore', signals: ['SIGTERM', 'SIGINT', 'SIGHUP'] });
  run.kill('SIGTERM');
  await deaf.dead;
  assert.equal((await end).code, 143);
});

test('a shell that ends at once leaves its children the grace time to put things in order', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('head') });
  const run = puppets.start(workspace.root, ['repro']);
  const { end } = watchRun(run);
  const head = await puppets.next('head');
  await head.tell({ do: 'fork', name: 'worker' });
  const worker = await puppets.next('worker');
  await worker.tell({ do: 'ignore', signals: ['SIGTERM'] });
  run.kill('SIGINT');
  await head.dead;
  await worker.tell({ do: 'write', path: 'checkpoint', text: 'saved' });
  assert.equal(workspace.read('checkpoint'), 'saved');
  await worker.tell({ do: 'exit', code: 0 });
  assert.equal((await end).code, 130);
});

test('a daemon that holds the output open is not waited for, and does not outlive the run', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('parent') });
  // Its environment is longer than what is read at once.
  const { end } = watchRun(puppets.start(workspace.root, ['repro'], { LARGE: 'x'.repeat(100_000) }));
  const parent = await puppets.next('parent');
  await parent.tell({ do: 'daemon', name: 'daemon' });
  const daemon = await puppets.next('daemon');
  await parent.tell({ do: 'write', path: 'parent.txt', text: 'done' });
  await parent.tell({ do: 'exit', code: 0 });
  await daemon.dead;
  const { code, output } = await end;
  assert.equal(code, 0, output);
  assert.match(output, /1 process that stages left running was ended/);
});

test('one that hides is not waited for either, but reported as long as it holds the output of its stage', async (t) => {
  const puppets = await openPuppets(t);
  const names = ['parent', 'other'];
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline(...names) });
  const { end } = watchRun(puppets.start(workspace.root, ['repro', '-j', '2']));
  const daemons: (readonly [name: string, daemon: Awaited<ReturnType<typeof puppets.next>>])[] = [];
  for (const name of names) {
    const parent = await puppets.next(name);
    await parent.tell({ do: 'daemon', name: `${name}-daemon`, env: 'empty' });
    daemons.push([name, await puppets.next(`${name}-daemon`)]);
    await parent.tell({ do: 'write', path: `${name}.txt`, text: 'done' });
    await parent.tell({ do: 'exit', code: 0 });
  }
  const { code, output } = await end;
  assert.equal(code, 0, output);
  for (const [name, daemon] of daemons) {
    if (process.platform === 'linux') {
      const report = new RegExp(
        `'${name}' started a process that left its group[^]*?process (\\d+) [^]*?to end it: kill (\\d+)`,
      );
      const [, pid, again] = report.exec(output) ?? [];
      assert.ok(pid !== undefined && pid === again, output);
      assert.match(
        readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
        new RegExp(`puppet-child[^]*${name}-daemon`),
      );
    }
    await daemon.tell({ do: 'exit', code: 0 });
  }
});

test('a timeout ends the whole group too', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `config: {grace: 0.1}\nstages:\n  slow:\n    cmd: ${puppetCommand('slow')}; true\n    timeout: 3\n`,
  });
  const { end } = watchRun(puppets.start(workspace.root, ['repro']));
  const slow = await puppets.next('slow');
  await slow.tell({ do: 'ignore', signals: ['SIGTERM'] });
  await slow.dead;
  const { code, output } = await end;
  assert.equal(code, 1);
  assert.match(output, /timeout of 3 s/);
});
