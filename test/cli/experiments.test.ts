// What `pipe exp …` prints and records, option by option.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { findRecord, thisRunner, writeRecord } from '../../src/experiment/experiment.ts';
import { copiesHere, makeHere, type Here } from './here.ts';

const FILES = {
  'pipeline.yaml': `vars: [extra: 1, size: 2]
stages:
  prep:
    cmd: cat raw.csv > prep.txt
    deps: [raw.csv]
    outs: [prep.txt]
  train:
    cmd: lr=$(sed -n 's/^lr. //p' params.yaml); test $lr != "$BAD" || eval "$END"; sh make.sh $lr
    deps: [prep.txt, make.sh]
    params: [lr]
    outs: [model.txt, out]
    metrics: [metrics.json: {cache: false}, more]
metrics: [report.yaml, out/s.yaml]
`,
  'make.sh': `printf '{"acc": %s.5, "deep": {"loss": -%s}, "note": "n", "list": [1]}\\r\\n' $1 $1 > metrics.json
mkdir -p more; printf "score: $1" > more/a.yaml; printf 'x,y' > more/b.csv; printf "model $1" > model.txt
mkdir out; printf 'extra: 5' > out/s.yaml; printf 'extra: 6' > out/t.yaml
`,
  'params.yaml': '# rates\nlr: 1\nmodel: {depth: 2, kind: a}\n',
  'raw.csv': 'a\nb\n',
  'report.yaml': 'all: 7\n',
  'sub/.gitkeep': '',
  '.gitignore': '/cache\n/prep.txt\n/model.txt\n/more\n/out\n',
};

const copies = copiesHere(FILES, async (here) => {
  chmodSync(here.path('params.yaml'), 0o755);
  committed(here)('tag', 'v1');
  process.env['BAD'] = '13';
  process.env['END'] = 'exit 3';
  const printed = await here.both(1, 'exp', 'run', 'grid', '-S', 'lr=10,2,13', '-q');
  assert.match(printed.stdout, /^failed   grid-3:train .* exit code 3\n/m);
  assert.doesNotMatch(printed.stdout, /experiment|grid-1/, '-q prints no table');
  // The oldest, whose process was killed.
  const params = {
    'params.yaml': { lr: 4, model: { depth: 2, kind: 'a' } },
    'pipeline.yaml': { extra: 1, size: 2 },
  };
  const started = '2020-01-01T00:00:00.000Z';
  const { locks, ...head } = JSON.parse(here.read('cache/exps/grid-3.json')) as { locks: object };
  const killed = { ...head, state: 'running', overlays: ['lr=4'], started, params, locks };
  here.write('cache/exps/killed.json', `${JSON.stringify(killed, null, 2)}\n`);
});

type Project = Here & { readonly git: (...args: readonly string[]) => string };

const gitIn =
  ({ root }: Pick<Here, 'root'>): Project['git'] =>
  (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** A repository with one commit. */
function committed(here: Here): Project['git'] {
  const git = gitIn(here);
  git('init', '-q', '-b', 'main');
  for (const key of ['user.name', 'user.email']) git('config', key, 't');
  git('add', '-A');
  git('commit', '-qm', 'First');
  return git;
}

async function project(t: TestContext): Promise<Project> {
  const here = await copies(t);
  process.env['BAD'] = '13';
  process.env['END'] = 'exit 3';
  return { ...here, git: gitIn(here) };
}

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly params: { readonly 'params.yaml': { readonly lr: number } };
}

const namesIn = (list: unknown): readonly string[] => (list as readonly Shown[]).map(({ name }) => name);
const withoutIds = (text: string): string =>
  text.replace(/\b[0-9a-f]{40}\b/g, 'REVISION').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

test('items of vars that have parts of one mapping are recorded, shown and applied together', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `vars:
  - m: {a: 1, in: {x: 1}}
  - m: {b: 2, in: {y: 2}}
stages:
  s: {cmd: "echo \${m.a} \${m.b} \${m.in.x} \${m.in.y} > o", outs: [o]}
`,
    '.gitignore': '/cache\n/o\n',
  });
  committed(here);
  await here.out(0, 'exp', 'run', 'e', '-S', 'm.a=5', '-S', 'm.in.y=7');
  const shown = (await here.json('exp', 'show', 'e')) as readonly { readonly params: object }[];
  assert.deepEqual(shown.at(-1)!.params, { 'pipeline.yaml': { m: { a: 5, in: { x: 1, y: 7 }, b: 2 } } });
  await here.out(0, 'exp', 'apply', 'e');
  assert.match(here.read('pipeline.yaml'), /- m: \{a: 5, in: \{x: 1\}\}\n {2}- m: \{b: 2, in: \{y: 7\}\}\n/);
  assert.equal(here.read('o'), '5 2 1 7\n');
});

