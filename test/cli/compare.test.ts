// What `pipe metrics` and `params` print of two commits and the workspace, option by option.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeHere } from './here.ts';
import { project } from './compare-project.ts';
import { gitIn } from '../git.ts';

test('metrics show: the workspace, revisions, branches, tags and commits, in each format', async (t) => {
  const { out, json, at } = await project(t);
  assert.equal(
    await out(0, 'metrics', 'show'),
    `Path         acc   all  loss
m-2-0.json    20     -  2.25
m-2-1.json    21     -  2.25
m-3-0.json    30     -  3.25
m-3-1.json    31     -  3.25
report.json    -  0.25     -
`,
  );
  const values = await json('metrics', 'show', 'm-2-0.json', 'report.json');
  assert.deepEqual(values, {
    '': {
      data: {
        'm-2-0.json': { data: { loss: 2.25, acc: 20 } },
        'report.json': { data: { all: 0.25 } },
      },
    },
  });
  assert.equal(
    await out(
      0,
      'metrics',
      'show',
      '--csv',
      '--precision',
      '2',
      'report.json',
      '--rev',
      'v1',
      '--rev',
      'HEAD',
    ),
    'Revision,Path,all,deep.a,deep.c\nv1,report.json,0.12,1,t\nHEAD,report.json,0.5,3,u\n',
  );
  assert.equal(
    await out(0, 'metrics', 'show', '-a', 'report.json'),
    `Revision   Path             all  deep.a  deep.c
workspace  report.json     0.25       -       -
main       report.json      0.5       3       u
other      report.json  0.12346       1       t
`,
  );
  assert.equal(
    await out(0, 'metrics', 'show', '-T', '--md', 'report.json'),
    `| Revision | Path | all | deep.a | deep.c |
|---|---|--:|--:|--:|
| workspace | report.json | 0.25 | - | - |
| v1 | report.json | 0.12346 | 1 | t |
`,
  );
  const named = (await json('metrics', 'show', '--rev', 'v1', '-a', 'report.json')) as object;
  assert.deepEqual(Object.keys(named), ['v1', 'main', 'other'], 'in place of the workspace');
  const commits = (await json('metrics', 'show', '-A', 'report.json')) as Record<string, unknown>;
  assert.deepEqual(Object.values(commits), [
    { data: { 'report.json': { data: { all: 0.25 } } } },
    { data: { 'report.json': { data: { all: 0.5, deep: { a: 3, c: 'u' } } } } },
    { data: { 'report.json': { data: { all: 0.123456789, deep: { a: 1, c: 't' } } } } },
  ]);
  assert.equal(
    await at('sub').out(0, 'metrics', 'show', '../report.json'),
    'Path             all\n../report.json  0.25\n',
  );
  assert.equal(await out(0, 'metrics', 'show', '-q'), '');
  const { stdout, stderr } = await (
    await project(t)
  ).both(0, 'metrics', 'show', 'none.json', 'report.json', 'gone.json', '--json');
  assert.deepEqual((JSON.parse(stdout) as typeof commits)[''], {
    data: {
      'none.json': {
        error: { type: 'FileNotFoundError', msg: "[Errno 2] No such file or directory: 'none.json'" },
      },
      'report.json': { data: { all: 0.25 } },
      'gone.json': {
        error: { type: 'FileNotFoundError', msg: "[Errno 2] No such file or directory: 'gone.json'" },
      },
    },
  });
  assert.match(
    stderr,
    /no file 'none\.json'[^]*no file 'gone\.json'[^]*some metrics could not be read at: workspace/,
  );
});

