// Lock files under git: what changes is small, and two branches that ran different stages merge.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const names = ['a', 'b', 'c', 'd', 'e'];

function pipeline(values: Readonly<Record<string, number>>, extra = ''): string {
  const stages = names.map(
    (name) => `  ${name}:\n    cmd: echo ${values[name] ?? 0} > ${name}.txt\n    outs: [${name}.txt]\n`,
  );
  return `stages:\n${stages.join('')}${extra}`;
}

interface Repository extends TestWorkspace {
  readonly git: (...args: readonly string[]) => string;
  readonly commit: (message: string) => void;
}

async function makeRepository(t: TestContext): Promise<Repository> {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline({}) });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  git('init', '-q', '-b', 'main');
  // For merges whose end the test looks at; the user may have no identity.
  git('config', 'user.name', 't');
  git('config', 'user.email', 't@example.org');
  await workspace.expect(0, 'init', '--git');
  assert.equal(workspace.read('pipeline.yaml'), pipeline({}));
  workspace.write('.gitignore', `${workspace.read('.gitignore')}*.txt\n`);
  await workspace.repro();
  const commit = (message: string): void => {
    git('add', '-A');
    git('commit', '-qm', message);
  };
  commit('first');
  return { ...workspace, git, commit };
}

test('a stage that ran again changes its own lines of the lock file, and a new one adds lines in its place', async (t) => {
  const { git, commit, repro, read, write } = await makeRepository(t);
  write('pipeline.yaml', pipeline({ c: 1 }));
  await repro();
  assert.match(git('diff', '--numstat', 'pipeline.lock'), /^2\t2\t/, 'cmd and digest');
  commit('c');
  write(
    'pipeline.yaml',
    pipeline({ c: 1 }).replace('  d:\n', '  new: {cmd: echo > new.txt, outs: [new.txt]}\n  d:\n'),
  );
  await repro();
  assert.match(git('diff', '--numstat', 'pipeline.lock'), /^\d\t0\t/, 'nothing is taken away');
  const order = [...read('pipeline.lock').matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name);
  assert.deepEqual(order, ['a', 'b', 'c', 'new', 'd', 'e']);
  write('pipeline.yaml', pipeline({ c: 1 }));
  await repro();
  assert.equal(git('status', '--porcelain', 'pipeline.lock'), '', 'back to what was committed');
});

test('two branches that ran different stages merge, and nothing has to run again', async (t) => {
  const { git, commit, repro, read, write, expect } = await makeRepository(t);
  git('switch', '-qc', 'other');
  write('pipeline.yaml', pipeline({ a: 1 }));
  await repro();
  commit('a');
  git('switch', '-q', 'main');
  write('pipeline.yaml', pipeline({ b: 2 }, '  f: {cmd: echo 6 > f.txt, deps: [b.txt], outs: [f.txt]}\n'));
  await repro();
  commit('b and f');
  git('merge', '-q', '-m', 'merge', 'other');
  assert.equal(git('status', '--porcelain'), '');
  const { ran } = await repro();
  assert.deepEqual(ran, []);
  assert.deepEqual([read('a.txt'), read('b.txt')], ['1\n', '2\n']);
  assert.match((await expect(0, 'status')).stdout, /up to date/);
  assert.equal(git('status', '--porcelain'), '', 'the merged file is what a run writes');
});

test('the same stages on both sides: no conflict in the lock file, and the run settles it', async (t) => {
  const { git, commit, repro, read, write, root } = await makeRepository(t);
  git('switch', '-qc', 'other');
  write('pipeline.yaml', pipeline({ a: 1, b: 1 }));
  await repro();
  commit('theirs');
  git('switch', '-q', 'main');
  write('pipeline.yaml', pipeline({ a: 2, b: 2 }));
  await repro();
  commit('ours');
  const merge = spawnSync('git', ['merge', 'other'], { cwd: root, encoding: 'utf8' });
  assert.match(merge.stdout + merge.stderr, /both branches ran a, b; our record is kept/);
  assert.match(read('pipeline.lock'), /echo 2 > a\.txt/);
  assert.deepEqual(git('diff', '--name-only', '--diff-filter=U').trim().split('\n'), ['pipeline.yaml']);
  write('pipeline.yaml', pipeline({ a: 1, b: 1 }));
  const { ran, restored } = await repro();
  assert.deepEqual([ran, restored], [[], ['a', 'b']]);
  assert.equal(read('a.txt'), '1\n');
});

testInWhole(
  'a side that cannot be read is left to the user, and a file with markers is refused by line',
  async (t) => {
    const { git, commit, repro, read, write, expect, root } = await makeRepository(t);
    git('switch', '-qc', 'other');
    write('pipeline.lock', read('pipeline.lock').replace('pipe/1', 'pipe/99'));
    commit('a newer pipe');
    git('switch', '-q', 'main');
    write('pipeline.yaml', pipeline({ b: 2 }));
    await repro();
    commit('b');
    const before = read('pipeline.lock');
    const merge = spawnSync('git', ['merge', 'other'], { cwd: root, encoding: 'utf8' });
    assert.equal(merge.status, 1);
    assert.match(merge.stderr, /newer pipe/);
    assert.equal(read('pipeline.lock'), before);
    write('pipeline.lock', `<<<<<<< ours\n${before}=======\n${before}>>>>>>> other\n`);
    const { stderr } = await expect(1, 'repro');
    assert.match(stderr, /unresolved merge conflicts/);
    assert.match(stderr, /pipeline\.lock:1:1/);
  },
);

test('init --git twice writes nothing twice, and says what is missing outside of a repository', async (t) => {
  const { read, expect } = await makeRepository(t);
  const before = [read('.gitattributes'), read('.gitignore')];
  await expect(0, 'init', '--git');
  assert.deepEqual([read('.gitattributes'), read('.gitignore')], before);
  const outside = makeWorkspace(t, {});
  const { stderr } = await outside.expect(1, 'init', '--git');
  assert.match(stderr, /not in a git repository/);
});

testInWhole('two branches of a DVC repository that ran different stages merge', async (t) => {
  const workspace = makeWorkspace(t, {
    '.dvc/config': '',
    '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
    'dvc.yaml': pipeline({}),
    'sub/dvc.yaml': pipeline({}),
  });
  const { expect, read, write, repro, root } = workspace;
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const commit = (message: string): void => void (git('add', '-A'), git('commit', '-qm', message));
  git('init', '-q', '-b', 'main');
  await expect(0, 'init', '--git');
  await repro();
  commit('first');
  git('switch', '-qc', 'other');
  for (const file of ['dvc.yaml', 'sub/dvc.yaml']) write(file, pipeline({ a: 1 }));
  await repro();
  commit('a');
  git('switch', '-q', 'main');
  write('sub/dvc.yaml', pipeline({ b: 2 }));
  write('dvc.yaml', pipeline({ b: 2 }, '  f: {cmd: echo 6 > f.txt, deps: [b.txt], outs: [f.txt]}\n'));
  await repro();
  write('dvc.lock', read('dvc.lock').replace('  c:\n', '  # of c\n  c:\n'));
  commit('b and f');
  git('merge', '-q', '-m', 'merge', 'other');
  assert.match(read('dvc.lock'), /^ {2}# of c$/m);
  await expect(0, 'checkout');
  const { ran } = await repro();
  assert.deepEqual(ran, []);
  assert.equal(git('status', '--porcelain'), '', 'the merged file is what a run writes');
  for (const folder of ['.', 'sub'])
    assert.deepEqual([read(`${folder}/a.txt`), read(`${folder}/b.txt`)], ['1\n', '2\n']);
});
