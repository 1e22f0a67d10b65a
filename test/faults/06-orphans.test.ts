import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { endOrphans } from '../../src/run/run.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

test('kill -9 of the run leaves no stage running: not one that ignores signals, not its children, not a daemon', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('deaf', 'parent') });
  const run = puppets.start(workspace.root, ['repro', '-j2']);
  const [deaf, parent] = await Promise.all([puppets.next('deaf'), puppets.next('parent')]);
  await deaf.tell({ do: 'ignore', signals: ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE'] });
  await parent.tell({ do: 'fork', name: 'child' });
  await parent.tell({ do: 'daemon', name: 'daemon' });
  const [child, daemon] = await Promise.all([puppets.next('child'), puppets.next('daemon')]);
  await daemon.tell({ do: 'ignore', signals: ['SIGTERM', 'SIGHUP'] });
  run.kill('SIGKILL');
  const others = process.platform === 'linux' ? [daemon.dead] : [];
  await Promise.all([deaf.dead, parent.dead, child.dead, ...others]);
  workspace.write('pipeline.yaml', 'stages:\n  deaf: {cmd: echo 1 > deaf.txt, outs: [deaf.txt]}\n');
  assert.deepEqual((await workspace.repro('--no-wait')).ran, ['deaf']);
});

test('where the process that starts the commands is killed too, with the run or before it, nothing is left running', async (t) => {
  if (process.platform !== 'linux') return t.skip('processes are found by /proc');
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('first', 'second') });
  const both = puppets.start(workspace.root, ['repro', '-j2']);
  const [first, second] = await Promise.all([puppets.next('first'), puppets.next('second')]);
  const starter = parentOf(first.pid);
  if (starter === both.pid) return t.skip('no Perl, or not Linux on x64 or arm64');
  await first.tell({ do: 'daemon', name: 'daemon' });
  const daemon = await puppets.next('daemon');
  both.kill('SIGSTOP');
  process.kill(starter, 'SIGKILL');
  both.kill('SIGKILL');
  await Promise.all([first.dead, second.dead, daemon.dead]);

  const run = puppets.start(workspace.root, ['repro', '-k', '-j1']);
  const lost = await puppets.next('first');
  await lost.tell({ do: 'daemon', name: 'left' });
  const left = await puppets.next('left');
  process.kill(parentOf(lost.pid), 'SIGKILL');
  await lost.dead;
  const direct = await puppets.next('second');
  // Some shells execute the last command in their place, others are its parent.
  const parent = parentOf(direct.pid);
  assert.ok([parent, parentOf(parent)].includes(run.pid!));
  run.kill('SIGKILL');
  await Promise.all([direct.dead, left.dead]);
});

const parentOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

test('without the process that starts the commands, a shell ends what a killed run leaves: its groups, and who left them', async (t) => {
  const begin = (program: string, more: NodeJS.ProcessEnv): ChildProcess => {
    const env = { ...process.env, ...more };
    const child = spawn('/bin/sh', ['-c', program], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  };
  const run = `test-${process.pid}`;
  const members = [begin('read _', {}), begin('read _', {})];
  const stranger = begin('exec cat', { PIPE_RUN_ID: `${run}-other` });
  const daemons = process.platform === 'linux' ? [begin('read _', { PIPE_RUN_ID: run })] : [];
  const victims = [...members, ...daemons];
  const ended = Promise.all(victims.map(async (child): Promise<unknown> => (await once(child, 'exit'))[1]));
  const child = join(import.meta.dirname, 'supervisor-child.ts');
  spawn(process.execPath, [child, run, ...members.map(({ pid }) => String(pid))], { stdio: 'ignore' });
  const late = once(AbortSignal.timeout(60_000), 'abort').then(() => 'some run on');
  assert.deepEqual(
    await Promise.race([ended, late]),
    victims.map(() => 'SIGKILL'),
  );
  stranger.stdin!.on('error', () => undefined).write('alive');
  const answer = once(stranger.stdout!, 'data').then(([bytes]) => String(bytes));
  assert.equal(await Promise.race([answer, once(stranger, 'exit').then(() => 'ended')]), 'alive');
});

test('a process that survived a dead run is ended before the next run starts anything', async (t) => {
  if (process.platform !== 'linux') return t.skip('processes are found by /proc');
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('new') });
  // As if the supervisor had been killed too.
  const [command, ...args] = puppetCommand('survivor').split(' ');
  const env = { ...process.env, ...puppets.env, PIPE_RUN_ID: 'the-dead-run' };
  spawn(command!, args, { env, detached: true, stdio: 'ignore' }).unref();
  const survivor = await puppets.next('survivor');
  mkdirSync(workspace.path('cache/state'), { recursive: true });
  const owner = {
    pid: 1,
    started: '0',
    host: hostname(),
    since: '2026-01-01T00:00:00Z',
    run: 'the-dead-run',
  };
  writeFileSync(workspace.path('cache/state/run.owner.json'), JSON.stringify(owner));
  let dead = false;
  void survivor.dead.then(() => (dead = true));
  const { end } = watchRun(puppets.start(workspace.root, ['repro']));
  const fresh = await puppets.next('new');
  assert.equal(dead, true, 'ended before the first stage started');
  await fresh.tell({ do: 'write', path: 'new.txt', text: 'new' });
  await fresh.tell({ do: 'exit', code: 0 });
  const { code, output } = await end;
  assert.equal(code, 0, output);
  assert.match(output, /the previous run did not end normally[^]*1 process that it left/);
});

test('all processes of a run are ended, and no other', async (t) => {
  if (process.platform !== 'linux') return t.skip('processes are found by /proc');
  const run = `test-${process.pid}`;
  const children = [run, run, run, `${run}-other`].map((id, index) => {
    const env = { ...(index === 0 && { LARGE: 'x'.repeat(100_000) }), ...process.env, PIPE_RUN_ID: id };
    const child = spawn('/bin/sh', ['-c', 'read _'], {
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  });
  await Promise.all(children.map(async (child) => once(child, 'spawn')));
  const ended = Promise.all(children.slice(0, 3).map(async (child) => once(child, 'exit')));
  assert.equal(await endOrphans(run), 3);
  assert.equal(await endOrphans(run), 0);
  await ended;
  assert.equal(children[3]!.signalCode, null);
});

test('a process that hid from us and writes late spoils no recorded result', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('parent') });
  const { end } = watchRun(puppets.start(workspace.root, ['repro']));
  const parent = await puppets.next('parent');
  await parent.tell({ do: 'daemon', name: 'daemon', env: 'empty' });
  const daemon = await puppets.next('daemon');
  await parent.tell({ do: 'write', path: 'parent.txt', text: 'good' });
  await parent.tell({ do: 'exit', code: 0 });
  assert.equal((await end).code, 0);
  await daemon.tell({ do: 'write', path: workspace.path('parent.txt'), text: 'late' });
  assert.match((await workspace.expect(0, 'status')).stdout, /parent: out modified: parent\.txt/);
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran, restored], [[], ['parent']]);
  assert.equal(workspace.read('parent.txt'), 'good');
});