test('metrics diff and params diff: what differs, all, without paths, of some files', async (t) => {
  const { at, out, json } = await project(t);
  assert.equal(
    await out(0, 'metrics', 'diff'),
    `Path         Metric  HEAD  workspace  Change
report.json  all      0.5       0.25   -0.25
report.json  deep.a     3          -       -
report.json  deep.c     u          -       -
`,
  );
  assert.equal(
    await out(0, 'metrics', 'diff', 'v1', 'HEAD', '--targets', 'report.json', 'm-3-0.json'),
    `Path         Metric       v1  HEAD   Change
report.json  all     0.12346   0.5  0.37654
report.json  deep.a        1     3        2
report.json  deep.c        t     u        -
m-3-0.json   acc           -    30        -
m-3-0.json   loss          -  3.25        -
`,
  );
  assert.deepEqual(await json('metrics', 'diff', 'v1', 'HEAD', '--targets', 'report.json'), {
    'report.json': {
      all: { old: 0.123456789, new: 0.5, diff: 0.376543211 },
      'deep.a': { old: 1, new: 3, diff: 2 },
      'deep.c': { old: 't', new: 'u' },
    },
  });
  const sub = at('sub');
  const paths = async (...args: readonly string[]): Promise<readonly string[]> =>
    Object.keys((await sub.json(...args)) as object);
  assert.deepEqual(await paths('metrics', 'diff', 'v1', 'HEAD', '--targets', '../report.json'), [
    '../report.json',
  ]);
  assert.deepEqual(await paths('params', 'diff', 'v1', 'HEAD', '--targets', '../params.yaml'), [
    '../params.yaml',
  ]);
  assert.match(await sub.out(0, 'metrics', 'show', '../report.json'), /^\.\.\/report\.json /m);
  assert.deepEqual(await json('metrics', 'diff', 'v1', 'HEAD', '--all', '--targets', 'm-2-0.json'), {
    'm-2-0.json': { loss: { old: 2.25, new: 2.25, diff: 0 }, acc: { old: 20, new: 20, diff: 0 } },
  });
  const flags = ['--all', '--no-path', '--targets', 'report.json', '--precision', '2', '--csv'];
  assert.equal(
    await out(0, 'metrics', 'diff', 'v1', ...flags),
    'Metric,v1,workspace,Change\nall,0.12,0.25,0.13\ndeep.a,1,-,-\ndeep.c,t,-,-\n',
  );
  assert.equal(await out(0, 'metrics', 'diff', 'HEAD', 'HEAD'), 'No metric differs.\n');
  assert.equal(
    await out(0, 'params', 'diff'),
    'Path         Param  HEAD  workspace\nparams.yaml  size      2          3\n',
  );
  assert.equal(
    await out(0, 'params', 'diff', 'v1', 'HEAD', '--md'),
    `| Path | Param | v1 | HEAD |
|---|---|--:|--:|
| params.yaml | added | - | true |
| params.yaml | size | 1 | 2 |
| params.yaml | unused.deep | 0.5 | - |
`,
  );
  assert.deepEqual(await json('params', 'diff', 'v1', 'HEAD', '--deps'), {
    'params.yaml': { size: { old: 1, new: 2, diff: 1 } },
  });
  assert.equal(
    await out(0, 'params', 'diff', 'v1', 'HEAD', '--targets', 'more.yaml', '--all'),
    'Path       Param      v1    HEAD\nmore.yaml  m      [1, 2]  [1, 2]\n',
  );
});

