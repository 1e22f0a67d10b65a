// Experiments of other projects: parts of mappings, large files, of DVC, outside of git.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { findRecord } from '../../src/experiment/experiment.ts';
import { makeHere } from './here.ts';
import { gitIn, committed } from './experiments-project.ts';

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
  const git = committed(here);
  await here.out(0, 'exp', 'run', 'e', '-S', 'm.a=5', '-S', 'm.in.y=7');
  const shown = (await here.json('exp', 'show', 'e')) as readonly { readonly params: object }[];
  assert.deepEqual(shown.at(-1)!.params, { 'pipeline.yaml': { m: { a: 5, in: { x: 1, y: 7 }, b: 2 } } });
  await here.out(0, 'exp', 'branch', 'e', 'b');
  await here.out(0, 'exp', 'apply', 'e');
  const edited = /- m: \{a: 5, in: \{x: 1\}\}\n {2}- m: \{b: 2, in: \{y: 7\}\}\n/;
  for (const text of [here.read('pipeline.yaml'), git('show', 'b:pipeline.yaml')]) assert.match(text, edited);
  assert.equal(here.read('o'), '5 2 1 7\n');
});

test('two links of a folder that is read lead to data that git does not have', async (t) => {
  const large = 'first\n'.repeat(1 << 15);
  const here = makeHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: cat links/* > o, deps: [links], params: [lr], outs: [o]}\n',
    'params.yaml': 'lr: 1\n',
    'far/one': large,
    'far/two': 'second\n',
    'links/.gitkeep': '',
    '.gitignore': '/cache\n/o\n/far\n',
  });
  for (const name of ['one', 'two']) symlinkSync(`../far/${name}`, here.path(`links/${name}`));
  committed(here);
  await here.out(0, 'exp', 'run', 'e', '-S', 'lr=2', '-q');
  await here.out(0, 'exp', 'apply', 'e', '-q');
  assert.equal(here.read('o'), `${large}second\n`);
});

for (const place of ['in git', 'outside of git'])
  test(`metrics of an experiment are those of the members that it had, ${place}`, async (t) => {
    const here = makeHere(t, {
      'pipeline.yaml': `vars: [{folds: [1], unused: 3, grid: {a: 1, b: 2}}]
stages:
  f:
    matrix: {fold: '\${folds}'}
    cmd: 'echo "n: \${item.fold}" > f-\${item.fold}.yaml'
    params: [extra.yaml: [k]]
    metrics: ['f-\${item.fold}.yaml']
  g:
    foreach: \${grid}
    do: {cmd: 'echo "n: \${item}" > g-\${key}.yaml', metrics: ['g-\${key}.yaml']}
`,
      'extra.yaml': 'k: 1\n',
      '.gitignore': '/cache\n/extra.yaml\n',
    });
    if (place === 'in git') committed(here);
    await here.out(0, 'exp', 'run', 'e', '-S', 'folds=[1, 2]', '-S', '~grid.b', '-S', '~unused', '-q');
    const shown = (await here.json('metrics', 'show', '--rev', 'e')) as Record<'e', { data: object }>;
    assert.deepEqual(shown.e.data, {
      'f-1.yaml': { data: { n: 1 } },
      'f-2.yaml': { data: { n: 2 } },
      'g-a.yaml': { data: { n: 1 } },
    });
    const table = async (group: string): Promise<string> =>
      here.out(0, 'metrics', 'show', group, '--rev', 'e', '--csv');
    assert.deepEqual([await table('f'), await table('g')], ['fold,n\n1,1\n2,2\n', 'item,n\n1,1\n']);
    await here.out(0, 'exp', 'apply', 'e', '-q');
    assert.match(here.read('pipeline.yaml'), /^vars: \[\{folds: \[1, 2\], grid: \{a: 1\}\}\]\n/);
  });

test('what a submodule has is there, too', async (t) => {
  const other = makeHere(t, { 'code/run.sh': 'echo of the submodule\n' });
  committed(other);
  const here = makeHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: sh sub/code/run.sh > o, params: [lr], outs: [o]}\n',
    'params.yaml': 'lr: 1\n',
    '.gitignore': '/cache\n/o\n',
  });
  const git = committed(here);
  git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other.root, 'sub');
  git('commit', '-qm', 'Second');
  await here.out(0, 'exp', 'run', 'e', '-S', 'lr=2', '-q');
  await here.out(0, 'exp', 'apply', 'e', '-q');
  assert.equal(here.read('o'), 'of the submodule\n');
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
  assert.match(await out(0, 'history'), / sub\/dvc\.yaml:make /, 'the address is that of the pipeline');
  const { files } = (await here.at('p').json('exp', 'branch', 'whole', 'made')) as { readonly files: object };
  assert.deepEqual(files, ['sub/dvc.lock', 'sub/out.txt', 'sub/params.yaml']);
  await out(130, 'exp', 'run', 'stopped', '-S', 'sub/params.yaml:n=3', '-q');
  const stopped = recordOf('stopped');
  assert.ok(stopped['state'] === 'running' && !('ended' in stopped), 'it has not failed');
});

test('outside of git an experiment finds the small files of the project and its links, and no folder of another', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  s: {cmd: mkdir left && cat link again > o, params: [lr], outs: [o]}
  at: {cmd: cp ../params.yaml ../at, wdir: none, params: [../params.yaml: [lr]], outs: [../at]}
  one: {cmd: cp params.yaml one; cp params.yaml two, params: [lr], outs: [one]}
  two: {cmd: cp params.yaml one; cp params.yaml two, params: [lr], outs: [two: {cache: false}]}
  bad: {cmd: exit 3, outs: [b]}
  next: {cmd: cat b > n, deps: [b], outs: [n]}
  odd: {cmd: "echo ': [' > odd.yaml && echo 'a: 1' > m.yaml", params: [lr], metrics: [odd.yaml, m.yaml]}
  own: {cmd: 'echo "lr: 9" > params.yaml; echo > p', params: [lr], outs: [p]}
`,
    'params.yaml': 'lr: 1\n',
    'folder/file': 'text\n',
  });
  symlinkSync('folder/file', here.path('link'));
  // It leads to what the experiment has there.
  symlinkSync('params.yaml', here.path('again'));
  mkdirSync(here.path('none'));
  const { out } = here;
  await here.out(0, 'exp', 'run', 'two', '-S', 'lr=2,3', '-j1', '-t', 's');
  await here.out(0, 'exp', 'apply', 'two-1');
  assert.equal(here.read('o'), 'text\nlr: 2\n');
  assert.match(await here.err(1, 'exp', 'branch', 'two-1'), /'two-1' was made outside of git/);
  // Stages that read the same have results of their own, which are known the next time.
  const twins = ['exp', 'run', 'twins', '-S', 'lr=6', '-t', 'one', '-t', 'two', '-t', 'at', '-j1', '-q'];
  for (const state of ['ran', 'known']) {
    await out(0, ...twins);
    const { stages } = findRecord(here.path('cache/exps'), 'twins')!;
    assert.deepEqual(
      [...stages.values()].map((stage) => stage.state),
      [state, state, state],
    );
  }
  await out(0, 'exp', 'apply', 'twins', '-q');
  for (const name of ['one', 'two', 'at']) assert.equal(here.read(name), 'lr: 6\n');
  here.write('params.yaml', 'lr: 1\n');
  assert.match(
    await out(1, 'exp', 'run', 'self', '-t', 'own'),
    /'own' changed what it reads: 'params\.yaml: lr'/,
  );
  // A result whose metrics are none is one all the same.
  await here.out(0, 'exp', 'run', 'odd', '-S', 'lr=7', '-t', 'odd', '-q');
  const { state, metrics } = findRecord(here.path('cache/exps'), 'odd')!;
  assert.deepEqual([state, [...metrics.keys()]], ['done', ['m.yaml']]);
  // A stage that they share fails for all of them.
  await here.out(1, 'exp', 'run', 'bad', '-S', 'lr=4,5', '-j2', '-t', 'next', '-q');
  for (const name of ['bad-1', 'bad-2']) {
    const { state, stages } = findRecord(here.path('cache/exps'), name)!;
    assert.deepEqual(
      [state, [...stages.values()].map((stage) => stage.state)],
      ['failed', ['failed', 'skipped']],
    );
  }
});

test('in a project of DVC no experiment writes outside of it, and apply replaces no output that git tracks', async (t) => {
  const outside = makeHere(t, {});
  const { out, err, root, read, write } = makeHere(t, {
    '.dvc/config': '[core]\n    autostage = true\n',
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
  assert.deepEqual([read('out.txt'), read('params.yaml')], ['mine', 'n: 1\n']);
  git('rm', '-q', '--cached', 'out.txt');
  await out(0, 'exp', 'apply', 'two', '-q');
  assert.deepEqual([read('out.txt'), read('.gitignore')], ['n: 2\n', '/out.txt\n']);
  assert.equal(git('diff', '--cached', '--name-only'), '.gitignore\ndvc.lock\n');
});

test('what one stage broke is whole for the next in the same folder, where folders without files are, too', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  bad: {cmd: echo x > code.yaml; rm gone.yaml; exit 1, deps: [code.yaml, gone.yaml], params: [lr], outs: [o]}
  good:
    cmd: 'test -d data/none && test -s large && cat code.yaml gone.yaml node_modules/tool/c > m.yaml && stat -c "%n: %a" ro data/g >> m.yaml'
    deps: [code.yaml, gone.yaml, ro, data]
    params: [lr]
    metrics: [m.yaml]
`,
    'params.yaml': 'lr: 1\n',
    'code.yaml': 'a: 1\n',
    'gone.yaml': 'b: 2\n',
    ro: '',
    large: 'large\n'.repeat(50_000),
    'data/f': '',
    '.gitignore': '/cache\n/o\n/m.yaml\n/node_modules\n',
    'node_modules/tool/c': 'c: 3\n',
  });
  committed(here);
  here.write('data/g', '');
  for (const path of ['ro', 'data/g']) chmodSync(here.path(path), 0o444);
  mkdirSync(here.path('data/none'));
  await here.err(1, 'exp', 'run', 'e', '-S', 'lr=2', '-j', '1');
  const shown = (await here.json('exp', 'show', 'e')) as readonly { readonly metrics: object }[];
  assert.deepEqual(shown.at(-1)!.metrics, { 'm.yaml': { a: 1, b: 2, c: 3, ro: 644, 'data/g': 644 } });
});

test('what a frozen stage made is taken from the cache where the workspace has lost it', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  g: {cmd: echo 0 > g, outs: [g]}
  f: {cmd: echo 1 > a && echo 2 > b, deps: [g], outs: [a, b]}
  s: {cmd: cat a b params.yaml > o, deps: [a, b], params: [lr], outs: [o]}
`,
    'params.yaml': 'lr: 1\n',
  });
  await here.out(0, 'repro', '-q');
  await here.out(0, 'freeze', 'f', '-q');
  here.remove('b');
  await here.out(0, 'exp', 'run', 'e', '-S', 'lr=2', '-q');
  await here.out(0, 'exp', 'apply', 'e', '-q');
  assert.equal(here.read('o'), '1\n2\nlr: 2\n');
  // Or from the workspace, where the cache has lost it; what it was made of is not asked for.
  here.remove('cache/objects');
  await here.out(0, 'exp', 'run', 'kept', '-S', 'lr=4', '-t', 's', '-q');
  assert.deepEqual([...findRecord(here.path('cache/exps'), 'kept')!.stages.keys()], ['f', 's']);
  await here.out(0, 'exp', 'apply', 'kept', '-q');
  assert.equal(here.read('o'), '1\n2\nlr: 4\n');
  here.remove('b');
  here.remove('cache/objects');
  assert.match(
    await here.out(1, 'exp', 'run', 'lost', '-S', 'lr=3'),
    /'b' of 'f' is missing, and a frozen stage never runs/,
  );
});

test('an experiment has of git only what none of its stages makes, whatever the names', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages:
  s:
    cmd: 'mkdir -p made all && echo "v: \${lr}" | tee made/\${lr}.yaml > all/m.yaml && printf "x,y\\n0,\${lr}\\n" > mäde.csv'
    params: [lr]
    outs: [all/m.yaml]
    metrics: [{made: {cache: false}}]
    plots: [{mäde.csv: {cache: false}}]
plots:
  - both: {y: {kept/grün.csv: y, mäde.csv: y}}
metrics: [given.yaml, all]
`,
    'params.yaml': 'lr: 1\n',
    'kept/grün.csv': 'x,y\n0,7\n',
    'given.yaml': 'g: 3\n',
    'beside/in/a.csv': 'x,y\n0,8\n',
    'beside/b.csv': 'x,y\n0,9\n',
    '.gitignore': '/cache\n',
  });
  await here.out(0, 'repro', '-q');
  committed(here);
  await here.out(0, 'exp', 'run', 'e', '-S', 'lr=2', '-q');
  for (const name of ['made', 'kept', 'beside', 'mäde.csv', 'given.yaml']) here.remove(name);
  const metrics = await here.json('metrics', 'show', '--rev', 'HEAD', '--rev', 'e');
  const [given, one, two] = [{ data: { g: 3 } }, { data: { v: 1 } }, { data: { v: 2 } }];
  assert.deepEqual(metrics, {
    HEAD: { data: { 'all/m.yaml': one, 'given.yaml': given, 'made/1.yaml': one } },
    e: { data: { 'all/m.yaml': two, 'given.yaml': given, 'made/2.yaml': two } },
  });
  const points = async (...targets: readonly string[]): Promise<unknown> => {
    const { data } = (await here.json('plots', 'show', '--rev', 'e', ...targets)) as Drawn;
    return Object.values(data).flatMap(([drawn]) =>
      drawn!.content.data.values.map(({ filename, y }) => [filename, y]),
    );
  };
  assert.deepEqual(await points('both'), [['kept/grün.csv', '7'], ['mäde.csv', '2']]); // prettier-ignore
  assert.deepEqual(await points('beside'), [[undefined, '9'], [undefined, '8']]); // prettier-ignore
});

interface Drawn {
  readonly data: Readonly<
    Record<string, readonly { readonly content: { readonly data: { readonly values: readonly Point[] } } }[]>
  >;
}

interface Point {
  readonly filename?: string;
  readonly y: string;
}