test('a large parameter file in a folder of data is edited for an experiment, and not in the cache', async (t) => {
  const text = `a: 1\n# ${'x'.repeat(100_000)}\n`;
  const here = makeHere(t, {
    'pipeline.yaml':
      'data: [conf]\nstages:\n  s: {cmd: head -n 1 conf/p.yaml > o, deps: [conf], params: [conf/p.yaml: [a]], outs: [o]}\n',
    'conf/p.yaml': text,
    '.gitignore': '/cache\n/o\n/conf\n',
  });
  committed(here);
  await here.out(0, 'add', 'conf');
  await here.out(0, 'exp', 'run', 'e', '-S', 'a=2');
  const shown = (await here.json('exp', 'show', 'e')) as readonly { readonly params: object }[];
  assert.deepEqual(shown.at(-1)!.params, { 'conf/p.yaml': { a: 2 } });
  await here.out(0, 'verify');
  assert.equal(here.read('conf/p.yaml'), text);
});

test('show: a table by commit, and the same as CSV, Markdown and JSON', async (t) => {
  const { out, json, git, read } = await project(t);
  const commit = git('rev-parse', '--short', 'HEAD').trim();
  assert.equal(
    await out(0, 'exp', 'show'),
    `experiment  state            lr   acc  deep.loss  note  score  out/s.yaml:extra
main, v1  ${commit}  First
├─ killed   interrupted 1/2   4     -          -  -         -                 -
├─ grid-1   done             10  10.5        -10  n        10                 5
├─ grid-2   done              2   2.5         -2  n         2                 5
└─ grid-3   failed           13     -          -  -         -                 -
`,
  );
  assert.equal(
    await out(0, 'exp', 'show', '--md', '--only', 'lr|acc', 'grid-1', 'killed'),
    `| experiment | state | lr | acc |
| --- | --- | --- | --- |
| grid-1 | done | 10 | 10.5 |
| killed | interrupted | 4 | - |
`,
  );
  assert.equal(
    withoutIds(await out(0, 'exp', 'show', '--csv', 'grid-2', 'grid-3')),
    `name,state,revision,started,lr,model.depth,model.kind,pipeline.yaml:extra,size,acc,deep.loss,note,score,out/s.yaml:extra
grid-2,done,REVISION,TIME,2,2,a,1,2,2.5,-2,n,2,5
grid-3,failed,REVISION,TIME,13,2,a,1,2,,,,,
`,
  );
  assert.deepEqual(await json('exp', 'show', 'grid-2', 'killed'), [
    {
      name: 'grid-2',
      state: 'done',
      params: {
        'params.yaml': { lr: 2, model: { depth: 2, kind: 'a' } },
        'pipeline.yaml': { extra: 1, size: 2 },
      },
      metrics: {
        'metrics.json': { acc: 2.5, deep: { loss: -2 }, note: 'n', list: [1] },
        'more/a.yaml': { score: 2 },
        'out/s.yaml': { extra: 5 },
      },
    },
    {
      name: 'killed',
      state: 'interrupted',
      params: {
        'params.yaml': { lr: 4, model: { depth: 2, kind: 'a' } },
        'pipeline.yaml': { extra: 1, size: 2 },
      },
      metrics: {},
    },
  ]);
  const record = JSON.parse(read('cache/exps/grid-2.json')) as Record<string, unknown>;
  assert.equal(record['revision'], git('rev-parse', 'HEAD').trim());
  assert.deepEqual([record['overlays'], record['targets'], record['group']], [['lr=2'], [], 'grid']);
  assert.ok(!('dirty' in record) && !('runner' in record));
});

