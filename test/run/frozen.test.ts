// Frozen stages, imports, and stages that change what they read: what is recorded of them.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { commit } from '../../src/run/run.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspace } from '../workspace.ts';
import { gitIn } from '../git.ts';

test('a frozen stage whose output is nowhere fails', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: echo 1 > a, frozen: true, outs: [a]}\n  t: {cmd: cat a > b, deps: [a], outs: [b]}\n',
  });
  const { stages, counts } = await runInProcess(workspace.root);
  assert.deepEqual([stages('failed'), counts.ran], [['s'], 0]);
});

test('a frozen stage of which one output is lost and another changed is left as it is', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a; echo 1 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('outs', 'frozen: true, outs'));
  rmSync(workspace.path('a'));
  workspace.write('b', 'by hand');
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  assert.deepEqual([existsSync(workspace.path('a')), workspace.read('b')], [false, 'by hand']);
  workspace.write('b', '1\n');
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
});

test('in a DVC repository a stage that changes what it reads is recorded, and not kept as the result of either', async (t) => {
  for (const [cmd, kept] of [
    ['cat src/a > out', true],
    ['cat src/a > out; echo bytecode > src/a.pyc', false],
  ] as const) {
    const workspace = makeWorkspace(t, {
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  s: {cmd: "${cmd}", deps: [src], outs: [out]}\n`,
      'src/a': '1',
    });
    assert.equal((await runInProcess(workspace.root)).counts.ran, 1);
    assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);
    assert.equal(existsSync(workspace.path('.dvc/cache/runs')), kept);
  }
});

test('imported data that was changed by hand still has its origin', async (t) => {
  const origin = '  from:\n    hash: etag\n    etag: \'"v1"\'\n    size: 1\n';
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'data:\n- path: d\n  from: https://example.org/d\nstages: {}\n',
    'pipeline.lock': `schema: 'pipe/1'\ndata:\n- path: d\n${origin}stages: {}\n`,
    d: 'by hand',
  });
  const opened = await openProject(workspace.root);
  await commit(opened.graph.stages, opened, undefined, () => undefined);
  assert.match(workspace.read('pipeline.lock'), /sha256: \w{64}\n[^]*from:\n[^]*etag: /);
});

test('a frozen stage lacks each of its outputs that the cache does not have', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a && echo 2 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', workspace.read('pipeline.yaml').replace('outs', 'frozen: true, outs'));
  workspace.remove('b');
  rmSync(workspace.path('cache/objects'), { recursive: true });
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'failed' ? [event.problem.title] : [])),
    ["'b' of 's' is missing, and a frozen stage never runs"],
  );
});

test('in a DVC repository a frozen stage that was changed by hand is recorded as it is, with all that it reads', async (t) => {
  const workspace = makeWorkspace(t, {
    '.dvc/config': '',
    'dvc.yaml': 'stages:\n  s: {cmd: cat in more > o, deps: [in, more], outs: [o]}\n',
    in: '1',
    more: '2',
  });
  const git = gitIn(workspace.root);
  git('init', '-q');
  await runInProcess(workspace.root);
  const before = workspace.read('dvc.lock');
  for (const name of ['.gitignore', 'o']) workspace.remove(name);
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
  assert.equal(workspace.read('.gitignore'), '/o\n', 'what is restored is kept out of git, too');
  git('add', '-f', 'o');
  const kept = workspace.read('dvc.lock');
  for (const text of ['2', '3']) {
    workspace.remove('o');
    workspace.write('more', text);
    assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s'], 'restored, or made');
  }
  assert.equal(workspace.read('dvc.lock'), kept);
  git('rm', '-qf', '--cached', 'o');
  workspace.write('more', '2');
  await runInProcess(workspace.root);
  workspace.remove('.gitignore');
  workspace.write('dvc.yaml', workspace.read('dvc.yaml').replace('outs', 'frozen: true, outs'));
  workspace.remove('o');
  workspace.write('o', 'by hand');
  const { warnings, counts } = await runInProcess(workspace.root);
  assert.deepEqual(
    [counts.fresh, warnings.map(({ title }) => title)],
    [1, ["'s' is frozen and has changed: its present content is stored and recorded"]],
  );
  assert.notEqual(workspace.read('dvc.lock'), before);
  assert.equal(workspace.read('.gitignore'), '/o\n');
  workspace.remove('o');
  await runInProcess(workspace.root);
  assert.equal(workspace.read('o'), 'by hand');
  git('add', '-f', 'o');
  workspace.remove('o');
  workspace.write('o', 'of git');
  const recorded = workspace.read('dvc.lock');
  assert.deepEqual((await runInProcess(workspace.root)).stages('failed'), ['s']);
  assert.equal(workspace.read('dvc.lock'), recorded, 'what git tracks is not recorded');
  git('rm', '-qf', '--cached', 'o');
  workspace.remove('more');
  workspace.remove('o');
  workspace.write('o', 'again');
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'failed' ? [event.problem.title] : [])),
    ["the stage 's' depends on 'more', which does not exist"],
  );
});
