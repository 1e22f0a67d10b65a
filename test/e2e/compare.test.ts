// `pipe metrics`, `pipe params` and `pipe diff`, as a user sees them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { copiesOfHere as copiesOf, makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import { runPipe, type TestWorkspace } from '../workspace.ts';

interface Repository extends TestWorkspace {
  readonly git: (...args: readonly string[]) => string;
  readonly commit: (message: string) => void;
  readonly json: (...args: readonly string[]) => Promise<unknown>;
}

function makeRepository(t: TestContext, files: Readonly<Record<string, string>>): Repository {
  const repository = openRepository(makeWorkspace(t, files));
  repository.git('init', '-q', '-b', 'main');
  return repository;
}

function openRepository(workspace: TestWorkspace): Repository {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    ...workspace,
    git,
    commit(message) {
      git('add', '-A');
      git('commit', '-qm', message);
    },
    json: async (...args) => JSON.parse((await workspace.expect(0, ...args, '--json')).stdout),
  };
}

const pipeline = (lr: string): string =>
  `stages:\n  train:\n    cmd: 'echo "{\\"acc\\": ${lr}, \\"deep\\": {\\"loss\\": 1}}" > m.json && mkdir -p out && echo ${lr} > out/a && echo same > out/b'\n    metrics: [m.json]\n    outs: [out]\n`;

const trainedOnes = copiesOf(
  { 'pipeline.yaml': pipeline('0.5'), '.gitignore': '/cache/\n/m.json\n/out\n' },
  async (workspace) => {
    const repository = openRepository(workspace);
    repository.git('init', '-q', '-b', 'main');
    await repository.repro();
    repository.commit('first');
    repository.write('pipeline.yaml', pipeline('0.75'));
    await repository.repro();
  },
);
const trained = async (t: TestContext): Promise<Repository> => openRepository(await trainedOnes(t));

testInWhole('metrics of a commit come from the cache, and from the remote with --pull', async (t) => {
  const { root, write, commit, json, pipe, remove, expect } = await trained(t);
  const change = { 'm.json': { acc: { old: 0.5, new: 0.75, diff: 0.25 } } };
  assert.deepEqual(await json('metrics', 'diff'), change);
  commit('second');
  assert.deepEqual(await json('metrics', 'diff', 'HEAD~1', 'HEAD'), change);
  write('cache/config.yaml', `remotes: {store: {url: ${root}/remote}}\n`);
  await expect(0, 'push');
  execFileSync('git', ['checkout', '-q', 'HEAD~1'], { cwd: root });
  await expect(0, 'checkout');
  await expect(0, 'push');
  execFileSync('git', ['checkout', '-q', 'main'], { cwd: root });
  await expect(0, 'checkout');
  remove('cache/objects');
  const without = await pipe('metrics', 'diff', 'HEAD~1', 'HEAD', '--json');
  assert.deepEqual([without.code, JSON.parse(without.stdout)], [0, {}]);
  assert.match(without.stderr, /the cache does not have 'm\.json' of HEAD~1/);
  assert.match(without.stderr, /some metrics could not be read at: HEAD~1, HEAD/);
  assert.deepEqual(await json('metrics', 'diff', 'HEAD~1', 'HEAD', '--pull'), change);
});

test('the workspace is hidden beside an equal branch, and one commit with two names is one row', async (t) => {
  const { json, commit, git } = await trained(t);
  assert.deepEqual(Object.keys((await json('metrics', 'show', '-a')) as object), ['workspace', 'main']);
  commit('second');
  assert.deepEqual(Object.keys((await json('metrics', 'show', '-a')) as object), ['main']);
  git('tag', 'v1', 'HEAD~1');
  git('tag', 'v2', 'HEAD~1');
  assert.deepEqual(Object.keys((await json('metrics', 'show', '-T')) as object), ['workspace', 'v1,v2']);
  assert.equal(Object.keys((await json('metrics', 'show', '-A')) as object).length, 3);
});

test('a pattern under params: decides by the value that it matches, and shows all that it matches', async (t) => {
  const { write, commit, json, repro, expect } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo > out, params: ["group*.lr"], outs: [out]}\n',
    'params.yaml': 'group1: {lr: 1, other: 1}\nunused: 1\n',
    '.gitignore': '/cache/\n/out\n',
  });
  await repro();
  commit('first');
  write('params.yaml', 'group1: {lr: 1, other: 2}\nunused: 2\n');
  assert.deepEqual((await repro()).ran, []);
  assert.deepEqual(await json('params', 'diff', '--deps'), {});
  write('params.yaml', 'group1: {lr: 2, other: 2}\nunused: 2\n');
  assert.deepEqual((await repro()).ran, ['s']);
  assert.deepEqual(await json('params', 'diff', '--deps'), {
    'params.yaml': { 'group1.lr': { old: 1, new: 2, diff: 1 } },
  });
  write('params.yaml', 'group1: {lr: 2}\ngroup2: {lr: 3}\n');
  const { stderr } = await expect(1, 'status');
  assert.match(stderr, /the parameter 'group\*\.lr' matches 2 values: group1\.lr, group2\.lr/);
  assert.deepEqual(await json('params', 'diff', '--deps'), {
    'params.yaml': {
      'group1.lr': { old: 1, new: 2, diff: 1 },
      'group2.lr': { old: null, new: 3 },
    },
  });
  // What two stages read of one file is shown together.
  write(
    'pipeline.yaml',
    'stages:\n  s: {cmd: echo > out, params: ["group*.lr"], outs: [out]}\n  u: {cmd: echo, params: [extra]}\n',
  );
  write('params.yaml', 'group1: {lr: 2}\nextra: 4\n');
  assert.deepEqual(await json('params', 'diff', '--deps'), {
    'params.yaml': { 'group1.lr': { old: 1, new: 2, diff: 1 }, extra: { old: null, new: 4 } },
  });
});