test('show: which rows and columns, in which order, and the best one', async (t) => {
  const { out, json, err, write, read, remove, at } = await project(t);
  const rows = async (...args: readonly string[]): Promise<readonly string[]> => {
    const lines = (await out(0, 'exp', 'show', '--md', ...args)).trimEnd().split('\n');
    return lines.filter((_, index) => index !== 1).map((line) => line.slice(2, -2).replaceAll(' | ', ' '));
  };
  assert.deepEqual(await rows('--sort', 'acc', '--only', '^acc$'), [
    'experiment state acc',
    'grid-2 done 2.5',
    'grid-1 done 10.5',
    'killed interrupted -',
    'grid-3 failed -',
  ]);
  assert.deepEqual(
    (await rows('--sort', 'acc:desc')).map((row) => row.split(' ')[0]),
    ['experiment', 'grid-1', 'grid-2', 'killed', 'grid-3'],
  );
  assert.deepEqual(namesIn(await json('exp', 'show', '--sort', 'lr')), [
    'grid-2',
    'killed',
    'grid-1',
    'grid-3',
  ]);
  assert.deepEqual(await rows('--drop', 'deep|note', '--drop', 'score', 'grid-2', 'grid-1'), [
    'experiment lr acc',
    'grid-2 2 2.5',
    'grid-1 10 10.5',
  ]);
  assert.deepEqual(
    (await rows('-a', 'grid-1'))[0],
    'experiment lr model.depth model.kind pipeline.yaml:extra size acc deep.loss note score out/s.yaml:extra',
  );
  assert.deepEqual(
    (await rows('grid-1'))[0],
    'experiment acc deep.loss note score out/s.yaml:extra',
    'one: its metrics',
  );
  assert.equal(await out(0, 'exp', 'show', '--best', 'acc'), 'grid-1  lr=10  acc=10.5\n');
  assert.equal(await out(0, 'exp', 'show', '--best', 'loss'), 'grid-1  lr=10  deep.loss=-10\n');
  assert.equal(await out(0, 'exp', 'show', '--best', 'loss:desc'), 'grid-2  lr=2  deep.loss=-2\n');
  assert.deepEqual(namesIn(await json('exp', 'show', '--best', 'acc:asc')), ['grid-2']);
  assert.equal(await out(0, 'exp', 'show', '--best', 'acc', '-q'), '');
  write('cache/exps/grid-4.json', '{}');
  assert.equal(
    (await at('sub').out(1, 'exp', 'ls', 'grid-1', '--csv')).split('\n').length,
    3,
    'one is damaged',
  );
  assert.match(
    await err(1, 'exp', 'run', 'grid-4', '-S', 'lr=3'),
    /record of the experiment 'grid-4' cannot/,
  );
  assert.equal(read('cache/exps/grid-4.json'), '{}');
  write('cache/exps/new-2.json', '{}');
  assert.match(await err(1, 'exp', 'run', 'new', '-S', 'lr=3,4'), /record of the experiment 'new-2' cannot/);
  remove('cache/exps/new-2.json');
  // Nothing changes where not everything can be restored.
  remove('cache/objects');
  assert.match(await err(1, 'exp', 'apply', 'grid-1'), /the cache does not have 'model\.txt' of 'train'/);
  assert.equal(read('params.yaml'), FILES['params.yaml']);
  const recorded = (await json('results', 'train', '--rev', 'grid-1')) as [{ readonly metrics: object }];
  assert.ok('metrics.json' in recorded[0].metrics, 'a record has its metrics itself');
  write(
    'pipeline.yaml',
    read('pipeline.yaml').replace('train:\n', 'train:\n    resources: {memory: 9000T}\n'),
  );
  assert.match(await err(1, 'exp', 'run', 'big', '--dry'), /asks for \d+ bytes of memory/);
});