test('metrics of a matrix: in order, the best, and means over an axis', async (t) => {
  const { out, json, err, both, write } = await project(t);
  assert.equal(
    await out(0, 'metrics', 'show', 'train'),
    'lr  seed  loss  acc\n2   0     2.25   20\n2   1     2.25   21\n3   0     3.25   30\n3   1     3.25   31\n',
  );
  assert.equal(
    await out(0, 'metrics', 'show', 'train', '--sort', 'acc:desc', '--csv', '--rev', 'v1', '--rev', 'HEAD'),
    `Revision,lr,seed,loss,acc
HEAD,3,1,3.25,31
HEAD,3,0,3.25,30
v1,2,1,2.25,21
HEAD,2,1,2.25,21
v1,2,0,2.25,20
HEAD,2,0,2.25,20
v1,1,1,1.25,11
v1,1,0,1.25,10
`,
  );
  const best = (...args: readonly string[]): Promise<string> =>
    out(0, 'metrics', 'show', 'train', '--best', ...args);
  assert.equal(
    await best('acc', '--rev', 'v1', '--rev', 'workspace'),
    'workspace  train@3-1  lr=3  seed=1  acc=31\n',
  );
  assert.equal(await best('acc', '--over', 'seed'), 'lr=3  acc=30.5 ± 0.70711 (n=2)\n', 'the best mean');
  assert.match(
    await out(0, 'metrics', 'show', 'train', '--sort', 'acc'),
    /^.*\n2 +0 [^]*^3 +1 /m,
    'from the smallest, whatever is better',
  );
  assert.match(
    await out(0, 'metrics', 'show', 'train', '--over', 'seed', '--sort', 'acc'),
    /^.*\n2 [^]*^3 /m,
    'means, too',
  );
  assert.equal(await best('acc:asc'), 'train@2-0  lr=2  seed=0  acc=20\n');
  assert.equal(await best('acc:asc', '--csv'), 'lr,seed,loss,acc\n2,0,2.25,20\n');
  assert.equal(await best('loss:desc', '--rev', 'v1'), 'train@2-0  lr=2  seed=0  loss=2.25\n');
  assert.deepEqual(await json('metrics', 'show', 'train', '--best', 'loss'), [
    { revision: 'workspace', stage: 'train@2-0', axes: { lr: 2, seed: 0 }, metrics: { loss: 2.25, acc: 20 } },
  ]);
  assert.equal(
    await out(0, 'metrics', 'show', '--over', 'seed', '--sort', 'loss', '--precision', '2'),
    'lr              loss                acc\n2   2.25 ± 0.0 (n=2)  20.5 ± 0.71 (n=2)\n3   3.25 ± 0.0 (n=2)  30.5 ± 0.71 (n=2)\n',
  );
  assert.deepEqual(
    ((await json('metrics', 'show', '--over', 'seed', '--over', 'lr', '--rev', 'v1')) as object[])[0],
    {
      revision: 'v1',
      axes: {},
      metrics: {
        loss: { mean: 1.75, std: Math.sqrt(1 / 3), n: 4 },
        acc: { mean: 15.5, std: Math.sqrt(101 / 3), n: 4 },
      },
    },
  );
  write('m-3-0.json', '{');
  const { stdout, stderr } = await both(0, 'metrics', 'show', 'train', '--sort', 'acc:desc');
  assert.match(stdout, /^3 +1 [^]*^2 +1 [^]*^2 +0 [^]*^3 +0 /m);
  assert.match(stderr, /m-3-0\.json/, 'what cannot be read is said');
  assert.match(
    await err(0, 'metrics', 'diff'),
    /m-3-0\.json[^]*some metrics could not be read at: workspace/,
  );
  for (const name of ['2-0', '2-1', '3-0', '3-1']) write(`m-${name}.json`, '{"note": "n"}');
  assert.match(
    await err(1, 'metrics', 'show', 'train', '--best', 'note'),
    /no stage has a number for 'note'/,
  );
});

test('a metric of a member that several of its files have keeps the values of all', async (t) => {
  const { json } = makeHere(t, {
    'pipeline.yaml':
      'stages:\n  s:\n    foreach: [a]\n    do: {cmd: x, metrics: [one.json, two.json, d/two.json, e/two.json, n, d/n]}\n',
    'one.json': '{"loss": 1}',
    'two.json': '{"loss": 2}',
    'd/two.json': '{"loss": 3}',
    'e/two.json': '{"loss": 4, "acc": 5}',
    n: '6',
    'd/n': '7',
  });
  const [row] = (await json('metrics', 'show', 's')) as [{ readonly metrics: unknown }];
  assert.deepEqual(row.metrics, {
    loss: 1,
    'two.json:loss': 2,
    'd/two.json:loss': 3,
    'e/two.json:loss': 4,
    acc: 5,
    n: 6,
    'd/n': 7,
  });
});

test('params diff: a file that a stage declares whole is compared whole, others by the keys of all stages', async (t) => {
  const { root, write, json } = makeHere(t, {
    'pipeline.yaml': `stages:
  a: {cmd: 'a \${used}', params: [whole.yaml: null, keys.yaml: [in.b]]}
  b: {cmd: b, params: [whole.yaml: [x], keys.yaml: [in.c]]}
`,
    'whole.yaml': 'x: 1\ny: 1\n',
    'keys.yaml': 'in: {b: 1, c: 1, d: 1}\n',
    'params.yaml': 'used: 1\nother: 1\n',
  });
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'First');
  write('whole.yaml', 'x: 2\ny: 2\n');
  write('keys.yaml', 'in: {b: 2, c: 2, d: 2}\n');
  write('params.yaml', 'used: 1\nother: 2\n');
  const change = { old: 1, new: 2, diff: 1 };
  assert.deepEqual(await json('params', 'diff'), {
    'whole.yaml': { x: change, y: change },
    'keys.yaml': { 'in.b': change, 'in.c': change },
    'params.yaml': { other: change },
  });
});

