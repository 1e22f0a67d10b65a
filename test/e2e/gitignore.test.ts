// Outputs that the cache keeps are entered in `.gitignore` by a run in a git repository.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';

function makeRepository(t: TestContext, files: Readonly<Record<string, string>>): TestWorkspace {
  const workspace = makeWorkspace(t, { '.gitignore': '/cache/\n', ...files });
  git(workspace, 'init', '-q');
  return workspace;
}

function git(workspace: TestWorkspace, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: workspace.root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

const untracked = (workspace: TestWorkspace): string[] =>
  git(workspace, 'status', '--porcelain', '-uall')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(3));

test('cached outputs, once, with one line that says so', async (t) => {
  const workspace = makeRepository(t, {
    'pipeline.yaml': `stages:
  make:
    cmd: mkdir -p models && echo 1 > data/raw.txt && echo 2 > models/m && echo 3 > 'odd [1].txt' && echo 4 > metrics.json
    outs: [data/raw.txt, models, 'odd [1].txt']
    metrics: [{metrics.json: {cache: false}}]
`,
  });
  const first = await workspace.expect(0, 'repro');
  assert.match(
    first.stdout,
    /^git ignores the new outputs: lines were added to \.gitignore, data\/\.gitignore \(/m,
  );
  assert.equal(workspace.read('data/.gitignore'), '/raw.txt\n');
  assert.equal(workspace.read('.gitignore'), '/cache/\n/models\n/odd \\[1\\].txt\n');
  assert.deepEqual(untracked(workspace), [
    '.gitignore',
    'data/.gitignore',
    'metrics.json',
    'pipeline.lock',
    'pipeline.yaml',
  ]);
  const again = await workspace.expect(0, 'repro', '-f');
  assert.doesNotMatch(again.stdout, /git/);
  assert.equal(workspace.read('.gitignore'), '/cache/\n/models\n/odd \\[1\\].txt\n');
});

test('a folder that a stage reads or writes gets no file: the line is above it', async (t) => {
  const workspace = makeRepository(t, {
    'pipeline.yaml': `stages:
  part:
    foreach: [1, 2]
    do:
      cmd: echo \${item} > data/parts/\${item}
      outs: ['data/parts/\${item}']
  sum:
    cmd: cat data/parts/* > sum.txt
    deps: [data/parts]
    outs: [sum.txt]
`,
  });
  await workspace.repro();
  assert.equal(existsSync(workspace.path('data/parts/.gitignore')), false);
  assert.deepEqual(workspace.read('data/.gitignore').trim().split('\n').toSorted(), ['/parts/1', '/parts/2']);
  assert.deepEqual((await workspace.repro()).ran, []);
});

test('nothing for what git ignores or tracks, with `gitignore: false`, and outside of git', async (t) => {
  const pipeline = `stages:
  make: {cmd: echo 1 > out/a.txt && echo 1 > b.txt, outs: [out/a.txt, b.txt]}
`;
  const workspace = makeRepository(t, {
    '.gitignore': '/cache/\n/out/\n',
    'b.txt': '',
    'pipeline.yaml': pipeline,
  });
  git(workspace, 'add', 'b.txt');
  assert.doesNotMatch((await workspace.expect(0, 'repro')).stdout, /git/);
  assert.equal(workspace.read('.gitignore'), '/cache/\n/out/\n');

  const off = makeRepository(t, { 'pipeline.yaml': `config: {gitignore: false}\n${pipeline}` });
  await off.repro();
  assert.equal(off.read('.gitignore'), '/cache/\n');

  const outside = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await outside.repro();
  assert.equal(existsSync(outside.path('.gitignore')), false);
});

test('no file is written through a link out of the project', async (t) => {
  const elsewhere = makeWorkspace(t, {});
  const workspace = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  make: {cmd: echo 1 > big/a.txt, outs: [big/a.txt]}\n',
  });
  symlinkSync(elsewhere.root, workspace.path('big'));
  await workspace.pipe('repro');
  assert.equal(existsSync(elsewhere.path('.gitignore')), false);
});

test('a .gitignore that cannot be written is a warning; the result is recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  make: {cmd: echo 1 > a.txt, outs: [a.txt]}\n',
  });
  git(workspace, 'init', '-q');
  mkdirSync(workspace.path('.gitignore'));
  const { stderr, stdout } = await workspace.expect(0, 'repro');
  assert.match(stdout + stderr, /warning\[/);
  assert.deepEqual((await workspace.repro()).ran, []);
});

test('a run that finds nothing to do starts no git', async (t) => {
  const workspace = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  make: {cmd: echo 1 > a.txt, outs: [a.txt]}\n',
    'bin/git': '#!/bin/sh\ntouch "$TOUCHED"\nexit 1\n',
  });
  await workspace.repro();
  const env = {
    PATH: `${workspace.path('bin')}:${process.env['PATH']}`,
    TOUCHED: workspace.path('touched'),
    PIPE_NO_FAST_ANSWER: '1',
  };
  assert.equal((await runPipe(workspace.root, ['repro'], env)).code, 0);
  assert.equal(existsSync(workspace.path('touched')), false);
});

test('a git that refuses the repository without reading a word does not fail the stage', async (t) => {
  // More than a pipe takes at once.
  const outs = Array.from({ length: 450 }, (_, index) => `${'a-long-name-'.repeat(18)}${index}`);
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  make:\n    cmd: touch ${outs.join(' ')}\n    outs: [${outs.join(', ')}]\n`,
    'bin/git': '#!/bin/sh\nexec 0<&-\nexit 128\n',
    '.git/x': '',
  });
  const { code, stdout } = await runPipe(workspace.root, ['repro'], {
    PATH: `${workspace.path('bin')}:${process.env['PATH']}`,
  });
  assert.equal(code, 0, stdout);
});