test('diff: as a table, as Markdown and JSON, and with the workspace', async (t) => {
  const { out, json, err, remove } = await project(t);
  assert.equal(
    await out(0, 'exp', 'diff', 'grid-1', 'grid-2', '-a'),
    `Path         Param        grid-1  grid-2
params.yaml  lr               10       2
params.yaml  model.depth       2       2
params.yaml  model.kind        a       a

Path          Metric     grid-1  grid-2  Change
metrics.json  acc          10.5     2.5    -8.0
metrics.json  deep.loss     -10      -2       8
metrics.json  note            n       n       -
more/a.yaml   score          10       2      -8
out/s.yaml    extra           5       5       0
report.yaml   all             7       7       0
`,
  );
  assert.equal(
    await out(0, 'exp', 'diff', 'grid-2', 'grid-1', '--md', '--precision', '0'),
    `| Path | Param | grid-2 | grid-1 |
|---|---|--:|--:|
| params.yaml | lr | 2 | 10 |

| Path | Metric | grid-2 | grid-1 | Change |
|---|---|--:|--:|--:|
| metrics.json | acc | 2.0 | 10.0 | 8.0 |
| metrics.json | deep.loss | -2 | -10 | -8 |
| more/a.yaml | score | 2 | 10 | 8 |
`,
  );
  const { params, metrics } = (await json('exp', 'diff', 'grid-1')) as Record<'params' | 'metrics', unknown>;
  assert.deepEqual(params, { 'params.yaml': { lr: { old: 10, new: 1, diff: -9 } } });
  assert.deepEqual(metrics, {
    'metrics.json': {
      acc: { old: 10.5, new: null },
      'deep.loss': { old: -10, new: null },
      note: { old: 'n', new: null },
    },
    'more/a.yaml': { score: { old: 10, new: null } },
    'out/s.yaml': { extra: { old: 5, new: null } },
  });
  assert.match(await err(0, 'exp', 'diff', 'grid-1'), /some metrics could not be read at: workspace/);
  // Outside of git the data of experiments is what their records name.
  remove('.git');
  const { modified, added } = (await json('diff', 'grid-1', 'grid-2')) as Readonly<
    Record<string, readonly { readonly path: unknown; readonly size: unknown }[]>
  >;
  assert.deepEqual(
    [added, modified!.map(({ path, size }) => [path, size])],
    [
      [],
      [
        ['model.txt', { old: 8, new: 7 }],
        ['more/', { old: 12, new: 11 }],
        ['more/a.yaml', { old: 9, new: 8 }],
      ],
    ],
  );
});

test('rename and remove change the records that are meant, and no other', async (t) => {
  const { out, err, path, read, remove } = await project(t);
  const names = (): readonly string[] =>
    readdirSync(path('cache/exps')).filter((name) => name.endsWith('.json'));
  assert.match(await err(1, 'exp', 'rename', 'grid-1', 'grid-2'), /there is an experiment 'grid-2' already/);
  const before = JSON.parse(read('cache/exps/grid-1.json')) as Record<string, unknown>;
  assert.equal(await out(0, 'exp', 'rename', 'grid-1', 'one'), "'grid-1' is called 'one' now.\n");
  const { group: _, ...alone } = before;
  assert.deepEqual(JSON.parse(read('cache/exps/one.json')), { ...alone, name: 'one' });
  assert.deepEqual(names(), ['grid-2.json', 'grid-3.json', 'killed.json', 'one.json']);
  assert.match(await err(1, 'exp', 'remove'), /no experiment to remove is named/);
  assert.match(await err(1, 'exp', 'remove', 'grid-2', 'gird-3'), /did you mean 'grid-3'/);
  // One that runs is none of those that failed, and keeps its record.
  const known = findRecord(path('cache/exps'), 'one')!;
  writeRecord(path('cache/exps'), { ...known, name: 'busy', state: 'running', runner: thisRunner() });
  for (const args of [
    ['rename', 'busy', 'other'],
    ['remove', 'busy'],
    ['remove', '--all'],
  ])
    assert.match(await err(1, 'exp', ...args), /the experiment 'busy' is running/);
  assert.match(await err(1, 'exp', 'push', 'busy'), /'busy' has not ended: it is running/);
  assert.equal(await out(0, 'exp', 'remove', '--failed'), "Removed 'killed'.\nRemoved 'grid-3'.\n");
  assert.ok(names().includes('busy.json'));
  remove('cache/exps/busy.json');
  assert.equal(await out(0, 'exp', 'rm', '--failed'), 'There is nothing to remove.\n');
  assert.equal(await out(0, 'exp', 'remove', 'one', '-q'), '');
  assert.deepEqual(names(), ['grid-2.json']);
  await out(0, 'exp', 'remove', '--all');
  assert.deepEqual(names(), []);
});

