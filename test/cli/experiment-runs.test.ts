// `pipe exp run`, option by option.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { gitIn } from '../git.ts';
import { makeHere } from './here.ts';
import { project, type Shown } from './experiments-project.ts';

test('run: what is asked for, under which names, and what failed again', async (t) => {
  const { out, err, json, write, at, read, git } = await project(t);
  assert.equal(
    await out(0, 'exp', 'run', '--failed', '--dry'),
    'killed  lr=4  (params.yaml)\ngrid-3  lr=13  (params.yaml)\n2 experiments; nothing was run.\n',
  );
  assert.match(await out(0, 'exp', 'run', 'grid', '--failed', '--dry'), /^killed [^]*\n2 experiments/);
  assert.match(await out(0, 'exp', 'run', '-n', 'grid-3', '--failed', '--dry'), /^grid-3 {2}lr=13 .*\n1 exp/);
  assert.equal(
    await out(0, 'exp', 'run', 'grid', '-S', 'lr=2,3', '--set-param', 'extra=1,1', '--dry'),
    `grid-4  lr=2  extra=1  (params.yaml, pipeline.yaml)\ngrid-5  lr=3  extra=1  (params.yaml, pipeline.yaml)\n2 experiments; nothing was run.\n`,
  );
  const random = async (seed: string): Promise<string> =>
    out(0, 'exp', 'run', 'r', '--set-param', 'lr=range(100, 1000)', '--random', '3', '--seed', seed, '--dry');
  assert.equal(await random('3'), await random('3'));
  assert.notEqual(await random('3'), await random('4'));
  assert.match(
    await out(0, 'exp', 'run', 'f', '--dry'),
    /^f  as in the files\n1 experiment; nothing was run\.\n$/,
  );
  assert.match(await err(1, 'exp', 'run', 'grid-1', '-S', 'lr=10', '-t', 'prep'), /has other parameters/);
  // In another folder the same is asked for unless something names a file.
  write('sub/values.yaml', 'lr: [10]\n');
  for (const option of ['-S lr=10', '--grid values.yaml'])
    assert.match(await at('sub').out(0, 'exp', 'run', ...option.split(' '), '--dry'), /^grid-1 /);
  await at('sub').out(0, 'exp', 'run', 't', '-t', '../prep.txt', '--dry');
  process.env['BAD'] = '';
  assert.match(await out(0, 'exp', 'run', '--failed', '-j1'), /^\S* ?killed +4 +4\.5 +-4 +4$/m);
  assert.equal((JSON.parse(read('cache/exps/grid-3.json')) as { group?: string }).group, 'grid');
  assert.equal(await out(0, 'exp', 'run', '--failed', '-q'), '');
  assert.match(await out(0, 'history'), / {2}2 ran\n {2}ran {6}train ×2 /, 'under the name in the pipeline');
  // Code that differs is noted; a parameter file in a sub-folder is named from there.
  write('raw.csv', 'c\n');
  write('sub/own.yaml', 'lr: 5\n');
  await at('sub').out(
    0,
    'exp',
    'run',
    'dirty',
    '-S',
    '../params.yaml:lr=6',
    '-S',
    'extra=4',
    '-t',
    'prep',
    '-t',
    '../prep.txt',
    '-q',
  );
  const record = JSON.parse(read('cache/exps/dirty.json')) as Record<string, unknown>;
  assert.deepEqual(
    [record['dirty'], record['targets'], Object.keys(record['stages'] as object)],
    [true, ['prep', '../prep.txt'], ['prep']],
  );
  assert.deepEqual(record['params'], {
    'params.yaml': { lr: 6, model: { depth: 2, kind: 'a' } },
    'pipeline.yaml': { extra: 4, size: 2 },
  });
  const fromThere = await at('sub').out(0, 'exp', 'run', 'x', '-S', '../params.yaml:lr=6', '--dry');
  assert.match(fromThere, /^x {2}\.\.\/params\.yaml:lr=6 {2}\(params\.yaml\)\n/);
  const shown = await out(0, 'exp', 'show', 'dirty', 'grid-1');
  assert.match(shown, /^main, v1 {2}\w+ {2}with changes {2}First\n└─ dirty /m);
  git('checkout', '-q', 'raw.csv');
  write('metrics.json', '{}');
  write('more/a.yaml', 'score: 0');
  git('add', '-f', 'metrics.json', 'more/a.yaml');
  git('commit', '-qm', 'With results');
  write('metrics.json', '{"acc": 1}');
  write('more/a.yaml', 'score: 1');
  write('params.yaml', 'lr: 8\nmodel: {depth: 2, kind: a}\n');
  await out(0, 'exp', 'run', 'clean', '-q');
  const clean = JSON.parse(read('cache/exps/clean.json')) as Record<string, unknown>;
  const stages = clean['stages'] as Readonly<Record<string, { readonly state: string }>>;
  assert.deepEqual([stages['prep']!.state, stages['train']!.state], ['known', 'ran']);
  assert.ok(!('dirty' in clean) && 'changes' in clean, 'it has parameters and results itself');
  assert.deepEqual(((await json('exp', 'show', 'clean')) as Shown[])[0]!.params['params.yaml'].lr, 8);
  // It is the same as long as no file differs, in git's index or not.
  assert.match(await out(0, 'exp', 'run', '--dry'), /^clean /);
  write('raw.csv', 'd\n');
  git('add', 'raw.csv');
  assert.doesNotMatch(await out(0, 'exp', 'run', '--dry'), /^clean /);
  // A name that git comes to know is that of git.
  type Results = readonly [{ readonly recorded: boolean }];
  const isRecorded = async (): Promise<boolean> =>
    ((await json('results', 'train', '--rev', 'grid-1')) as Results)[0].recorded;
  assert.equal(await isRecorded(), true);
  git('tag', 'grid-1', 'v1');
  assert.equal(await isRecorded(), false);
});

