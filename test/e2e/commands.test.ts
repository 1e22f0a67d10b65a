// The commands around a run: checkout, commit, logs, why, history, watch.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { globSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { copiesMostlyHere as copiesOf, makeWorkspaceMostlyHere as makeWorkspace } from '../cli/here.ts';
import { startPipe } from '../workspace.ts';

const pipeline = `
stages:
  make:
    cmd: cat in.txt > out.txt; echo made it
    deps: [in.txt]
    outs: [out.txt]
  read:
    cmd: wc -c < out.txt > size.txt
    deps: [out.txt]
    outs: [size.txt]
`;
const files = { 'pipeline.yaml': pipeline, 'in.txt': 'one\n' };
const projectThatRan = copiesOf(files, (workspace) => workspace.repro());

test('checkout brings back what the lock file records', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.remove('out.txt');
  assert.match((await workspace.expect(0, 'checkout')).stdout, /^A\tout\.txt$/m);
  assert.equal(workspace.read('out.txt'), 'one\n');
  assert.match((await workspace.expect(0, 'checkout')).stdout, /as the lock file records/);
});

test('checkout replaces what was changed by hand only when told to', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.write('out.txt', 'mine\n');
  assert.match((await workspace.expect(1, 'checkout')).stderr, /out\.txt/);
  assert.equal(workspace.read('out.txt'), 'mine\n');
  assert.match((await workspace.expect(0, 'checkout', '-f')).stdout, /^M\tout\.txt$/m);
  assert.equal(workspace.read('out.txt'), 'one\n');
});

test('checkout says what the cache does not have', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.remove('cache');
  workspace.remove('out.txt');
  assert.match((await workspace.expect(1, 'checkout')).stderr, /make/);
});

test('commit records the workspace as it is', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.write('out.txt', 'by hand\n');
  assert.match((await workspace.expect(1, 'commit', 'make')).stderr, /out modified: out\.txt/);
  await workspace.expect(0, 'commit', '-f', 'make');
  assert.deepEqual((await workspace.repro()).ran, ['read']);
  assert.equal(workspace.read('out.txt'), 'by hand\n');
});

test('commit stores a metric again that the cache has lost, so that its run can be restored', async (t) => {
  const workspace = makeWorkspace(t, {
    in: 'one\n',
    'pipeline.yaml':
      'stages: {make: {cmd: cp in out && echo m > m, deps: [in], outs: [out], metrics: [m: {cache: false}]}}\n',
  });
  await workspace.repro();
  const isMetric = (name: string): boolean =>
    statSync(workspace.path(name)).isFile() && workspace.read(name) === 'm\n';
  const objects = (): readonly string[] =>
    globSync('cache/objects/**/*', { cwd: workspace.root }).filter(isMetric);
  objects().forEach(workspace.remove);
  assert.match((await workspace.expect(0, 'commit')).stdout, /make/);
  assert.equal(objects().length, 1);
  assert.match((await workspace.expect(0, 'commit')).stdout, /^Nothing to record/);
  workspace.remove('m');
  assert.deepEqual((await workspace.repro()).restored, ['make']);
});

test('logs keep what a stage printed, be it nothing', async (t) => {
  const workspace = makeWorkspace(t, files);
  assert.match((await workspace.expect(1, 'logs', 'make')).stderr, /has not run here/);
  await workspace.repro();
  assert.equal((await workspace.expect(0, 'logs', 'make')).stdout, 'made it\n');
  // Without a word from it, there is no file of it.
  assert.deepEqual(readdirSync(workspace.path('cache/logs')), ['make']);
  assert.equal((await workspace.expect(0, 'logs', 'read')).stdout, '');
  workspace.write('pipeline.yaml', pipeline.replace('; echo made it', ''));
  await workspace.repro();
  assert.equal((await workspace.expect(0, 'logs', 'make')).stdout, '');
});

test('why tells the story of one stage', async (t) => {
  const workspace = await projectThatRan(t);
  assert.match((await workspace.expect(0, 'why', 'make')).stdout, /fresh/);
  workspace.write('in.txt', 'two\n');
  assert.match((await workspace.expect(0, 'why', 'make')).stdout, /in\.txt/);
  assert.match((await workspace.expect(0, 'why', 'read')).stdout, /make/);
});

test('history lists what ran and what was restored', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.remove('out.txt');
  await workspace.repro();
  const { stdout } = await workspace.expect(0, 'history', '--json');
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { stage: string; what: string });
  assert.deepEqual(
    entries.map(({ stage, what }) => `${what} ${stage}`),
    ['ran make', 'ran read', 'restored make'],
  );
});

test('watch runs once for a change, never for its own outputs, and ends with the signal', async (t) => {
  const workspace = makeWorkspace(t, files);
  const child = startPipe(workspace.root, ['watch']);
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const said = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(output)) {
      const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
      output += chunk.toString();
    }
  };
  await said(/Waiting for changes/);
  assert.equal(workspace.read('size.txt').trim(), '4');
  workspace.write('in.txt', 'longer\n');
  await said(/Changed: in\.txt[^]*Waiting for changes/);
  assert.equal(workspace.read('size.txt').trim(), '7');
  workspace.write('pipeline.yaml', 'stages: [');
  await said(/Changed: pipeline\.yaml[^]*Waiting for changes/);
  workspace.write('pipeline.yaml', pipeline.replace('wc -c', 'wc -l'));
  await said(/Changed: pipeline\.yaml[^]*Changed: pipeline\.yaml[^]*Waiting for changes/);
  assert.equal(workspace.read('size.txt').trim(), '1');
  assert.equal(output.match(/Changed:/g)!.length, 3);
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 130);
});
