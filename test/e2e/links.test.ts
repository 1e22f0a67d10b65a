// Symlinks of dependencies, in projects of our own: what they lead to inside of the project is content, and an edge where a
// stage makes it.
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import { startPipe, type TestWorkspace } from '../workspace.ts';
import { watchRun } from '../faults/puppet-run.ts';

type Files = Readonly<Record<string, string>>;

function makeLinked(t: TestContext, files: Files, links: Files): TestWorkspace {
  const workspace = makeWorkspaceMostlyHere(t, files);
  for (const [path, target] of Object.entries(links)) link(workspace, path, target);
  return workspace;
}

function link({ path, remove }: TestWorkspace, name: string, target: string): void {
  remove(name);
  mkdirSync(dirname(path(name)), { recursive: true });
  symlinkSync(target, path(name));
}

const edges = async (workspace: TestWorkspace): Promise<unknown> =>
  (JSON.parse((await workspace.expect(0, 'dag', '--json')).stdout) as { edges: unknown }).edges;

const reading = (cmd: string, ...deps: readonly string[]): string =>
  `stages:\n  read:\n    cmd: ${cmd} > seen\n    deps: [${deps.join(', ')}]\n    outs: [seen]\n`;

const behind: readonly (readonly [string, Files, (workspace: TestWorkspace) => void])[] = [
  ['a file', { 'data/f': '../store/f' }, (w) => w.write('store/f', 'new\n')],
  ['the mode of a file', { 'data/f': '../store/run' }, (w) => w.write('store/run', '#!run\n')],
  ['a file of a folder', { 'data/d': '../store' }, (w) => w.write('store/deep/g', 'new\n')],
  ['a file more in a folder', { 'data/d': '../store' }, (w) => w.write('store/more', 'new\n')],
  [
    'a file at the end of a chain',
    { 'data/f': '../one', one: 'two', two: 'store/f' },
    (w) => w.write('store/f', 'new\n'),
  ],
  [
    'a link in the middle of a chain',
    { 'data/f': '../one', one: 'store/f' },
    (w) => link(w, 'one', 'other/f'),
  ],
  [
    'a folder on the way, led elsewhere',
    { 'data/f': '../door/f', door: 'store' },
    (w) => link(w, 'door', 'other'),
  ],
  [
    'two links on the way, exchanged',
    { 'data/f': '../a/f', 'data/g': '../b/f', a: 'store', b: 'other' },
    (w) => (link(w, 'a', 'other'), link(w, 'b', 'store')),
  ],
  [
    'a link in a folder behind a link',
    { 'data/d': '../store', 'store/x': '../other/f' },
    (w) => w.write('other/f', 'new\n'),
  ],
  ['nothing, until it is there', { 'data/f': '../late' }, (w) => w.write('late', 'new\n')],
  ['a file, until it is gone', { 'data/f': '../store/f' }, (w) => w.remove('store/f')],
  [
    'folders that lead to each other',
    { 'data/d': '../store', 'store/back': '../data', 'data/self': '.' },
    (w) => w.write('store/f', 'new\n'),
  ],
  ['an ignored file in the folder itself', { 'data/f': 'log.tmp' }, (w) => w.write('data/log.tmp', 'new\n')],
];

for (const [what, links, change] of sampleOf(behind, 8)) {
  test(`a link in a dependency leads to ${what}`, async (t) => {
    const files = {
      'store/f': 'f\n',
      'store/run': 'run\n',
      'store/deep/g': 'g\n',
      'other/f': 'other\n',
      'data/own': 'own\n',
      'data/log.tmp': 'log\n',
      '.pipeignore': '*.tmp\n',
    };
    const workspace = makeLinked(
      t,
      { ...files, 'pipeline.yaml': reading('ls -lRL data 2>&1 | sed s/[0-9]//g', 'data') },
      links,
    );
    await workspace.pipe('repro');
    assert.deepEqual((await workspace.repro()).ran, [], 'nothing changed');
    change(workspace);
    assert.match((await workspace.expect(0, 'status')).stdout, /read: deps: data modified behind a link/);
    assert.match((await workspace.expect(0, 'why', 'read')).stdout, /≠ links +data .*what links lead to/);
    assert.deepEqual((await workspace.repro()).ran, ['read']);
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });
}

testInWhole('a project that is moved stays fresh', async (t) => {
  const workspace = makeLinked(
    t,
    { 'here/store/f': 'f\n', 'here/pipeline.yaml': reading('cat data/f', 'data') },
    { 'here/data/f': '../store/f' },
  );
  const moved = (root: string): TestWorkspace => ({ ...workspace, root });
  const run = (at: string, ...args: readonly string[]): Promise<{ output: string }> =>
    watchRun(startPipe(moved(workspace.path(at)).root, args)).end;
  await run('here', 'repro');
  renameSync(workspace.path('here'), workspace.path('there'));
  assert.match((await run('there', 'status')).output, /up to date/);
});

const making = (out: string, dep: string): string =>
  `${reading(`find -L ${dep} -name f -exec cat '{}' +`, dep)}  make:
    cmd: mkdir -p ${dirname(out)} && cp source ${out}
    deps: [source]
    outs: [${out}]
`;

