// What becomes of outputs on the way of a stage: kept, restored, recorded or not.
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, symlinkSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkout } from '../../src/run/run.ts';
import { assertSoundCache } from '../faults/crash.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspace } from '../workspace.ts';

for (const link of ['hardlink', 'symlink'])
  test(`an output that persists is written to as a file of its own, never through its ${link} into the cache`, async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `
config: {cache: {links: [${link}]}}
stages:
  s: {cmd: "echo line >> log; echo line >> d/log", params: [n], outs: [{log: {persist: true}}, {d: {persist: true}}]}
`,
      'params.yaml': 'n: 1\n',
      'd/other': 'other',
    });
    await runInProcess(workspace.root);
    assert.ok(
      link === 'symlink'
        ? lstatSync(workspace.path('log')).isSymbolicLink()
        : statSync(workspace.path('log')).nlink > 1,
    );
    workspace.write('params.yaml', 'n: 2\n');
    assert.deepEqual((await runInProcess(workspace.root)).stages('ran'), ['s']);
    assert.deepEqual([workspace.read('log'), workspace.read('d/log')], ['line\nline\n', 'line\nline\n']);
    assertSoundCache(workspace);
  });

test('a metric that the cache is not to keep is restored with the rest of an earlier result', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  s:
    cmd: date +%N > model; echo $PIPE_PARAMS > metric.json; echo x,y > plot.csv
    params: [n, {other.yaml: [k, l]}]
    outs: [model]
    metrics: [{metric.json: {cache: false}}]
    plots: [{plot.csv: {cache: false}}]
`,
    'params.yaml': 'n: 1\n',
    'other.yaml': 'k: 2\nl: null\n',
  });
  await runInProcess(workspace.root);
  const first = [workspace.read('model'), workspace.read('metric.json')];
  const params = { 'params.yaml': { n: 1 }, 'other.yaml': { k: 2, l: null } };
  assert.deepEqual(JSON.parse(first[1]!), { params });
  workspace.write('params.yaml', 'n: 2\n');
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'ran' ? [event.unchanged] : [])),
    [false],
    'one of its outputs is as before',
  );
  workspace.write('params.yaml', 'n: 1\n');
  const back = await runInProcess(workspace.root);
  assert.deepEqual([back.stages('ran'), back.stages('restored')], [[], ['s']]);
  assert.deepEqual([workspace.read('model'), workspace.read('metric.json')], first);
});

test('what depends on one stage that ran runs too where that is asked for', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  a: {cmd: echo 1 > a, deps: [in], outs: [a]}
  b: {cmd: echo 1 > b, outs: [b]}
  c: {cmd: cat a b > c, deps: [a, b], outs: [c]}
`,
    in: '1',
  });
  await runInProcess(workspace.root);
  workspace.write('in', '2');
  const { stages } = await runInProcess(workspace.root, undefined, undefined, { forceDownstream: true });
  assert.deepEqual(stages('ran'), ['a', 'c']);
});

test('a stage with another output that the cache is not to keep runs again', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: "echo $PIPE_PARAMS > a; echo 1 > b", params: [n], outs: [a, {b: {cache: false}}]}\n',
    'params.yaml': 'n: 1\n',
  });
  let asked = 0;
  const requireWritable = (): unknown => (asked += 1);
  for (const n of [1, 2, 1]) {
    workspace.write('params.yaml', `n: ${n}\n`);
    const { stages } = await runInProcess(workspace.root, undefined, (opened) => ({
      ...opened,
      store: { ...opened.store, requireWritable },
    }));
    assert.deepEqual(stages('ran'), ['s']);
  }
  assert.equal(asked, 3, 'the cache has to take one of its outputs');
});

test('which files a folder had is remembered of what a stage reads, behind other files, and of what it writes', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': "stages:\n  s: {cmd: 'mkdir o; echo > o/y', deps: [a, d], outs: [o]}\n",
    a: '',
    'd/x': '',
  });
  await runInProcess(workspace.root);
  const lists = readdirSync(workspace.path('cache/state/folders'));
  const texts = lists.map((name) => workspace.read(`cache/state/folders/${name}`)).join('');
  assert.deepEqual([lists.length, /"x"/.test(texts), /"y"/.test(texts)], [2, true, true]);
});

