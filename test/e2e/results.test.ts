// `pipe results` and `pipe locate`: results and files of the workspace, of revisions and of experiments.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `
stages:
  train:
    cmd: mkdir -p model && echo \${lr} > model/weights && echo '{"acc":' \${lr} '}' > metrics.json
    params: [net.depth, net.width, lr]
    outs: [model]
    metrics: [metrics.json: {cache: false}]
    plots: [loss.csv: {cache: true}]
  later:
    cmd: cp model/weights \${net.name}
    deps: [model]
    params: [more]
    outs: ["\${net.name}"]
`.replace(
  'metrics.json\n    params',
  "metrics.json && printf 'step,loss\\n0,%s\\n' ${lr} > loss.csv\n    params",
);

function git(workspace: TestWorkspace, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

async function answer<T>(workspace: TestWorkspace, ...args: readonly string[]): Promise<T> {
  return JSON.parse((await workspace.expect(0, ...args, '--json')).stdout) as T;
}

interface Results {
  readonly stage: string;
  readonly recorded: boolean;
  readonly params: unknown;
  readonly metrics: unknown;
  readonly outs: readonly { readonly path: string; readonly size?: number; readonly folder: boolean }[];
}

interface Located {
  readonly source: string;
  readonly file: string;
}

test('of the workspace, of a revision, of an experiment', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': PIPELINE,
    'params.yaml': 'lr: 0.5\nnet: {depth: 3, width: 7, name: later}\nmore: {a: 1, b: 2}\n',
    '.gitignore': 'cache/\nmodel\nlater\nloss.csv\n',
  });
  git(workspace, 'init', '-q');
  await workspace.repro();
  git(workspace, 'add', '-A');
  git(workspace, 'commit', '-qm', 'one');
  workspace.write('params.yaml', 'lr: 0.25\nnet: {depth: 4, width: 7, name: later}\nmore: {a: 1, b: 2}\n');
  const before = await answer<readonly Results[]>(workspace, 'results');
  assert.deepEqual(before[0]!.params, { 'params.yaml': { lr: 0.5, net: { depth: 3, width: 7 } } });
  await workspace.repro();
  const [train, later] = await answer<readonly Results[]>(workspace, 'results');
  assert.deepEqual(train!.params, { 'params.yaml': { lr: 0.25, net: { depth: 4, width: 7 } } });
  assert.deepEqual(train!.metrics, { 'metrics.json': { acc: 0.25 } });
  assert.deepEqual(
    train!.outs.map(({ path, size, folder }) => [path, size, folder]),
    [
      ['model', 5, true],
      ['metrics.json', 15, false],
      ['loss.csv', 17, false],
    ],
  );
  assert.deepEqual(later!.params, { 'params.yaml': { more: { a: 1, b: 2 } } });
  const old = await answer<readonly Results[]>(workspace, 'results', 'train', '--rev', 'HEAD');
  assert.deepEqual([old.length, old[0]!.metrics], [1, { 'metrics.json': { acc: 0.5 } }]);

  const here = await answer<Located>(workspace, 'locate', 'model/weights');
  assert.deepEqual([here.source, here.file], ['workspace', realpathSync(workspace.path('model/weights'))]);
  const there = await answer<Located>(workspace, 'locate', 'train:model/weights', '--rev', 'HEAD');
  assert.equal(there.source, 'cache');
  assert.equal(readFileSync(there.file, 'utf8'), '0.5\n');
  assert.equal((await answer<Located>(workspace, 'locate', 'metrics.json', '--rev', 'HEAD')).source, 'git');
  assert.equal((await answer<Located>(workspace, 'locate', 'later')).source, 'workspace');

  await workspace.expect(0, 'exp', 'run', 'small', '-S', 'lr=0.125', '-S', 'net.name=named');
  const [small, named] = await answer<readonly Results[]>(workspace, 'results', '--rev', 'small');
  assert.deepEqual(
    named!.outs.map(({ path, size }) => [path, size]),
    [['named', 6]],
    'declared with the parameters of the experiment',
  );
  assert.deepEqual(small!.metrics, { 'metrics.json': { acc: 0.125 } });
  const weights = await answer<Located>(workspace, 'locate', 'model/weights', '--rev', 'small');
  assert.equal(readFileSync(weights.file, 'utf8'), '0.125\n');
  const plots = await answer<{ data: Record<string, [{ content: { data: { values: unknown[] } } }]> }>(
    workspace,
    'plots',
    'diff',
    'small',
  );
  assert.deepEqual(plots.data['loss.csv']![0].content.data.values, [
    { step: 0, loss: '0.25', rev: 'workspace' },
    { step: 0, loss: '0.125', rev: 'small' },
  ]);
});

test('what cannot be found', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': PIPELINE,
    'params.yaml': 'lr: 1\nnet: {depth: 1, width: 1, name: later}\nmore: {}\n',
  });
  const { stdout } = await workspace.expect(0, 'results', 'train');
  assert.match(stdout, /^train \(no recorded result\)$/m);
  for (const [args, message] of [
    [['locate', 'nothing'], /nothing does not exist/],
    [['locate', 'train'], /train has 3 outputs\n.*train:model, train:metrics\.json, train:loss\.csv/],
    [['locate', 'model/weights'], /model\/weights does not exist/],
    [['results', 'trian'], /unknown-target/],
    [['results', '--rev', 'v1'], /unknown-revision/],
  ] as const)
    assert.match((await workspace.expect(1, ...args)).stderr, message);
  await workspace.repro();
  assert.match((await workspace.expect(1, 'locate', 'model')).stderr, /model is a folder/);
  workspace.remove('model');
  workspace.remove('cache/objects');
  assert.match((await workspace.expect(1, 'locate', 'model/weights')).stderr, /is not in the cache/);
});