test('run: again, what failed keeps its targets, and what an earlier run made stays in the record until it is replaced', async (t) => {
  const { out, err, read, write } = await project(t);
  type Kept = Readonly<Record<'state' | 'targets' | 'metrics' | 'stages', unknown>> & {
    readonly locks: Readonly<Record<string, string>>;
  };
  const recordOf = (name: string): Kept => JSON.parse(read(`cache/exps/${name}.json`)) as Kept;
  const { metrics } = recordOf('grid-2');
  write('make.sh', `${read('make.sh')}# edited\n`);
  write('raw.csv', 'new\n');
  process.env['BAD'] = '2';
  process.env['END'] = `kill -INT ${process.pid}; exec tail -f /dev/null`;
  await out(130, 'exp', 'run', 'grid-2', '-S', 'lr=2', '--force', '-q');
  const stopped = recordOf('grid-2');
  assert.deepEqual([stopped.state, stopped.metrics], ['running', metrics]);
  assert.match(JSON.stringify(stopped.locks), /model\.txt/);
  assert.ok(JSON.stringify(stopped.locks).includes(hash('sha256', 'new\n')), 'what a stage before it made');
  process.env['END'] = 'exit 3';
  await out(1, 'exp', 'run', 'grid-2', '-S', 'lr=2', '--force', '-q');
  const failed = recordOf('grid-2');
  assert.equal(failed.state, 'failed');
  assert.match(JSON.stringify(failed.locks), /model\.txt/, 'nothing else names its outputs');
  process.env['BAD'] = '';
  for (const [name, targets] of [
    ['grid-2', '["prep"]'],
    ['grid-3', '["train"]'],
  ] as const)
    write(
      `cache/exps/${name}.json`,
      read(`cache/exps/${name}.json`).replace('"targets": []', `"targets": ${targets}`),
    );
  await out(0, 'exp', 'run', '--failed', '-q');
  assert.deepEqual(
    ['grid-2', 'grid-3'].map((name) => [
      recordOf(name).targets,
      Object.keys(recordOf(name).stages as object),
    ]),
    [
      [['prep'], ['prep']],
      [['train'], ['prep', 'train']],
    ],
  );
  // Without readable records of what it made it runs again.
  const whole = read('cache/exps/grid-1.json');
  write('cache/exps/grid-1.json', whole.replace("schema: 'pipe/1'", "schema: 'pipe/9'"));
  await out(0, 'exp', 'run', 'grid-1', '-S', 'lr=10', '--force', '-q');
  assert.match(read('cache/exps/grid-1.json'), /schema: 'pipe\/1'/);
  // What cannot be read is not taken for nothing.
  write('cache/exps/grid-1.json', '{');
  assert.match(await err(1, 'exp', 'run', 'grid-1', '-S', 'lr=10', '--force'), /'grid-1'/);
  assert.equal(read('cache/exps/grid-1.json'), '{');
  assert.match(await out(0, 'exp', 'run', 'grid', '-S', 'lr=10', '--dry'), /^grid /);
});

