// Experiments as revisions: `metrics`, `params`, `plots`, `diff` and `exp diff` by their names, and completion of these.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { inProcess } from '../cli/here.ts';
import { copiesOf, type TestWorkspace } from '../workspace.ts';

const TRAIN = `
import { readFileSync, writeFileSync } from 'node:fs';
const lr = Number(/lr: (\\S+)/.exec(readFileSync('params.yaml', 'utf8'))[1]);
writeFileSync('model.txt', 'model ' + lr);
writeFileSync('metrics.json', JSON.stringify({ acc: lr * 10, deep: { loss: -lr } }));
writeFileSync('loss.csv', 'step,loss\\n0,' + lr + '\\n1,' + lr / 2 + '\\n');
`;
const FILES = {
  'pipeline.yaml': `stages:
  train:
    cmd: node train.mjs
    deps: [train.mjs]
    params: [lr]
    outs: [model.txt]
    metrics: [metrics.json]
    plots: [loss.csv: {x: step, y: loss}]
  name:
    cmd: echo \${lr} > name.txt
    outs: [name.txt]
  fold:
    matrix: {fold: [1, 2]}
    cmd: 'echo "{\\"score\\": \${lr}\${item.fold}}" > fold-\${item.fold}.json'
    metrics: ["fold-\${item.fold}.json"]
  kept:
    cmd: 'echo "{\\"kept\\": 1}" > kept.json'
    metrics: [{kept.json: {cache: false}}]
  curves:
    cmd: mkdir curves && (echo y; echo \${lr}) | tee curves/\${lr}.csv > curves/last.csv
    plots: [{curves: {cache: false, y: y}}]
metrics: [given.json]
params: [given.yaml]
`,
  'given.json': '{"given": 2}',
  'given.yaml': 'given: 3\n',
  'params.yaml': 'lr: 1\n',
  'train.mjs': TRAIN,
  '.gitignore':
    '/cache\n/model.txt\n/metrics.json\n/loss.csv\n/name.txt\n/fold-*.json\n/figures\n/pipe_plots\n',
};

interface Project extends TestWorkspace {
  readonly json: (...args: readonly string[]) => Promise<unknown>;
}

const projects = copiesOf(FILES, async (made) => {
  const workspace = inProcess(made);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace.root,
    });
  git('init', '-q', '-b', 'main');
  await workspace.repro();
  git('add', '-A');
  git('commit', '-qm', 'first');
  await workspace.expect(0, 'exp', 'run', 'grid', '-S', 'lr=2,3');
});

async function makeProject(t: TestContext): Promise<Project> {
  const workspace = inProcess(await projects(t));
  return {
    ...workspace,
    json: async (...args) => JSON.parse((await workspace.expect(0, ...args, '--json')).stdout),
  };
}

test('metrics, parameters and stages of experiments, beside revisions and the workspace', async (t) => {
  const { json, expect } = await makeProject(t);
  const loss = { 'deep.loss': { old: -1, new: -3, diff: -2 } };
  assert.deepEqual(
    await json('metrics', 'diff', 'HEAD', 'grid-2', '--targets', 'fold-2.json', 'metrics.json'),
    {
      'fold-2.json': { score: { old: 12, new: 32, diff: 20 } },
      'metrics.json': { acc: { old: 10, new: 30, diff: 20 }, ...loss },
    },
  );
  assert.deepEqual(await json('params', 'diff', 'grid-1', 'grid-2'), {
    'params.yaml': { lr: { old: 2, new: 3, diff: 1 } },
  });
  const shown = await json('metrics', 'show', 'metrics.json', '--rev', 'grid-1', '--rev', 'HEAD');
  assert.deepEqual(Object.keys(shown as object), ['grid-1', 'HEAD']);
  assert.match(
    (await expect(0, 'metrics', 'show', 'metrics.json', '--rev', 'grid-1')).stdout,
    /^Revision +Path +acc +deep\.loss\ngrid-1 +metrics\.json +20 +-2\n$/,
  );
  assert.match((await expect(1, 'metrics', 'diff', 'grid-9')).stderr, /git knows no revision 'grid-9'/);
  // What git has of an output is that of the commit, not of the experiment.
  const { data } = (await json('plots', 'diff', 'HEAD', 'grid-2', '--targets', 'curves')) as {
    data: Readonly<Record<string, readonly { content: { data: { values: readonly object[] } } }[]>>;
  };
  const values = (name: string): readonly unknown[] =>
    data[name]!.flatMap(({ content }) => content.data.values).map((value) => Object.values(value).join(' '));
  assert.deepEqual(
    ['1', '3', 'last'].map((name) => values(`curves/${name}.csv`)),
    [['1 0 HEAD'], ['3 0 grid-2'], ['1 0 HEAD', '3 0 grid-2']],
  );
});

