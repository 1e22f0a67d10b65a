// Experiments where commands take a revision: `gc --rev`, `get --rev` and `list --rev` of a project on this machine; `import --rev` refuses one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { runHere, makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `stages:
  a:
    cmd:
    - mkdir -p d && echo \${x} > a && echo \${x} > d/f
    - printf '{"u":%d}' \${x} > u.json
    outs: [a, d]
    metrics: [{u.json: {cache: false}}]
data: [{path: raw.csv}]
`;

const git = ({ root }: Pick<TestWorkspace, 'root'>, ...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** With an experiment `two`, whose x is 2. */
async function makeProject(t: TestContext, isInGit = true): Promise<TestWorkspace> {
  const project = makeWorkspace(t, {
    'pipeline.yaml': PIPELINE,
    'params.yaml': '# the knobs\nx: 1\n',
    'raw.csv': 'raw\n',
    'run.sh': '#!/bin/sh\n',
    '.gitignore': '/cache/\n',
  });
  if (isInGit) git(project, 'init', '-q', '-b', 'main');
  await project.expect(0, 'repro');
  if (isInGit) {
    git(project, 'add', '-A');
    git(project, 'commit', '-qm', 'one');
  }
  await project.expect(0, 'exp', 'run', '-S', 'x=2', '-n', 'two');
  return project;
}

const objects = (project: TestWorkspace, folder: string): number =>
  globSync(`${folder}/objects/sha256/*/*`, { cwd: project.root }).length;

test('gc --rev keeps what an experiment names, and what its commit records', async (t) => {
  const project = await makeProject(t);
  await project.expect(0, 'remote', 'add', '-d', 'shared', 'store');
  await project.expect(0, 'push', '--rev', 'two');
  // Data that only the commit of the experiment has.
  project.write('raw.csv', 'new\n');
  await project.expect(0, 'repro');
  const store = objects(project, 'store');
  const here = objects(project, 'cache');
  await project.expect(0, 'gc', '-c', '--rev', 'two', '-y', '--grace', '0m');
  assert.equal(objects(project, 'store'), store);
  assert.equal(objects(project, 'cache'), here);
  await project.expect(0, 'gc', '-c', '-w', '-y', '--grace', '0m');
  assert.equal(objects(project, 'cache'), here - 1, 'without it the former data goes');
  assert.match((await project.expect(1, 'gc', '--rev', 'tow', '--dry')).stderr, /no revision 'tow'/);
});

test('outside of git too', async (t) => {
  const project = await makeProject(t, false);
  await project.expect(0, 'remote', 'add', '-d', 'shared', 'store');
  const here = objects(project, 'cache');
  await project.expect(0, 'gc', '--rev', 'two');
  assert.equal(objects(project, 'cache'), here);
  await project.expect(0, 'push', '--rev', 'two');
  project.remove('cache/objects');
  await project.expect(0, 'fetch', '--rev', 'two');
  await project.expect(0, 'get', '.', 'a', '--rev', 'two', '-o', 'A');
  assert.equal(project.read('A'), '2\n');
  await project.expect(0, 'get', '.', 'params.yaml', '--rev', 'two', '-o', 'P');
  assert.equal(project.read('P'), '# the knobs\nx: 2\n');
  for (const args of [
    ['gc', '--rev', 'HEAD'],
    ['gc', '--rev', 'two', '-a'],
    ['push', '--rev', 'HEAD'],
    ['push', '--rev', 'two', '-T'],
  ])
    assert.match((await project.expect(1, ...args)).stderr, /not in a git repository/);
});

test('get --rev brings the files of an experiment: outputs, what git has of a commit, parameters, the lock file', async (t) => {
  const project = await makeProject(t);
  const other = makeWorkspace(t, {});
  const got = async (path: string): Promise<string> => {
    const target = `got-${path.replaceAll('/', '-')}`;
    await other.expect(0, 'get', project.root, path, '--rev', 'two', '-o', target, '--force');
    return other.read(target);
  };
  assert.equal(await got('a'), '2\n');
  assert.equal(await got('d/f'), '2\n');
  assert.equal(await got('u.json'), '{"u":2}');
  assert.equal(await got('raw.csv'), 'raw\n');
  assert.equal(await got('params.yaml'), '# the knobs\nx: 2\n');
  await project.expect(0, 'exp', 'branch', 'two', 'branch-of-two');
  assert.equal(await got('pipeline.lock'), git(project, 'show', 'branch-of-two:pipeline.lock'));
  // All of it is what the branch has.
  await other.expect(0, 'get', project.root, '.', '--rev', 'two', '-o', 'whole');
  await other.expect(0, 'get', project.root, '.', '--rev', 'branch-of-two', '-o', 'branch');
  git(other, 'diff', '--no-index', 'whole', 'branch');
  assert.equal(
    statSync(other.path('whole/run.sh')).mode & 0o111,
    statSync(project.path('run.sh')).mode & 0o111,
  );
  const lacks = await other.expect(1, 'get', project.root, 'nothing', '--rev', 'two');
  assert.match(lacks.stderr, /has no 'nothing' at two/);
  const unknown = await other.expect(1, 'get', project.root, 'a', '--rev', 'tow');
  assert.match(unknown.stderr, /has no revision 'tow'/);
  // A name of git comes first.
  git(project, 'tag', 'two');
  assert.equal(await got('a'), '1\n');
});

test('list --rev of an experiment is that of its branch', async (t) => {
  const project = await makeProject(t);
  await project.expect(0, 'exp', 'branch', 'two', 'branch-of-two');
  for (const args of [[], ['-R'], ['--size'], ['-R', '--size'], ['d', '--json']])
    assert.equal(
      (await project.expect(0, 'list', '.', ...args, '--rev', 'two')).stdout,
      (await project.expect(0, 'list', '.', ...args, '--rev', 'branch-of-two')).stdout,
      args.join(' '),
    );
});

testInWhole(
  'a folder inside of a project has the outputs that are in it: now, at a commit, and in an experiment',
  async (t) => {
    const project = makeWorkspace(t, {
      'pipeline.yaml': 'stages: {a: {cmd: "echo ${x} > \'s ü/o#1\'", params: [x], outs: ["s ü/o#1"]}}\n',
      'params.yaml': 'x: 1\n',
      's ü/plain': '',
      '.gitignore': '/cache/\n',
    });
    git(project, 'init', '-q');
    await project.expect(0, 'repro');
    git(project, 'add', '-A');
    git(project, 'commit', '-qm', 'one');
    await project.expect(0, 'exp', 'run', '-S', 'x=2', '-n', 'two');
    const other = makeWorkspace(t, {});
    const folder = project.path('s ü');
    for (const [rev, text] of [
      [[], '1\n'],
      [['--rev', 'HEAD'], '1\n'],
      [['--rev', 'two'], '2\n'],
    ] as const) {
      const list = async (...args: readonly string[]): Promise<string> =>
        (await other.expect(0, 'list', ...args, ...rev)).stdout;
      assert.equal(await list(folder), '.gitignore\no#1\nplain\n', text);
      assert.equal(await list(folder, '.', '--outs'), 'o#1\n');
      assert.equal(await list(project.root, 's ü', '--outs'), 'o#1\n');
      await other.expect(0, 'get', folder, 'o#1', ...rev, '-o', 'got', '--force');
      assert.equal(other.read('got'), text);
      await other.expect(0, 'get', folder, '.', ...rev, '-o', `whole-${rev.join('')}`);
      assert.equal(other.read(`whole-${rev.join('')}/o#1`), text);
      assert.match((await other.expect(1, 'get', folder, '../x', ...rev)).stderr, /not inside of/);
    }
    // Before the folder around it had a project, it was one of its own.
    project.write('s ü/pipeline.yaml', 'data: [{path: mine}]\n');
    project.write('s ü/mine', 'mine');
    project.remove('pipeline.yaml');
    assert.equal((await runHere(folder, ['commit'])).code, 0);
    git(project, 'add', '-A');
    git(project, 'commit', '-qm', 'two');
    project.write('pipeline.yaml', 'stages: {}\n');
    assert.equal((await other.expect(0, 'list', folder, '.', '--rev', 'HEAD', '--outs')).stdout, 'mine\n');
    assert.match((await other.expect(0, 'list', folder, '--rev', 'HEAD~')).stdout, /^o#1$/m);
  },
);

test('import --rev of an experiment is refused: no other machine would find it', async (t) => {
  const project = await makeProject(t);
  const other = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  for (const args of [[], ['--no-download']]) {
    const { stderr } = await other.expect(1, 'import', project.root, 'a', '--rev', 'two', ...args);
    assert.match(
      stderr,
      /import-refused[^]*'two' is an experiment of [^]*needs a commit[^]*pipe exp branch two/,
    );
  }
  assert.equal(other.read('pipeline.yaml'), 'stages: {}\n');
  await project.expect(0, 'exp', 'branch', 'two', 'branch-of-two');
  await other.expect(0, 'import', project.root, 'a', '--rev', 'branch-of-two');
  assert.equal(other.read('a'), '2\n');
  assert.match(
    (await other.expect(1, 'update', 'a', '--rev', 'two')).stderr,
    /import-refused[^]*needs a commit/,
  );
});
