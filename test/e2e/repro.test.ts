// The life of a pipeline, from outside: what runs, what is restored, what is left alone.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { copiesMostlyHere as copiesOf, makeWorkspaceMostlyHere as makeWorkspace } from '../cli/here.ts';
import { runPipe } from '../workspace.ts';

const chain = `
vars:
- word: hello
stages:
  write:
    cmd: echo \${word} > out/word.txt
    outs: [out/word.txt]
  count:
    cmd: wc -c < out/word.txt > out/count.txt
    deps: [out/word.txt]
    outs: [out/count.txt]
  report:
    cmd: cat title.txt out/count.txt > report.txt
    deps: [out/count.txt, title.txt]
    outs:
    - report.txt
`;

const chainThatRan = copiesOf({ 'pipeline.yaml': chain, 'title.txt': 'Title\n' }, (workspace) =>
  workspace.repro(),
);

test('runs everything once, then nothing', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain, 'title.txt': 'Title\n' });
  assert.deepEqual((await workspace.repro()).ran, ['count', 'report', 'write']);
  assert.equal(workspace.read('report.txt').replaceAll(' ', ''), 'Title\n6\n');
  assert.deepEqual((await workspace.repro()).ran, []);
  assert.match((await workspace.expect(0, 'repro')).stdout, /up to date/);
});

test('content decides, never time', async (t) => {
  const workspace = await chainThatRan(t);
  for (const file of ['pipeline.yaml', 'title.txt', 'report.txt', 'out/word.txt', 'pipeline.lock'])
    utimesSync(workspace.path(file), 1, 1);
  workspace.write('pipeline.yaml', `# a comment\n${chain}`);
  assert.deepEqual((await workspace.repro()).ran, []);
});

test('a rebuilt output that is identical does not make its readers stale', async (t) => {
  const workspace = await chainThatRan(t);
  workspace.write('pipeline.yaml', chain.replace('word: hello', 'word: world'));
  assert.deepEqual((await workspace.repro()).ran, ['count', 'write'], 'five letters as before: report stays');
});

test('going back restores from the cache and runs nothing', async (t) => {
  const workspace = await chainThatRan(t);
  workspace.write('pipeline.yaml', chain.replace('word: hello', 'word: good morning'));
  assert.deepEqual((await workspace.repro()).ran, ['count', 'report', 'write']);
  workspace.write('pipeline.yaml', chain);
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran, restored], [[], ['count', 'report', 'write']]);
  assert.equal(workspace.read('out/word.txt'), 'hello\n');
});

test('an output that was deleted or edited by hand is restored', async (t) => {
  const workspace = await chainThatRan(t);
  workspace.remove('out/word.txt');
  workspace.write('out/count.txt', 'edited');
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran, restored], [[], ['count', 'write']]);
  assert.equal(workspace.read('out/count.txt').trim(), '6');
});

test('losing the lock file, the stat database or the cache never gives a wrong answer', async (t) => {
  const workspace = await chainThatRan(t);
  workspace.remove('pipeline.lock');
  assert.deepEqual(await workspace.repro().then(({ ran, restored }) => [ran, restored]), [
    [],
    ['count', 'report', 'write'],
  ]);
  workspace.remove('cache');
  assert.deepEqual((await workspace.repro()).ran, [], 'the lock file vouches for what lies in the workspace');
  workspace.remove('report.txt');
  assert.deepEqual((await workspace.repro()).ran, ['report'], 'nothing to restore it from');
});

test('targets, --single-item, --force, --downstream', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain, 'title.txt': 'Title\n' });
  assert.deepEqual((await workspace.repro('count')).ran, ['count', 'write']);
  assert.deepEqual((await workspace.repro('-f', '-s', 'count')).ran, ['count']);
  assert.deepEqual((await workspace.repro('-f', '--downstream', 'count')).ran, ['count', 'report']);
  assert.deepEqual((await workspace.repro('report.txt')).ran, [], 'an output is a target too');
});

test('--dry says what a run would do and does nothing', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain, 'title.txt': 'Title\n' });
  const { stdout } = await workspace.expect(0, 'repro', '--dry');
  assert.match(stdout, /write/);
  assert.equal(existsSync(workspace.path('out')), false);
  assert.equal(existsSync(workspace.path('pipeline.lock')), false);
});