test('run: what is asked for, under which names, and what failed again', async (t) => {
  const { out, err, json, write, at, read, git } = await project(t);
  assert.equal(
    await out(0, 'exp', 'run', '--failed', '--dry'),
    'killed  lr=4  (params.yaml)\ngrid-3  lr=13  (params.yaml)\n2 experiments; nothing was run.\n',
  );
  assert.match(await out(0, 'exp', 'run', 'grid', '--failed', '--dry'), /^killed [^]*\n2 experiments/);
  assert.match(await out(0, 'exp', 'run', '-n', 'grid-3', '--failed', '--dry'), /^grid-3 {2}lr=13 .*\n1 exp/);
  assert.equal(
    await out(0, 'exp', 'run', 'grid', '-S', 'lr=2,3', '-S', 'extra=1,1', '--dry'),
    `grid-4  lr=2  extra=1  (params.yaml, pipeline.yaml)\ngrid-5  lr=3  extra=1  (params.yaml, pipeline.yaml)\n2 experiments; nothing was run.\n`,
  );
  const random = async (seed: string): Promise<string> =>
    out(0, 'exp', 'run', 'r', '-S', 'lr=range(100, 1000)', '--random', '3', '--seed', seed, '--dry');
  assert.equal(await random('3'), await random('3'));
  assert.notEqual(await random('3'), await random('4'));
  assert.match(
    await out(0, 'exp', 'run', 'f', '--dry'),
    /^f  as in the files\n1 experiment; nothing was run\.\n$/,
  );
  assert.match(await err(1, 'exp', 'run', 'grid-1', '-S', 'lr=10', '-t', 'prep'), /has other parameters/);
  process.env['BAD'] = '';
  assert.match(await out(0, 'exp', 'run', '--failed', '-j1'), /^\S* ?killed +4 +4\.5 +-4 +4$/m);
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
    '../prep.txt',
    '-q',
  );
  const record = JSON.parse(read('cache/exps/dirty.json')) as Record<string, unknown>;
  assert.deepEqual(
    [record['dirty'], record['targets'], Object.keys(record['stages'] as object)],
    [true, ['../prep.txt'], ['prep']],
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
});

test('a project of DVC in a folder of its repository, its pipeline in a folder below; a run that is stopped', async (t) => {
  const here = makeHere(t, {
    'p/.dvc/config': '',
    'p/sub/dvc.yaml': `stages:
  make:
    cmd: |
      true \\
      cp params.yaml out.txt
      ! grep -q 3 out.txt || { kill -INT ${process.pid}; exec tail -f /dev/null; }
    params: [n]
    outs: [out.txt: {cache: false}]
`,
    'p/sub/params.yaml': 'n: 1\n',
    'p/sub/out.txt': '',
    'above.txt': '',
  });
  const git = gitIn(here);
  git('init', '-q');
  for (const key of ['user.name', 'user.email']) git('config', key, 't');
  git('add', '-A');
  git('commit', '-qm', 'First');
  for (const name of ['above.txt', 'p/sub/out.txt']) here.write(name, 'changed');
  here.write('p/sub/params.yaml', 'n: 2\n');
  const { out } = here.at('p');
  const recordOf = (name: string): Readonly<Record<string, unknown>> =>
    JSON.parse(here.read(`p/.dvc/pipe/exps/${name}.json`)) as Record<string, unknown>;
  assert.match(await out(0, 'exp', 'run', 'whole'), /^warning\[split-command\]: line 1 of the command /);
  const whole = recordOf('whole');
  assert.ok(!('dirty' in whole) && 'changes' in whole, 'what differs is above, a result, and parameters');
  assert.deepEqual(Object.keys(whole['locks'] as object), ['sub/dvc.lock']);
  await out(130, 'exp', 'run', 'stopped', '-S', 'sub/params.yaml:n=3', '-q');
  const stopped = recordOf('stopped');
  assert.ok(stopped['state'] === 'running' && !('ended' in stopped), 'it has not failed');
});