test('an output that changes between its hashing and its storing is not recorded', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: mkdir d && echo 1 > d/x && echo 2 > f, outs: [d, f]}\n',
  });
  for (const path of ['d/x', 'f', 'd/new']) {
    const { counts } = await runInProcess(
      workspace.root,
      () => {},
      (opened) => ({
        ...opened,
        store: {
          ...opened.store,
          store(at, content) {
            if (at === workspace.path(path.split('/')[0]!)) writeFileSync(workspace.path(path), 'other');
            return opened.store.store(at, content);
          },
        },
      }),
    );
    // A file more is no part of what was stored: its folder counts as changed by hand from then on.
    if (path === 'd/new') assert.equal(counts.ran, 1);
    else assert.equal(counts.failed, 1, path);
    assertSoundCache(workspace);
    const entry = [...(await openProject(workspace.root)).locks.recorded()];
    assert.equal(entry.length, path === 'd/new' ? 1 : 0);
    for (const name of ['d', 'f']) workspace.remove(name);
  }
});

test('the executable bit of an output and of a file in one is part of it: a change is undone', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s: {cmd: "mkdir d; for f in run d/run; do echo 1 > $f; chmod +x $f; done; echo 2 > plain; echo 2 > d/plain", outs: [run, plain, d]}\n',
  });
  await runInProcess(workspace.root);
  for (const name of ['run', 'd/run']) chmodSync(workspace.path(name), 0o644);
  for (const name of ['plain', 'd/plain']) chmodSync(workspace.path(name), 0o755);
  const { stages } = await runInProcess(workspace.root);
  assert.deepEqual([stages('ran'), stages('restored')], [[], ['s']]);
  const bits = (): readonly number[] =>
    ['run', 'plain', 'd/run', 'd/plain'].map((name) => statSync(workspace.path(name)).mode & 0o111);
  assert.deepEqual(bits(), [0o111, 0, 0o111, 0]);
  assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);

  for (const name of ['run', 'd/run']) chmodSync(workspace.path(name), 0o644);
  const opened = await openProject(workspace.root);
  const [stage] = opened.graph.stages;
  const { changed } = await checkout([{ stage: stage!, entry: opened.locks.entry(stage!) }], false, opened);
  opened.close();
  assert.deepEqual(
    changed.map(({ path }) => path),
    ['run', 'd'],
  );
  assert.deepEqual(bits(), [0o111, 0, 0o111, 0]);
});

test('an output that an earlier result lacks is no result: the stage runs', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a; echo 2 > b, outs: [a, b]}\n',
  });
  await runInProcess(workspace.root);
  for (const name of ['pipeline.lock', 'a', 'b']) workspace.remove(name);
  const { stages } = await runInProcess(
    workspace.root,
    () => {},
    (opened) => ({
      ...opened,
      runCache: {
        ...opened.runCache,
        find: (key) => opened.runCache.find(key)?.filter(({ path }) => path !== 'b'),
      },
    }),
  );
  assert.deepEqual(stages('ran'), ['s']);
  assert.equal(workspace.read('b'), '2\n');
});

test('a restored stage is recorded: the next run finds it fresh', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > a, outs: [a]}\n',
  });
  await runInProcess(workspace.root);
  workspace.remove('pipeline.lock');
  assert.deepEqual((await runInProcess(workspace.root)).stages('restored'), ['s']);
  assert.equal((await runInProcess(workspace.root)).counts.fresh, 1);
});

test('a parameter file that is a link to what a stage writes comes after that stage', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  tune: {cmd: cat p.yaml > out, params: [{p.yaml: [k]}], outs: [out]}
  write: {cmd: 'echo k: 1 > made/p.yaml', outs: [made/p.yaml]}
`,
    'made/p.yaml': 'k: 0\n',
  });
  symlinkSync('made/p.yaml', workspace.path('p.yaml'));
  const { graph } = await openProject(workspace.root);
  assert.deepEqual(
    graph.stages.flatMap((stage) => graph.dependencies(stage).map(({ address }) => address)),
    ['write'],
  );
});