test('exp diff is the comparison of metrics diff and params diff', async (t) => {
  const { json, expect } = await makeProject(t);
  const diff = (await json('exp', 'diff', 'grid-1', 'grid-2')) as Record<'params' | 'metrics', unknown>;
  assert.deepEqual(diff.params, await json('params', 'diff', 'grid-1', 'grid-2'));
  assert.deepEqual(diff.metrics, await json('metrics', 'diff', 'grid-1', 'grid-2'));
  assert.deepEqual(
    ((await json('exp', 'diff', 'HEAD', 'grid-1')) as typeof diff).metrics,
    await json('metrics', 'diff', 'HEAD', 'grid-1'),
  );
  const { stdout } = await expect(0, 'exp', 'diff', 'grid-1', 'grid-2', '--md');
  assert.match(
    stdout,
    /^\| Path \| Param \| grid-1 \| grid-2 \|\n\|---\|---\|--:\|--:\|\n\| params\.yaml \| lr \| 2 \| 3 \|\n\n\| Path \| Metric /,
  );
  assert.equal((await expect(0, 'exp', 'diff', 'grid-1', 'grid-1')).stdout, 'Nothing differs.\n');
  assert.match((await expect(1, 'exp', 'diff', 'gird-1')).stderr, /did you mean 'grid-1'/i);
});

test('exp diff rounds tables to the digits that are asked for, and no JSON', async (t) => {
  const { json, expect } = await makeProject(t);
  await expect(0, 'exp', 'run', 'third', '--target', 'train', '-S', 'lr=0.123456789');
  const diff = async (...args: readonly string[]): Promise<string> =>
    (await expect(0, 'exp', 'diff', 'grid-1', 'third', ...args)).stdout;
  assert.match(await diff(), /metrics\.json +acc +20 +1\.23457 +-18\.76543\n/);
  assert.match(await diff('--precision', '2'), /metrics\.json +acc +20 +1\.23 +-18\.77\n/);
  assert.match(
    await diff('--precision', '0', '--md'),
    /\| metrics\.json \| acc \| 20 \| 1\.0 \| -19\.0 \|\n/,
  );
  assert.deepEqual(
    ((await json('exp', 'diff', 'grid-1', 'third', '--precision', '1')) as { metrics: Files }).metrics[
      'metrics.json'
    ]!['acc']!.new,
    1.23456789,
  );
  assert.match((await expect(1, 'exp', 'diff', 'grid-1', '--precision', '999')).stderr, /from 0 to 100/);
  // What it did not make is as git has it at its commit, where git has it.
  const { third } = (await json('metrics', 'show', '--rev', 'third')) as Record<'third', { data: object }>;
  assert.deepEqual(Object.keys(third.data), ['metrics.json', 'kept.json', 'given.json']);
  assert.deepEqual(await json('params', 'diff', 'HEAD', 'third'), {
    'params.yaml': { lr: { old: 1, new: 0.123456789, diff: -0.876543211 } },
  });
});

test('exp diff --pull brings the metrics of a revision from its remote', async (t) => {
  const { root, write, json, expect, remove } = await makeProject(t);
  const local = join(root, 'cache/config.yaml');
  write('cache/config.yaml', `remotes: {store: {url: ${root}/remote}}\n`);
  await expect(0, 'push');
  remove('cache/objects');
  assert.ok(existsSync(local));
  const accOf = async (...args: readonly string[]): Promise<unknown> =>
    ((await json('exp', 'diff', 'HEAD', 'grid-2', ...args)) as { metrics: Files }).metrics['metrics.json']![
      'acc'
    ];
  assert.deepEqual(await accOf(), { old: null, new: 30 });
  assert.match((await expect(0, 'exp', 'diff', 'HEAD', 'grid-2')).stderr, /--pull/);
  assert.match(
    (await expect(1, 'exp', 'diff', 'HEAD', 'grid-2', '--pull', '-r', 'nowhere')).stderr,
    /nowhere/,
  );
  assert.deepEqual(await accOf('--pull', '-r', 'store'), { old: 10, new: 30, diff: 20 });
  // It stays in the cache.
  remove('remote');
  assert.deepEqual(await accOf(), { old: 10, new: 30, diff: 20 });
});

type Files = Readonly<Record<string, Readonly<Record<string, { readonly new?: unknown }>>>>;