test('known faults of DVC are not copied', async (t) => {
  const { write, commit, json, expect, git } = makeRepository(t, {
    'pipeline.yaml': 'stages: {}\nmetrics: [m.yaml]\n',
    'm.yaml': 'a: 0.66\nb: true\nn: .nan\n"x.y": 1\nx: {y: 2}\n',
  });
  const none = await runPipe((await expect(0, 'stage', 'list'), git('rev-parse', '--show-toplevel').trim()), [
    'metrics',
    'diff',
  ]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /no commits yet/);
  commit('first');
  write('m.yaml', 'a: 0.66\nb: false\nn: .nan\n"x.y": 1\nx: {y: 3}\n');
  assert.deepEqual(await json('metrics', 'diff'), {
    'm.yaml': { b: { old: true, new: false }, 'x.y': { old: 2, new: 3, diff: 1 } },
  });
  assert.match((await expect(0, 'metrics', 'show', '--precision', '0')).stdout, /m\.yaml +1 +1\.0 /);
  git('branch', 'other');
  const same = (await json('metrics', 'diff', 'HEAD', 'other', '--all')) as { 'm.yaml': object };
  assert.deepEqual(Object.keys(same['m.yaml']), ['a', 'b', 'n', '"x.y"', 'x.y']);
});

test('without git the workspace is shown, and revisions are refused', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages: {}\nmetrics: [m.json]\n',
    'm.json': '{"a": 1}',
  });
  assert.match((await workspace.expect(0, 'metrics', 'show')).stdout, /^Path +a\nm\.json +1\n$/);
  for (const args of [['metrics', 'diff'], ['params', 'diff'], ['diff'], ['metrics', 'show', '-a']])
    assert.match((await workspace.expect(1, ...args)).stderr, /error\[not-in-git\]/, args.join(' '));
});

test('a pipeline that does not load stops neither other revisions nor the workspace', async (t) => {
  const { write, commit, pipe, json } = makeRepository(t, {
    'pipeline.yaml': 'stages: [broken]\n',
    'm.json': '{"a": 1}',
  });
  commit('broken');
  write('pipeline.yaml', 'stages: {}\nmetrics: [m.json]\n');
  commit('good');
  write('pipeline.yaml', 'stages: [broken again]\n');
  assert.deepEqual(await json('metrics', 'diff', 'HEAD', 'HEAD', '--all'), {
    'm.json': { a: { old: 1, new: 1, diff: 0 } },
  });
  const ran = await pipe('metrics', 'show', '-A', '--json');
  assert.equal(ran.code, 0, ran.stderr);
  const shown = Object.values(JSON.parse(ran.stdout) as Record<string, { data?: object; error?: object }>);
  assert.deepEqual(
    shown.map(({ data, error }) => [data !== undefined, error !== undefined]),
    [
      [false, true],
      [true, false],
      [false, true],
    ],
  );
});

testInWhole('two stages that write one output: nothing runs, and what is there is shown', async (t) => {
  const { write, commit, json, expect } = makeRepository(t, {
    'pipeline.yaml':
      'stages:\n  one: {cmd: make-it, metrics: [m.json]}\n  two: {cmd: make-it, metrics: [m.json]}\n  round: {cmd: x, deps: [y], outs: [z]}\n  trip: {cmd: x, deps: [z], outs: [y]}\n',
    'm.json': '{"acc": 1}',
  });
  commit('first');
  write('m.json', '{"acc": 2}');
  await expect(1, 'repro');
  assert.deepEqual(await json('metrics', 'diff'), { 'm.json': { acc: { old: 1, new: 2, diff: 1 } } });
  assert.deepEqual(await json('metrics', 'show'), { '': { data: { 'm.json': { data: { acc: 2 } } } } });
  assert.deepEqual(await json('params', 'diff'), {});
});