test('a failing stage stops the run; finished stages stay finished; -k goes on with what does not depend on it', async (t) => {
  const text = `
stages:
  good: {cmd: echo 1 > good.txt, outs: [good.txt]}
  bad: {cmd: "echo half > bad.txt; echo 'what went wrong' >&2; exit 3", deps: [good.txt], outs: [bad.txt]}
  after: {cmd: cat bad.txt > after.txt, deps: [bad.txt], outs: [after.txt]}
  other: {cmd: echo 2 > other.txt, deps: [good.txt], outs: [other.txt]}
`;
  const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
  const failed = await workspace.expect(1, 'repro', '-k', '-j1');
  assert.match(failed.stdout + failed.stderr, /bad.*exit code 3/s);
  assert.match(failed.stdout + failed.stderr, /what went wrong/);
  assert.match(failed.stdout + failed.stderr, /after/);
  assert.equal(existsSync(workspace.path('other.txt')), true);
  assert.equal(existsSync(workspace.path('after.txt')), false);
  workspace.write('pipeline.yaml', text.replace('exit 3', 'exit 0'));
  assert.deepEqual((await workspace.repro()).ran, ['after', 'bad']);
});

test('a stage that does not write what it declares has failed, and nothing of it is kept', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  lazy:\n    cmd: "true"\n    outs: [never.txt]\n',
  });
  const failed = await workspace.expect(1, 'repro');
  assert.match(failed.stdout + failed.stderr, /never\.txt/);
  assert.match(failed.stdout + failed.stderr, /pipeline\.yaml:2:3/);
  assert.match((await workspace.expect(0, 'status')).stdout, /lazy.*new/);
});

test('a missing dependency fails its stage by name', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  read:\n    cmd: cat no.txt\n    deps: [no.txt]\n',
  });
  const failed = await workspace.expect(1, 'repro');
  assert.match(failed.stdout + failed.stderr, /no\.txt/);
});

test('outputs are deleted before a run, unless they persist, and folders around them are made', async (t) => {
  const text = `
stages:
  append:
    cmd: echo line >> deep/down/log.txt; echo line >> deep/down/kept.txt
    always_changed: true
    outs:
    - deep/down/log.txt
    - deep/down/kept.txt: {persist: true}
`;
  const workspace = makeWorkspace(t, { 'pipeline.yaml': text });
  await workspace.repro();
  await workspace.repro();
  assert.equal(workspace.read('deep/down/log.txt'), 'line\n');
  assert.equal(workspace.read('deep/down/kept.txt'), 'line\nline\n');
});

const grid = (values: string): string => `
vars:
- grid: {size: ${values}}
- base: {size: 9, depth: 1}
stages:
  train:
    matrix: ["\${grid}"]
    defaults: \${base}
    cmd: mkdir -p out/\${key} && echo \${item} > out/\${key}/model.txt
    outs: ["out/\${key}"]
  select:
    cmd: ls out > selected.txt
    deps: [out]
    outs: [selected.txt]
`;

const gridThatRan = copiesOf({ 'pipeline.yaml': grid('[1, 2]') }, (workspace) => workspace.repro());

test('stages that are no longer declared leave nothing behind', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': grid('[1, 2, 3]') });
  assert.deepEqual((await workspace.repro()).ran, ['select', 'train@1', 'train@2', 'train@3']);
  workspace.write('pipeline.yaml', grid('[1, 4]'));
  const status = await workspace.expect(0, 'status');
  assert.match(status.stdout, /no longer declared/);
  assert.deepEqual((await workspace.repro()).ran, ['select', 'train@4']);
  assert.equal(workspace.read('selected.txt'), '1\n4\n');
  assert.deepEqual(readdirSync(workspace.path('out')), ['1', '4']);
  workspace.write('pipeline.yaml', grid('[1, 2, 3]'));
  const back = await workspace.repro();
  assert.deepEqual([back.ran, back.restored], [[], ['select', 'train@2', 'train@3']]);
  assert.equal(workspace.read('selected.txt'), '1\n2\n3\n');
});