test('outside of git an experiment finds the small files of the project and its links, and no folder of another', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  s: {cmd: mkdir left && cat link params.yaml > o, params: [lr], outs: [o]}
  bad: {cmd: exit 3, outs: [b]}
  own: {cmd: 'echo "lr: 9" > params.yaml; echo > p', params: [lr], outs: [p]}
`,
    'params.yaml': 'lr: 1\n',
    'folder/file': 'text\n',
  });
  symlinkSync('folder/file', here.path('link'));
  const { out } = here;
  await here.out(0, 'exp', 'run', 'two', '-S', 'lr=2,3', '-j1', '-t', 's');
  await here.out(0, 'exp', 'apply', 'two-1');
  assert.equal(here.read('o'), 'text\nlr: 2\n');
  assert.match(
    await out(1, 'exp', 'run', 'self', '-t', 'own'),
    /'own' changed what it reads: 'params\.yaml: lr'/,
  );
  // A stage that they share fails for all of them.
  await here.out(1, 'exp', 'run', 'bad', '-S', 'lr=4,5', '-j2', '-t', 'bad', '-q');
  for (const name of ['bad-1', 'bad-2']) {
    const { state, stages } = findRecord(here.path('cache/exps'), name)!;
    assert.deepEqual([state, [...stages.values()].map((stage) => stage.state)], ['failed', ['failed']]);
  }
});

test('save, apply and branch: what is recorded, placed and committed, and nothing else', async (t) => {
  const { out, err, json, write, read, path, git, remove } = await project(t);
  const base = git('rev-parse', 'HEAD').trim();
  await out(0, 'repro', '-q');
  write('make.sh', `${read('make.sh')}# edited\n`);
  assert.match(await err(1, 'exp', 'save', 'base'), /'train' is not as the lock file records it/);
  git('checkout', '-q', 'make.sh');
  write('report.yaml', 'all: 8\n');
  // The cache has to have what the record names, also where the workspace needs none of it.
  const [, digest] = /path: metrics\.json\n.*\n +sha256: "?(\w+)/.exec(read('pipeline.lock'))!;
  const [, list] = /path: more\n.*\n +sha256: "?([\w.]+)/.exec(read('pipeline.lock'))!;
  for (const one of [digest!, list!]) remove(`cache/objects/sha256/${one.slice(0, 2)}/${one.slice(2)}`);
  assert.equal(await out(0, 'exp', 'save', 'base'), "The workspace is the experiment 'base'.\n");
  assert.equal(statSync(path('metrics.json')).nlink, 1, 'no file of the workspace is an object');
  assert.match(await err(1, 'exp', 'save', 'base'), /there is an experiment 'base' already/);
  await out(0, 'exp', 'save', 'base', '-f', '-q');
  const saved = JSON.parse(read('cache/exps/base.json')) as Record<string, unknown>;
  assert.deepEqual([saved['state'], saved['revision'], saved['dirty']], ['done', base, true]);
  assert.deepEqual(Object.keys(saved['metrics'] as object), ['metrics.json', 'more/a.yaml', 'out/s.yaml']);
  git('checkout', '-q', 'report.yaml');
  // A pipeline file is more than the values that it gives.
  write('pipeline.yaml', `${read('pipeline.yaml')}# note\n`);
  await out(0, 'exp', 'save', 'noted', '-q');
  assert.equal((JSON.parse(read('cache/exps/noted.json')) as Record<string, unknown>)['dirty'], true);
  await out(0, 'exp', 'remove', 'noted', '-q');
  git('checkout', '-q', 'pipeline.yaml');

  // A value that git has and an output that it lacks: only what git lacks is saved.
  const applied = (await json('exp', 'apply', 'grid-1')) as Record<string, unknown>;
  assert.deepEqual(applied, {
    experiment: 'grid-1',
    files: ['params.yaml'],
    outs: ['model.txt', 'metrics.json', 'more'],
    saved: [],
  });
  assert.equal(read('params.yaml'), '# rates\nlr: 10\nmodel: {depth: 2, kind: a}\n');
  assert.deepEqual(
    [read('model.txt'), read('more/a.yaml'), read('raw.csv')],
    ['model 10', 'score: 10', 'a\nb\n'],
  );
  assert.match(await out(0, 'status'), /up to date\. 2 fresh/);
  assert.match(read('pipeline.lock'), /\blr: 10\n/, 'it can be committed at once');
  write('raw.csv', 'c\n');
  const again = await (async () => ({
    out: await out(0, 'exp', 'apply', 'grid-2'),
    err: await err(0, 'exp', 'apply', 'grid-2'),
  }))();
  assert.match(
    again.out,
    /^saved\tparams\.yaml\t`pipe cache restore (\S+) params\.yaml\.saved` brings back what was there\nM\tparams\.yaml\nM\tmodel\.txt\nM\tmetrics\.json\nM\tmore\nThe workspace is 'grid-2' now\.\n$/,
  );
  assert.match(again.err, /'grid-2' was made at \w{7}: stages whose files differ from then run again/);
  assert.equal(read('raw.csv'), 'c\n', 'code stays');
  for (const name of ['grid-3', 'killed'])
    assert.match(await err(1, 'exp', 'apply', name), new RegExp(`'${name}' has no complete result`));
  assert.equal(read('params.yaml'), '# rates\nlr: 2\nmodel: {depth: 2, kind: a}\n');

  // What was saved has its outputs, those too that the cache does not keep for the workspace.
  git('checkout', '-q', 'raw.csv');
  assert.match(
    await err(0, 'exp', 'apply', 'base'),
    /'base' was made at \w{7} with changes that were not committed: stages/,
  );
  assert.match(read('metrics.json'), /"acc": 1\.5/);

  // Of an experiment of an earlier commit, beside entries of other stages, with a mode that git has.
  git('checkout', '-q', '.');
  write('pipeline.lock', read('pipeline.lock').replace('stages:\n', 'stages:\n  other:\n    cmd: echo\n'));
  git('add', '-A');
  git('commit', '-qm', 'Second');
  process.env['BAD'] = '';
  await out(0, 'exp', 'run', 'third', '-S', 'lr=3', '-q');
  await out(0, 'exp', 'run', 'part', '-S', 'lr=3', '-t', 'prep', '-q');
  const [other] = (await json('results', 'train', '--rev', 'part')) as [{ readonly recorded: boolean }];
  assert.equal(other.recorded, false, 'what the commit records is no result of the experiment');
  // What git has of an output is another result.
  const located = (await json('locate', 'metrics.json', '--rev', 'third')) as Readonly<
    Record<string, string>
  >;
  assert.deepEqual(
    [located['source'], /"acc": 3\.5/.test(readFileSync(located['file']!, 'utf8'))],
    ['cache', true],
  );
  write('report.yaml', 'all: 9\n');
  git('commit', '-qam', 'Third');
  const parent = git('rev-parse', 'HEAD~1').trim();
  // What git would make of a file when it is added is another one.
  git('config', 'core.autocrlf', 'input');
  assert.deepEqual(await json('exp', 'branch', 'third', 'wide'), {
    experiment: 'third',
    branch: 'wide',
    commit: git('rev-parse', 'wide').trim(),
    files: ['metrics.json', 'params.yaml', 'pipeline.lock'],
  });
  assert.equal(git('log', '-1', '--format=%P %B', 'wide').trim(), `${parent} Experiment third\n\n-S lr=3`);
  assert.equal(git('diff', '--name-only', parent, 'wide'), 'metrics.json\nparams.yaml\npipeline.lock\n');
  assert.match(git('ls-tree', 'wide', 'params.yaml'), /^100755 /);
  assert.match(git('show', 'wide:pipeline.lock'), /^ {2}other:\n[^]*lr: 3\n/m);
  assert.match(git('show', 'wide:metrics.json'), /"acc": 3\.5.*\r\n$/);
  assert.equal(git('show', 'wide:report.yaml'), 'all: 7\n');
  assert.match(await err(1, 'exp', 'branch', 'third', 'wide'), /git has a branch 'wide' already/);
  assert.match(await err(0, 'exp', 'branch', 'base'), /'base' was made with changes of code that were not/);
  assert.equal(await err(0, 'exp', 'branch', 'third'), '');
  assert.ok((statSync(path('params.yaml')).mode & 0o100) !== 0);
});

