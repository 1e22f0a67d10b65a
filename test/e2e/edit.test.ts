// The commands that edit a pipeline file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';

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

test('freeze and unfreeze keep the rest of the file as it is', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'in.txt': 'x' });
  await workspace.repro();
  await workspace.expect(0, 'freeze', 'make');
  assert.match(workspace.read('pipeline.yaml'), /# quite simple[^]*frozen: true/);
  workspace.write('in.txt', 'y');
  assert.deepEqual((await workspace.repro()).ran, []);
  await workspace.expect(0, 'unfreeze', 'make');
  assert.deepEqual((await workspace.repro()).ran, ['make']);
  assert.match((await workspace.expect(1, 'freeze', 'each@1')).stderr, /'each'/);
  await workspace.expect(0, 'freeze', 'each');
  assert.match(workspace.read('pipeline.yaml'), /# makes it/);
});

test('remove takes the stage out, and the next run its outputs', async (t) => {
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
