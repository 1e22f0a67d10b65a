// The commands that edit a pipeline file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import { runPipe, type TestWorkspace } from '../workspace.ts';

const pipeline = `# my pipeline
stages:
  # makes it
  make:
    cmd: cat in.txt > out.txt   # quite simple
    deps: [in.txt]
    outs: [out.txt]
  each:
    foreach: [1, 2]
    do: {cmd: "echo \${item} > \${item}.txt", outs: ["\${item}.txt"]}
`;

test('init writes a pipeline that runs', async (t) => {
  const workspace = makeWorkspace(t, {});
  await workspace.expect(0, 'init');
  assert.deepEqual((await workspace.repro()).ran, ['count', 'write']);
  assert.equal(workspace.read('data/count.txt').trim(), '4');
  await workspace.expect(1, 'init');
});

testInWhole('freeze and unfreeze keep the rest of the file as it is', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'in.txt': 'x' });
  await workspace.repro();
  await workspace.expect(0, 'freeze', 'make');
  assert.match(workspace.read('pipeline.yaml'), /^ {2}make:\n {4}frozen: true\n {4}cmd: .*# quite simple$/m);
  workspace.write('in.txt', 'y');
  assert.deepEqual((await workspace.repro()).ran, []);
  await workspace.expect(0, 'unfreeze', 'make');
  assert.deepEqual((await workspace.repro()).ran, ['make']);
  assert.match((await workspace.expect(1, 'freeze', 'each@1')).stderr, /'each'/);
  await workspace.expect(0, 'freeze', 'each');
  assert.match(workspace.read('pipeline.yaml'), /# makes it/);
});

testInWhole('remove takes the stage out, and the next run its outputs', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'in.txt': 'x' });
  await workspace.repro();
  await workspace.expect(0, 'remove', 'make');
  assert.doesNotMatch(workspace.read('pipeline.yaml'), /make:/);
  await workspace.repro();
  assert.throws(() => workspace.read('out.txt'), /ENOENT/);
});

test("stage add knows DVC's flags and refuses what would not load", async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': pipeline,
    'in.txt': 'x',
    'params.yaml': 'lr: 0.1\n',
  });
  const flags = [
    '-n',
    'train',
    '-d',
    'out.txt',
    '-p',
    'lr',
    '-O',
    'log.txt',
    '-m',
    'metrics.json',
    '--desc',
    'Train',
  ];
  await workspace.expect(0, 'stage', 'add', ...flags, '--', 'touch', 'log.txt', 'metrics.json');
  const text = workspace.read('pipeline.yaml');
  assert.match(text, /# quite simple/);
  assert.match(text, /train:\n {4}desc: Train\n {4}cmd: touch log\.txt metrics\.json/);
  assert.deepEqual((await workspace.repro('train')).ran, ['make', 'train']);
  await workspace.expect(1, 'stage', 'add', ...flags, '--', 'touch', 'x');
  await workspace.expect(1, 'stage', 'add', '-n', 'twice', '-o', 'out.txt', '--', 'touch', 'out.txt');
  assert.equal(workspace.read('pipeline.yaml'), text);
});

const commands: readonly (readonly string[])[] = [
  ['stage', 'add', '-n', 'new', '--', 'echo'],
  ['freeze', 'a'],
  ['unfreeze', 'a'],
  ['remove', 'a'],
];

const UNREADABLE = {
  'a tab': 'stages:\n  a:\n    cmd: echo\n\tx: 1\n',
  'an open quote': 'stages:\n  a:\n    cmd: "x\n',
  'the same key twice': 'stages:\n  a:\n    cmd: echo\n  a:\n    cmd: echo\n',
  'two documents': 'stages:\n  a:\n    cmd: echo\n---\nstages: {}\n',
  'stages that are a list': 'stages: [1]\n',
  'stages that are nothing': 'stages:\n',
};

for (const [what, text] of sampleOf(Object.entries(UNREADABLE), 3))
  test(`a file that cannot be read is refused as by status, and left alone: ${what}`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
    const { stderr } = await workspace.expect(1, 'status');
    for (const command of commands) {
      assert.equal((await workspace.expect(1, ...command)).stderr, stderr);
      assert.equal(workspace.read('pipeline.yaml'), text);
    }
  });

test('a file that is not there is an error with its name; a .dvc file is frozen', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  for (const command of ['freeze', 'unfreeze', 'remove'])
    assert.match(
      (await workspace.expect(1, command, 'sub/pipeline.yaml:a')).stderr,
      /ENOENT[^]*sub\/pipeline\.yaml/,
    );
  const repository = makeWorkspace(t, { '.dvc/config': '' });
  for (const command of ['freeze', 'unfreeze', 'remove'])
    assert.match(
      (await repository.expect(1, command, 'data.dvc')).stderr,
      /nothing here is called 'data.dvc'/,
    );
  const text = 'outs:\n- path: data\nmeta: 1';
  repository.write('data.dvc', text);
  await repository.expect(0, 'freeze', 'data.dvc');
  assert.equal(repository.read('data.dvc'), `${text}\nfrozen: true\n`);
  await repository.expect(0, 'unfreeze', 'data.dvc');
  assert.equal(repository.read('data.dvc'), `${text}\n`);
});