test('an output of a vanished stage that only exists in the workspace is never removed', async (t) => {
  const workspace = await gridThatRan(t);
  workspace.write('out/2/notes.txt', 'mine');
  workspace.write('pipeline.yaml', grid('[1]'));
  const { stderr } = await workspace.expect(1, 'repro');
  assert.match(stderr, /out\/2/);
  assert.equal(workspace.read('out/2/notes.txt'), 'mine');
});

test('a value that the grid shadows reruns nothing; one that it does not reruns what reads it', async (t) => {
  const workspace = await gridThatRan(t);
  workspace.write('pipeline.yaml', grid('[1, 2]').replace('size: 9', 'size: 8'));
  assert.deepEqual((await workspace.repro()).ran, []);
  workspace.write('pipeline.yaml', grid('[1, 2]').replace('depth: 1', 'depth: 2'));
  assert.deepEqual((await workspace.repro()).ran, ['select', 'train@1', 'train@2']);
});

test('an overlay counts as an input; status says when the last run had another one', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': chain.replace('- word: hello', '- settings.yaml'),
    'settings.yaml': 'word: hello\n',
    'other.yaml': 'word: bonjour\n',
    'title.txt': 'Title\n',
  });
  await workspace.repro();
  assert.deepEqual((await workspace.repro('--params', 'other.yaml')).ran, ['count', 'report', 'write']);
  assert.equal(workspace.read('settings.yaml'), 'word: hello\n');
  assert.match((await workspace.expect(0, 'status')).stdout, /other\.yaml/);
  assert.match((await workspace.expect(0, 'status', '--params', 'other.yaml')).stdout, /up to date/);
  assert.deepEqual(await workspace.repro('-S', 'word=hello').then(({ ran, restored }) => [ran, restored]), [
    [],
    ['count', 'report', 'write'],
  ]);
  const { stderr } = await workspace.expect(1, 'repro', '-S', 'wrod=hello');
  assert.match(stderr, /wrod/);
  assert.match(stderr, /word/);
});

test('--lock keeps two runs of one pipeline apart', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'vars: [{root: a}]\nstages:\n  s: {cmd: "echo x > ${root}/x", outs: ["${root}/x"]}\n',
  });
  await workspace.repro();
  await workspace.repro('-S', 'root=b', '--lock', 'other.lock');
  assert.deepEqual([existsSync(workspace.path('a/x')), existsSync(workspace.path('b/x'))], [true, true]);
  assert.deepEqual((await workspace.repro()).ran, []);
});

test('status --check tells by its exit code', async (t) => {
  const workspace = await chainThatRan(t);
  await workspace.expect(0, 'status', '--check');
  workspace.write('title.txt', 'Another\n');
  await workspace.expect(1, 'status', '--check');
});

test('--force-downstream runs what depends on a stage that ran; --ignore-errors goes on and ends with 0', async (t) => {
  const workspace = await chainThatRan(t);
  workspace.write('pipeline.yaml', chain.replace('word: hello', 'word: world'));
  assert.deepEqual((await workspace.repro('--force-downstream')).ran, ['count', 'report', 'write']);
  const failing = `
stages:
  bad: {cmd: echo half > bad.txt; exit 3, outs: [bad.txt]}
  after: {cmd: cat bad.txt > after.txt, deps: [bad.txt], outs: [after.txt]}
`;
  const other = makeWorkspace(t, { 'pipeline.yaml': failing });
  await other.expect(0, 'repro', '--ignore-errors');
  assert.equal(other.read('after.txt'), 'half\n');
  await other.expect(1, 'status', '--check');
});

test('targets are named as they are seen from the current folder; -R takes a folder', async (t) => {
  const sub = 'stages:\n  inner: {cmd: echo 1 > inner.txt, outs: [inner.txt]}\n';
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': chain,
    'title.txt': 'Title\n',
    'sub/pipeline.yaml': sub,
  });
  assert.deepEqual((await workspace.repro('-R', 'sub')).ran, ['sub/pipeline.yaml:inner']);
  assert.deepEqual((await workspace.repro('-p', 'report')).ran, ['count', 'report', 'write']);
  const { code } = await runPipe(workspace.path('sub'), ['repro', 'inner.txt']);
  assert.equal(code, 0);
});