test('tables of a matrix cover experiments', async (t) => {
  const { json, expect } = await makeProject(t);
  const args = ['metrics', 'show', 'fold', '--rev', 'workspace', '--rev', 'grid-2'] as const;
  assert.match(
    (await expect(0, ...args, '--sort', 'score:max')).stdout,
    /^Revision +fold +score\ngrid-2 +2 +32\ngrid-2 +1 +31\nworkspace +2 +12\nworkspace +1 +11\n$/,
  );
  assert.match((await expect(0, ...args, '--best', 'score')).stdout, /^grid-2  fold@2  fold=2  score=32\n$/);
  assert.deepEqual(
    ((await json(...args, '--over', 'fold')) as { revision: string; metrics: unknown }[]).map(
      ({ revision, metrics }) => [revision, metrics],
    ),
    [
      ['workspace', { score: { mean: 11.5, std: Math.SQRT1_2, n: 2 } }],
      ['grid-2', { score: { mean: 31.5, std: Math.SQRT1_2, n: 2 } }],
    ],
  );
});

test('the report compares an experiment, and draws the plots that differ', async (t) => {
  const { root, json, expect } = await makeProject(t);
  assert.deepEqual(
    ((await json('diff', 'HEAD', 'grid-1')) as { modified: { path: string }[] }).modified
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('fold')),
    ['loss.csv', 'metrics.json', 'model.txt', 'name.txt'],
  );
  const report = (await expect(0, 'diff', 'HEAD', 'grid-1', '--md', '--plots', 'figures')).stdout;
  assert.match(report, /^### Changes from HEAD to grid-1\n/);
  assert.match(report, /\| metrics\.json \| acc \| 10 \| 20 \| 10 \|/);
  assert.match(report, /\| params\.yaml \| lr \| 1 \| 2 \|/);
  assert.match(report, /- \*\*name\*\*\n {2}- command: 1 → 2\n/);
  const [, image] = /!\[plot\]\(<(figures\/[^>]+\.svg)>\)/.exec(report) ?? [];
  const svg = readFileSync(join(root, image ?? 'no image'), 'utf8');
  assert.match(svg, /^<svg /);
  for (const name of ['HEAD', 'grid-1']) assert.ok(svg.includes(name), name);
  const away = (
    await expect(
      0,
      'diff',
      'HEAD',
      'grid-1',
      '--md',
      '--plots',
      'figures',
      '--plots-url',
      'https://example.org/run 1/',
    )
  ).stdout;
  assert.match(away, /\]\(<https:\/\/example\.org\/run%201\/[^>]+\.svg>\)/);
  rmSync(join(root, 'figures'), { recursive: true });
  assert.match((await expect(0, 'diff', 'HEAD', 'grid-1', '--md')).stdout, /loss\.csv/);
  assert.ok(!existsSync(join(root, 'figures')));
  assert.doesNotMatch((await expect(0, 'diff', 'HEAD', 'HEAD', '--md', '--plots', 'figures')).stdout, /svg/);
});

test('names of experiments and revisions for completion', async (t) => {
  const { expect } = await makeProject(t);
  const names = async (kind: string): Promise<string[]> =>
    (await expect(0, 'completion', 'names', kind)).stdout.trim().split('\n').sort();
  assert.deepEqual(await names('experiments'), ['grid-1', 'grid-2']);
  assert.deepEqual(await names('revisions'), ['grid-1', 'grid-2', 'main', 'workspace']);
  const { stdout } = await expect(0, 'completion', 'bash');
  for (const command of ['exp apply', 'exp show', 'exp diff', 'exp remove'])
    assert.ok(stdout.includes(`    '${command}') kind=experiments ;;`), command);
  for (const command of ['metrics diff', 'params diff', 'plots diff', 'diff'])
    assert.ok(stdout.includes(`    '${command}') kind=revisions ;;`), command);
});

test('exp run --pull takes results that only the remote has', async (t) => {
  const { root, write, expect, repro, remove } = await makeProject(t);
  write('cache/config.yaml', `remotes: {store: {url: ${root}/remote, key: shared secret}}\n`);
  write('params.yaml', 'lr: 7\n');
  await repro();
  await expect(0, 'push', '--run-cache');
  write('params.yaml', 'lr: 1\n');
  for (const path of ['cache/objects', 'cache/runs']) remove(path);
  await repro('-f');
  const ranIn = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await expect(0, 'exp', 'run', ...args, '--json');
    const events = stdout.split('\n').filter(Boolean);
    return events
      .map((line) => JSON.parse(line) as { type: string; stage: string })
      .filter(({ type }) => type === 'ran' || type === 'restored')
      .map(({ type, stage }) => `${type} ${stage}`)
      .sort()
      .join(', ');
  };
  assert.equal(
    await ranIn('far', '-S', 'lr=7', '--pull'),
    'restored far:curves, restored far:fold@1, restored far:fold@2, restored far:name, restored far:train',
  );
  assert.equal(
    await ranIn('near', '-S', 'lr=8', '--pull'),
    'ran near:curves, ran near:fold@1, ran near:fold@2, ran near:name, ran near:train',
  );
});