test('push and pull: all that have ended, or those that are named, and the numbers of both', async (t) => {
  const { out, err, json, path, write, read, remove } = await project(t);
  await out(0, 'remote', 'add', '-d', 'shared', path('remote'));
  await out(0, 'remote', 'add', 'other', path('other'));
  await out(0, 'remote', 'add', 'third', path('third'));
  const declared = 'outs: [model.txt: {push: false}, out: {remote: third}]';
  write('pipeline.yaml', read('pipeline.yaml').replace('outs: [model.txt, out]', declared));
  assert.match(await err(1, 'exp', 'push', 'killed'), /'killed' has not ended: it is interrupted/);
  // What each of several lock files records is pushed.
  const record = JSON.parse(read('cache/exps/grid-1.json')) as { locks: Record<string, string[]> };
  const lines = record.locks['pipeline.lock']!;
  const second = lines.findIndex((line, at) => at > 2 && /^ {2}\w/.test(line));
  record.locks = {
    'pipeline.lock': lines.toSpliced(2, second - 2),
    'sub/pipeline.lock': lines.slice(0, second),
  };
  write('cache/exps/grid-1.json', `${JSON.stringify(record, null, 2)}\n`);
  const first = (await json('exp', 'push', 'grid-1')) as Record<string, unknown>;
  assert.deepEqual([first['remote'], first['pushed'], first['present']], ['shared', ['grid-1'], []]);
  const has = (remote: string, text: string): boolean =>
    globSync(`${remote}/objects/sha256/*/*`, { cwd: path('.') }).some((name) => read(name) === text);
  assert.deepEqual(
    ['remote', 'third'].map((remote) => ['a\nb\n', 'model 10', 'extra: 5'].map((text) => has(remote, text))),
    [
      [true, false, false],
      [false, false, true],
    ],
  );
  const pushed = (await json('exp', 'push')) as Record<string, unknown>;
  assert.deepEqual([pushed['pushed'], pushed['present']], [['grid-2', 'grid-3'], ['grid-1']]);
  assert.match(
    await out(0, 'exp', 'push', '-r', 'other', 'grid-2'),
    /^other: Pushed 1 experiment with \d objects \(\d+ B\); 0 were there already\.\n$/,
  );
  assert.deepEqual(readdirSync(path('other/exps')), ['grid-2.json']);
  remove('cache/exps/grid-2.json');
  write('cache/exps/grid-1.json', read('cache/exps/grid-1.json').replaceAll('10', '77'));
  const mine = read('cache/exps/grid-1.json');
  assert.match(await err(1, 'exp', 'pull'), /'grid-1'/);
  assert.equal(read('cache/exps/grid-1.json'), mine, 'another one of the name stays');
  assert.ok(existsSync(path('cache/exps/grid-2.json')));
  const pulled = (await json('exp', 'pull', 'grid-1', '--force')) as Record<string, unknown>;
  assert.deepEqual([pulled['fetched'], pulled['present']], [['grid-1'], []]);
  assert.match(read('cache/exps/grid-1.json'), /"lr": 10\b/);
});