const made: readonly (readonly [string, string, string, Files])[] = [
  ['what a link in a folder leads to', 'store/f', 'data', { 'data/f': '../store/f' }],
  ['what is in a folder behind a link', 'store/f', 'data', { 'data/d': '../store' }],
  ['the folder around what a link leads to', 'store/d/f', 'data', { 'data/f': '../store/d/f' }],
  ['the end of a chain', 'store/f', 'data', { 'data/f': '../one', one: 'door/f', door: 'store' }],
  ['by way of a link what is read by another', 'door/f', 'latest', { door: 'store', latest: 'store' }],
  ['what is in a dependency that is a link itself', 'store/f', 'latest', { latest: 'store' }],
  ['by way of a link what is read without', 'door/f', 'store', { door: 'store' }],
];

for (const [what, out, dep, links] of sampleOf(made, 4)) {
  test(`a stage that makes ${what} comes first`, async (t) => {
    const workspace = makeLinked(
      t,
      { 'pipeline.yaml': making(out, dep), source: '1\n', 'store/kept': '' },
      links,
    );
    assert.deepEqual(await edges(workspace), [['read', 'make']]);
    assert.deepEqual((await workspace.repro('-j4')).ran, ['make', 'read']);
    assert.equal(workspace.read('seen'), '1\n');
    workspace.write('source', '2\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /read: waits for make/);
    assert.deepEqual((await workspace.repro('read')).ran, ['make', 'read']);
    assert.equal(workspace.read('seen'), '2\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
    workspace.write('source', '1\n');
    assert.deepEqual((await workspace.repro()).restored, ['make', 'read']);
    assert.equal(workspace.read('seen'), '1\n');
  });
}

test('what a stage makes behind links that another made counts, and is restored with them', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `${making('store/f', 'data')}  links:\n    cmd: mkdir data && ln -s ../store/f data/f\n    outs: [data]\n`,
    source: '1\n',
  });
  await workspace.expect(0, 'repro', 'make', 'links');
  await workspace.repro('-j4');
  workspace.write('source', '2\n');
  assert.deepEqual((await workspace.repro('-j4')).ran, ['make', 'read']);
  assert.equal(workspace.read('seen'), '2\n');
  for (const path of ['data', 'store', 'seen']) workspace.remove(path);
  // A link that is yet to come back leads nowhere that could be looked at.
  assert.match((await workspace.expect(0, 'status')).stdout, /read: waits for links/);
  assert.deepEqual((await workspace.repro('-j4')).ran, []);
  assert.ok(lstatSync(workspace.path('data/f')).isSymbolicLink());
  assert.equal(workspace.read('seen'), '2\n');
});

test('a stage that reads its own output by way of a link is refused, with the link', async (t) => {
  const workspace = makeLinked(t, { 'pipeline.yaml': reading('ls data', 'data') }, { 'data/up': '..' });
  const { stderr } = await workspace.expect(1, 'repro');
  assert.match(stderr, /error\[cycle\]: the stage 'read' depends on its own output/);
  assert.match(stderr, /reads 'data' \(by a link to '\.'\)/);
});

test('links out of the project and in a circle are refused, and make no edges', async (t) => {
  for (const [target, why] of [
    ['../..', /points outside/],
    ['f', /leads in a circle/],
    ['/etc/hostname', /target is absolute/],
  ] as const) {
    const workspace = makeLinked(t, { 'pipeline.yaml': reading('ls data', 'data') }, { 'data/f': target });
    await workspace.expect(0, 'dag');
    const { stdout } = await workspace.expect(1, 'repro');
    assert.match(stdout, /symlink-refused[^]*copy the file into the directory/);
    assert.match(stdout, why);
  }
});

test('a folder outside of the project, however large, is not entered behind a link', async (t) => {
  const outside = makeWorkspaceMostlyHere(t, {});
  const workspace = makeLinked(
    t,
    { 'pipeline.yaml': making('made/f', 'data'), source: '1\n' },
    { 'data/away': `../../${basename(outside.root)}` },
  );
  link(outside, 'back', `../${basename(workspace.root)}/made/f`);
  assert.deepEqual(await edges(workspace), []);
  // The same link inside of the project is followed.
  link(workspace, 'near/back', '../made/f');
  link(workspace, 'data/away', '../near');
  assert.equal(((await edges(workspace)) as unknown[]).length, 1);
});

testInWhole('links from the cache are no links: nothing but their bytes counts', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `config: {cache: {links: [symlink]}}\n${making('store/f', 'store')}`,
    source: '1\n',
  });
  await workspace.repro();
  assert.ok(lstatSync(workspace.path('store/f')).isSymbolicLink());
  assert.doesNotMatch(workspace.read('pipeline.lock'), /links:/);
  assert.deepEqual((await workspace.repro()).ran, []);
});

test('watch: a change behind a link starts a run, what a stage writes there does not', async (t) => {
  const workspace = makeLinked(
    t,
    { 'pipeline.yaml': making('store/f', 'data'), source: '1\n', 'other/f': 'g\n' },
    { 'data/f': '../store/f', 'data/g': '../other' },
  );
  const child = startPipe(workspace.root, ['watch']);
  const watch = watchRun(child);
  await watch.said(/Waiting for changes/);
  workspace.write('other/f', 'h\n');
  await watch.said(/Changed: .*(?:data|other)[^]*ran +read[^]*Waiting for changes/);
  child.kill('SIGINT');
  const { output } = await watch.end;
  assert.doesNotMatch(output, /Changed: .*store/);
  assert.deepEqual(workspace.read('seen').split('\n').sort(), ['', '1', 'h']);
});