test('run: what no batch system can run is said before any stage of any experiment runs', async (t) => {
  const { out, err, json, write, read } = makeHere(t, {
    'pipeline.yaml':
      "vars: [where: local]\nstages:\n  s: {cmd: echo 1 > o, outs: [o], executor: '${where}'}\n",
  });
  const printed = await out(1, 'exp', 'run', 'e', '-S', 'where=local,command', '-q');
  assert.match(printed, /batch-undeclared[^]*\n2 failed, /);
  const shown = (await json('exp', 'show')) as readonly { readonly state: string }[];
  assert.deepEqual(
    shown.map(({ state }) => state),
    ['failed', 'failed'],
  );
  // What runs nothing needs none.
  write('data', 'x');
  write(
    'pipeline.yaml',
    `config: {executor: command}
data: [data]
stages:
  f: {cmd: echo 1 > f, outs: [f], frozen: true}
  s: {cmd: cat data > o, deps: [data], outs: [o], executor: local}
`,
  );
  write('f', '1\n');
  await out(0, 'commit', '-q', '-f', 'data', 'f');
  await out(0, 'repro', '-q', '-f', 's');
  assert.equal(read('o'), 'x');
  await out(0, 'repro', '-q', '-f');
  write('pipeline.yaml', read('pipeline.yaml').replace(', executor: local', ''));
  assert.match(await err(1, 'repro', '-q', '-f'), /batch-undeclared/);
});

test('a stage that misses an output that it does not declare is told of that, not of untracked files', async (t) => {
  const { both, out, root, write } = makeHere(t, {
    'pipeline.yaml': `stages:
  make: {cmd: echo 1 > made.txt, outs: [made.txt]}
  use: {cmd: cat made.txt added.txt, deps: [in]}
`,
    '.gitignore': '/cache\n/made.txt\n',
    in: '',
  });
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'One');
  write('added.txt', '');
  await out(0, 'repro', '-q', 'make');
  const { stdout, stderr } = await both(1, 'exp', 'run', 'x', '-t', 'use');
  assert.match(stdout + stderr, /'made\.txt' is an output of 'make', and is not under `deps:`/);
  assert.doesNotMatch(stdout + stderr, /git does not track/);
});

testInWhole(
  'what the workspace has recorded and git keeps does not run again in an experiment',
  async (t) => {
    const { out, read, root } = makeHere(t, {
      'pipeline.yaml': `stages:
  kept: {cmd: cp in kept.txt, deps: [in], outs: [{kept.txt: {cache: false}}]}
  use: {cmd: cat kept.txt > used.txt, deps: [kept.txt], params: [n], outs: [used.txt]}
`,
      'params.yaml': 'n: 1\n',
      '.gitignore': '/cache\n/used.txt\n',
      in: '',
    });
    await out(0, 'repro', '-q');
    const git = gitIn(root);
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'One');
    await out(0, 'exp', 'run', 'x', '-S', 'n=2', '-q');
    const { stages } = JSON.parse(read('cache/exps/x.json')) as {
      readonly stages: Readonly<Record<string, { readonly state: string }>>;
    };
    assert.deepEqual([stages['kept']!.state, stages['use']!.state], ['known', 'ran']);
  },
);