test('pipe diff names added, deleted, renamed and modified data, and what the cache lacks', async (t) => {
  const { write, commit, json, remove, expect } = await trained(t);
  assert.deepEqual(await json('diff'), {
    added: [],
    deleted: [],
    modified: [
      { path: 'm.json', size: { old: 34, new: 35 } },
      { path: 'out/', size: { old: 9, new: 10 } },
      { path: 'out/a', size: { old: 4, new: 5 } },
    ],
    renamed: [],
    'not in cache': [],
  });
  commit('second');
  write('pipeline.yaml', pipeline('0.75').replaceAll('out/b', 'out/c'));
  write('out/c', 'same\n');
  remove('out/b');
  assert.deepEqual(await json('diff', '--hide-missing', '--targets', 'm.json', 'out'), {
    added: [],
    deleted: [],
    modified: [{ path: 'out/', size: { old: 10, new: 10 } }],
    renamed: [{ path: { old: 'out/b', new: 'out/c' }, size: 5 }],
  });
  assert.deepEqual(await json('diff', 'HEAD', 'HEAD'), {});
  assert.match((await expect(0, 'diff')).stdout, /Renamed:\n {4}out\/b → out\/c +5 B\n/);
  assert.match((await expect(1, 'diff', '--targets', 'nothing')).stderr, /error\[unknown-target\]/);
  write('m.json', '{"acc": ');
  assert.match((await expect(0, 'metrics', 'diff')).stderr, /not valid JSON[^]*m\.json/);
  assert.match(
    (await expect(0, 'metrics', 'show', '--json')).stdout,
    /"error": \{\s+"type": "JSONFileCorruptedError"/,
  );
  remove('cache/objects');
  const lacking = (await json('diff', '--targets', 'm.json')) as { 'not in cache': unknown };
  assert.deepEqual(lacking['not in cache'], [{ path: 'm.json', size: 35 }]);
  // Which files the folder had is not known: none of them counts as new.
  const unknown = (await json('diff', '--targets', 'out')) as { added: unknown; modified: object[] };
  assert.deepEqual([unknown.added, unknown.modified.length], [[], 1]);
});

test('the report is one Markdown text of bounded size in which hostile names are no markup', async (t) => {
  const many = Array.from({ length: 3000 }, (_, at) => `k${at}: ${at}`).join('\n');
  const { write, commit, expect } = makeRepository(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: echo one two three}\nmetrics: [m.yaml]\nparams: [p.yaml]\n',
    'm.yaml': '"</details><script>`@all`|": 1\n',
    'p.yaml': many,
  });
  commit('first');
  write(
    'pipeline.yaml',
    'stages:\n  a: {cmd: echo one 2 three}\n  b: {cmd: "echo $(new)"}\nmetrics: [m.yaml]\nparams: [p.yaml]\n',
  );
  write('m.yaml', '"</details><script>`@all`|": 2\n');
  write('p.yaml', many.replaceAll(': ', ': 1'));
  const { stdout } = await expect(0, 'diff', 'HEAD', 'workspace', '--md');
  assert.ok(stdout.length <= 65_000, `${stdout.length} characters`);
  assert.ok(stdout.length > 40_000, 'as much as fits');
  assert.match(stdout, /… and \d+ more rows/);
  assert.match(stdout, /<b>Parameters<\/b>: 3000 values/);
  assert.match(stdout, /\| ``<\/details><script>`@all`\\\|`` \| 1 \| 2 \| 1 \|/);
  assert.match(stdout, /- \*\*a\*\*\n {2}- command: two → 2\n/);
  assert.match(stdout, /- \*\*b\*\*\n {2}- added: echo \$\(new\)\n/);
  assert.equal(stdout.match(/^<details/gm)?.length, 3);
  assert.equal(
    (await expect(0, 'diff', 'HEAD', 'HEAD', '--md')).stdout,
    '### Changes from HEAD to HEAD\n\nNothing differs.\n',
  );
});

test('a matrix is one table: sorted, its best member, means over an axis', async (t) => {
  const { repro, expect, json } = makeRepository(t, {
    'pipeline.yaml': `stages:
  train:
    matrix: {lr: [0.1, 0.2], fold: [1, 2]}
    cmd: 'echo "{\\"val_loss\\": \${item.lr}\${item.fold}, \\"deep\\": {\\"acc\\": \${item.fold}}}" > \${key}.json'
    metrics: ["\${key}.json"]
`,
  });
  await repro();
  const table = async (...args: readonly string[]): Promise<string> =>
    (await expect(0, 'metrics', 'show', ...args)).stdout;
  assert.equal(
    await table('train', '--sort', 'val_loss:max', '--csv'),
    'lr,fold,val_loss,deep.acc\n0.2,2,0.22,2\n0.2,1,0.21,1\n0.1,2,0.12,2\n0.1,1,0.11,1\n',
  );
  assert.equal(await table('--best', 'val_loss'), 'train@0.1-1  lr=0.1  fold=1  val_loss=0.11\n');
  assert.equal(await table('--best', 'deep.acc', '--over', 'lr'), 'fold=2  deep.acc=2.0 ± 0.0 (n=2)\n');
  const [first] = (await json('metrics', 'show', 'train', '--over', 'fold')) as [{ metrics: object }];
  assert.deepEqual((first.metrics as { 'deep.acc': object })['deep.acc'], {
    mean: 1.5,
    std: Math.SQRT1_2,
    n: 2,
  });
  assert.match((await expect(1, 'metrics', 'show', '--sort', 'nothing')).stderr, /error\[unknown-column\]/);
  assert.match(
    (await expect(1, 'metrics', 'show', 'other', '--over', 'lr')).stderr,
    /error\[unknown-target\]/,
  );
});