test('a stage that does not load leaves what was there, and no file where there was none', async (t) => {
  const bad = ['stage', 'add', '-n', 'new', '-o', 'o', '--', 'echo ${lr} > o'];
  const empty = makeWorkspace(t, {});
  await empty.expect(1, ...bad);
  assert.deepEqual(readdirSync(empty.root), []);
  const text = '# c\r\nstages: {}   # d';
  const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
  const { ino } = statSync(workspace.path('pipeline.yaml'));
  await workspace.expect(1, ...bad);
  assert.equal(workspace.read('pipeline.yaml'), text);
  assert.equal(statSync(workspace.path('pipeline.yaml')).ino, ino, 'it was not even written');
});

testInWhole('several stages are edited together, or none of them', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await workspace.expect(1, 'remove', 'make', 'absent');
  await workspace.expect(1, 'freeze', 'make', 'absent');
  assert.equal(workspace.read('pipeline.yaml'), pipeline);
  await workspace.expect(0, 'remove', 'make', 'each');
  assert.equal(workspace.read('pipeline.yaml'), '# my pipeline\nstages: {}\n  # makes it\n');
  await workspace.expect(0, 'status');
});

test('links and modes of a pipeline file stay', async (t) => {
  const workspace = makeWorkspace(t, { 'real/file.yaml': pipeline });
  symlinkSync('real/file.yaml', workspace.path('pipeline.yaml'));
  chmodSync(workspace.path('real/file.yaml'), 0o640);
  await workspace.expect(0, 'freeze', 'make');
  assert.ok(lstatSync(workspace.path('pipeline.yaml')).isSymbolicLink());
  assert.match(workspace.read('real/file.yaml'), /frozen: true/);
  assert.equal(statSync(workspace.path('real/file.yaml')).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(workspace.path('real')), ['file.yaml']);
});

test('stages of included files are edited where they are declared', async (t) => {
  const part = 'stages:\n  one: {cmd: echo 1}\n  two: {cmd: echo 2}\n';
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'include:\n  p: parts/part.yaml\nstages:\n  own: {cmd: echo}\n',
    'parts/part.yaml': part,
  });
  await workspace.expect(0, 'freeze', 'p.one', 'own');
  assert.equal(
    workspace.read('parts/part.yaml'),
    part.replace('{cmd: echo 1}', '{frozen: true, cmd: echo 1}'),
  );
  await workspace.expect(0, 'unfreeze', 'own', 'parts/part.yaml:one');
  assert.equal(workspace.read('parts/part.yaml'), part);
  await workspace.expect(0, 'remove', 'p.two');
  assert.equal(workspace.read('parts/part.yaml'), 'stages:\n  one: {cmd: echo 1}\n');
  workspace.write('pipeline.yaml', 'include: {p: parts/part.yaml, q: parts/part.yaml}\n');
  const { stderr } = await workspace.expect(1, 'freeze', 'q.one');
  assert.match(stderr, /pipeline\.yaml:1:31[^]*p\.one, q\.one[^]*parts\/part\.yaml:one/);
  assert.equal(workspace.read('parts/part.yaml'), 'stages:\n  one: {cmd: echo 1}\n');
});

function makeDvcRepository(test: TestContext, files: Readonly<Record<string, string>> = {}): TestWorkspace {
  const workspace = makeWorkspace(test, {
    '.dvc/config': '',
    '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
    ...files,
  });
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: workspace.root });
  return workspace;
}

testInWhole('in a DVC repository, init and stage add write dvc.yaml, in sub-folders too', async (t) => {
  const workspace = makeDvcRepository(t, { 'sub/x': '' });
  await workspace.expect(0, 'init', '--git');
  assert.deepEqual((await workspace.repro()).ran, ['count', 'write']);
  assert.ok(!existsSync(workspace.path('pipeline.yaml')));
  assert.equal(workspace.read('.gitattributes'), 'dvc.lock merge=pipe-lock\n');
  assert.ok(!existsSync(workspace.path('.gitignore')), 'the cache is ignored by .dvc/.gitignore');
  assert.match((await workspace.expect(1, 'init')).stderr, /there is a dvc\.yaml here already/);
  await workspace.expect(0, 'init', '--git');
  const { code, stderr } = await runPipe(workspace.path('sub'), ['stage', 'add', '-n', 'n', '--', 'echo']);
  assert.equal(code, 0, stderr);
  assert.equal(workspace.read('sub/dvc.yaml'), 'stages:\n  n:\n    cmd: echo\n');
  assert.match((await workspace.expect(0, 'stage', 'list')).stdout, /sub\/dvc\.yaml:n/);
  mkdirSync(workspace.path('other'));
  assert.equal((await runPipe(workspace.path('other'), ['init', '--git'])).code, 0);
  assert.ok(existsSync(workspace.path('other/dvc.yaml')));
  assert.ok(!existsSync(workspace.path('other/.gitattributes')), 'git is set up for the whole repository');
});
