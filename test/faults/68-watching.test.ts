import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { openPuppets, puppetCommand, type Puppets } from '../puppet.ts';
import { makeWorkspace, pipeBin, startPipe, type TestWorkspace } from '../workspace.ts';
import { watchRun, type RunWatch } from './puppet-run.ts';

interface Watching extends RunWatch {
  readonly workspace: TestWorkspace;
  readonly run: ReturnType<typeof startPipe>;
  /** Resolves when the run number `count` is over and the watch waits again. */
  readonly waits: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const plain = `
stages:
  read: {cmd: cat in.txt folder/* > out.txt, deps: [in.txt, folder], outs: [out.txt]}
`;

function startWatching(t: TestContext, pipeline: string, puppets?: Puppets): Watching {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'in.txt': 'in\n', 'folder/a': 'a\n' });
  const run = startPipe(workspace.root, ['watch'], puppets?.env);
  t.after(() => run.kill('SIGKILL'));
  const watch = watchRun(run);
  return {
    ...watch,
    workspace,
    run,
    waits: (count) => watch.said(new RegExp(`(?:Waiting for changes[^]*){${count}}`)),
    async stop() {
      run.kill('SIGINT');
      const { code, output } = await watch.end;
      assert.equal(code, 130, output);
    },
  };
}

const runs = (output: string): number => output.match(/Waiting for changes/g)!.length;

test('an editor that saves by renaming: one further run, none for the outputs; what is declared meanwhile is watched', async (t) => {
  // An output in a folder that is watched, too.
  const making = `${plain}  make: {cmd: cp in.txt folder/made, deps: [in.txt], outs: [folder/made]}\n`;
  const { workspace, waits, stop, output } = startWatching(t, making);
  await waits(1);
  workspace.write('in.txt.swp', 'edited\n');
  renameSync(workspace.path('in.txt.swp'), workspace.path('in.txt'));
  await waits(2);
  assert.equal(workspace.read('out.txt'), 'edited\na\nedited\n');
  workspace.write('new.txt', 'new\n');
  workspace.write('pipeline.yaml', making.replace('folder/*', 'new.txt').replace('folder]', 'new.txt]'));
  await waits(3);
  workspace.write('new.txt', 'newer\n');
  await waits(4);
  assert.equal(workspace.read('out.txt'), 'edited\nnewer\n');
  await stop();
  assert.equal(runs(output()), 4);
  assert.doesNotMatch(output(), /Changed: .*made/);
});

test('a burst of a thousand events: one further run', async (t) => {
  const { workspace, run, waits, stop, output } = startWatching(t, plain);
  await waits(1);
  // All of them are there when it continues, however busy the machine is.
  run.kill('SIGSTOP');
  for (let index = 0; index < 1000; index += 1) workspace.write(`folder/${index % 50}`, `${index}\n`);
  run.kill('SIGCONT');
  await waits(2);
  assert.equal(workspace.read('out.txt').split('\n').length, 53);
  await stop();
  assert.equal(runs(output()), 2);
});

test('a change during a run: one further run afterwards', async (t) => {
  const puppets = await openPuppets(t);
  const pipeline = `stages:\n  read: {cmd: ${puppetCommand('read')}, deps: [in.txt], outs: [out.txt]}\n`;
  const { workspace, waits, stop, output } = startWatching(t, pipeline, puppets);
  for (const text of ['first', 'second']) {
    const read = await puppets.next('read');
    await read.tell({ do: 'write', path: 'out.txt', text });
    if (text === 'first') workspace.write('in.txt', 'changed meanwhile\n');
    await read.tell({ do: 'exit', code: 0 });
  }
  await waits(2);
  assert.equal(workspace.read('out.txt'), 'second');
  await stop();
  assert.equal(runs(output()), 2);
});

test('a watched folder that is deleted and comes back is watched again', async (t) => {
  const { workspace, waits, stop } = startWatching(t, plain);
  await waits(1);
  workspace.remove('folder');
  await waits(2);
  mkdirSync(workspace.path('folder'));
  workspace.write('folder/b', 'b\n');
  await waits(3);
  workspace.write('folder/b', 'c\n');
  await waits(4);
  assert.equal(workspace.read('out.txt'), 'in\nc\n');
  await stop();
});

test(
  'a system without further file watches: said in words, and the end',
  { skip: !canLimitWatches() && 'no user namespaces here' },
  (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': plain, 'in.txt': 'in\n', 'folder/a': 'a\n' });
    for (let at = 0; at < 20; at += 1) workspace.write(`folder/${at}/deep`, 'x');
    const limited = `echo 5 > /proc/sys/user/max_inotify_watches && exec '${process.execPath}' '${pipeBin}' watch`;
    const { status, stderr } = spawnSync('unshare', ['--user', '--map-root-user', 'sh', '-c', limited], {
      cwd: workspace.root,
      encoding: 'utf8',
    });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /no more file watches/);
  },
);

/** In a user namespace of its own a process may lower its own limit. */
function canLimitWatches(): boolean {
  const limit = 'echo 5 > /proc/sys/user/max_inotify_watches';
  return spawnSync('unshare', ['--user', '--map-root-user', 'sh', '-c', limit]).status === 0;
}