test('run: again, what failed keeps its targets, and what an earlier run made stays in the record until it is replaced', async (t) => {
  const { out, err, read, write } = await project(t);
  type Kept = Readonly<Record<'state' | 'targets' | 'metrics' | 'stages', unknown>> & {
    readonly locks: Readonly<Record<string, string>>;
  };
  const recordOf = (name: string): Kept => JSON.parse(read(`cache/exps/${name}.json`)) as Kept;
  const { metrics } = recordOf('grid-2');
  write('make.sh', `${read('make.sh')}# edited\n`);
  process.env['BAD'] = '2';
  process.env['END'] = `kill -INT ${process.pid}; exec tail -f /dev/null`;
  await out(130, 'exp', 'run', 'grid-2', '-S', 'lr=2', '--force', '-q');
  const stopped = recordOf('grid-2');
  assert.deepEqual([stopped.state, stopped.metrics], ['running', metrics]);
  assert.match(JSON.stringify(stopped.locks), /model\.txt/);
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
  // What cannot be read is not taken for nothing.
  write('cache/exps/grid-1.json', '{');
  assert.match(await err(1, 'exp', 'run', 'grid-1', '-S', 'lr=10', '--force'), /'grid-1'/);
  assert.equal(read('cache/exps/grid-1.json'), '{');
});

test('in a project of DVC no experiment writes outside of it, and apply replaces no output that git tracks', async (t) => {
  const outside = makeHere(t, {});
  const { out, err, root, read, write } = makeHere(t, {
    '.dvc/config': '',
    'dvc.yaml': `stages:
  make: {cmd: cp params.yaml out.txt, params: [n], outs: [out.txt]}
  far: {cmd: cp params.yaml ${outside.path('far')}, params: [n], outs: [${outside.path('far')}]}
`,
    'params.yaml': 'n: 1\n',
  });
  const git = gitIn({ root });
  git('init', '-q');
  for (const key of ['user.name', 'user.email']) git('config', key, 't');
  git('add', '-A');
  git('commit', '-qm', 'First');
  assert.match(
    await out(1, 'exp', 'run', 'three', '-S', 'n=3', '-t', 'far'),
    /outside of the project, where all/,
  );
  assert.ok(!existsSync(outside.path('far')));
  await out(0, 'exp', 'run', 'two', '-S', 'n=2', '-t', 'make', '-q');
  write('out.txt', 'mine');
  git('add', '-f', 'out.txt');
  assert.match(await err(1, 'exp', 'apply', 'two'), /out\.txt/);
  assert.equal(read('out.txt'), 'mine');
  git('rm', '-q', '--cached', 'out.txt');
  await out(0, 'exp', 'apply', 'two', '-q');
  assert.deepEqual([read('out.txt'), read('.gitignore')], ['n: 2\n', '/out.txt\n']);
});