test('the metrics of a group: a file that is one number has its own name, equal names have those of their files', async (t) => {
  const { out } = makeHere(t, {
    'pipeline.yaml': `stages:
  f:
    foreach: [1, 2]
    do:
      cmd: mkdir -p m\${item} && cd m\${item} && echo \${item} > n.json && echo {\\"k\\":3} > b.json && echo {\\"k\\":\${item}} > c.json
      metrics: ['m\${item}/n.json', 'm\${item}/b.json', 'm\${item}/c.json']
`,
  });
  await out(0, 'repro', '-q');
  assert.equal(await out(0, 'metrics', 'show', 'f', '--csv'), 'item,n.json,k,c.json:k\n1,1,3,1\n2,2,3,2\n');
});

test('beside branches the workspace is shown where it differs from the one that is checked out', async (t) => {
  const { root, write, out, json } = makeHere(t, {
    'pipeline.yaml': 'metrics: [m.json]\n',
    'm.json': '{"a": 1}',
  });
  const git = gitIn(root);
  git('init', '-q', '-b', 'a');
  git('add', '-A');
  git('commit', '-qm', 'First');
  git('checkout', '-q', '-b', 'b');
  write('m.json', '{"a": 2}');
  git('commit', '-qam', 'Second');
  const shown = async (): Promise<readonly string[]> =>
    Object.keys((await json('metrics', 'show', '--all-branches')) as object);
  assert.deepEqual(await shown(), ['a', 'b']);
  write('m.json', '{"a": 1}');
  assert.deepEqual(await shown(), ['workspace', 'a', 'b']);
  // One that is named is shown by its name.
  assert.match(await out(0, 'metrics', 'show', '--rev', 'b'), /^Revision .*\nb .* 2\n$/);
  assert.match(await out(0, 'metrics', 'show'), /^Path .*\nm\.json .* 1\n$/);
});

test('parameters that an experiment does not record are those of its commit', async (t) => {
  const { root, write, out, json } = makeHere(t, {
    'pipeline.yaml':
      'params: [more.yaml]\nstages: {s: {cmd: "echo ${lr} > o; echo ${lr} > m", outs: [o], metrics: [m]}}\nmetrics: [n]\n',
    n: '3',
    'params.yaml': 'lr: 1\n',
    'more.yaml': 'm: 1\n',
    '.gitignore': '/cache\n/o\n/m\n',
  });
  const git = gitIn(root);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'First');
  await out(0, 'exp', 'run', 'e', '-S', 'lr=2', '-q');
  write('more.yaml', 'm: 5\n');
  assert.deepEqual(await json('params', 'diff', 'e', 'workspace'), {
    'params.yaml': { lr: { old: 2, new: 1, diff: -1 } },
    'more.yaml': { m: { old: 1, new: 5, diff: 4 } },
  });
  const files = async (...targets: readonly string[]): Promise<readonly string[]> =>
    Object.keys((await json('metrics', 'diff', 'e', 'HEAD', '--all', ...targets)) as object).sort();
  assert.deepEqual([await files(), await files('--targets', 'n')], [['m', 'n'], ['n']]);
});

testInWhole(
  'metrics --pull asks the remote of each output, and names each that it does not have',
  async (t) => {
    const { both, json, out, remove, root } = makeHere(t, {
      'pipeline.yaml': `stages:
  s:
    cmd: 'for name in a b c d; do echo "{\\"v\\": \\"$name\\"}" > $name.json; done'
    metrics: [a.json, b.json, {c.json: {remote: far}}, {d.json: {remote: far}}]
config: {remotes: {near: {url: near}, far: {url: far}}, remote: near}
`,
      '.gitignore': '/cache\n/near\n/far\n/*.json\n',
    });
    const git = gitIn(root);
    git('init', '-q', '-b', 'main');
    await out(0, 'repro', '-q');
    await out(0, 'push', '-q');
    git('add', '-A');
    git('commit', '-qm', 'One');
    remove('cache/objects');
    const shown = {
      HEAD: {
        data: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.json`, { data: { v: name } }])),
      },
    };
    assert.partialDeepStrictEqual(
      await json('metrics', 'show', '--rev', 'HEAD', '--pull', '-r', 'near'),
      shown,
    );
    for (const name of ['cache/objects', 'near/objects', 'far/objects']) remove(name);
    const { stderr } = await both(0, 'metrics', 'show', '--rev', 'HEAD', '--pull', '--json');
    assert.deepEqual(
      [...stderr.matchAll(/the remote '(\w+)' [^\n]*?'(\w)\.json'/g)].map(([, remote, name]) => [
        remote,
        name,
      ]),
      [
        ['near', 'a'],
        ['near', 'b'],
        ['far', 'c'],
        ['far', 'd'],
      ],
      stderr,
    );
  },
);
