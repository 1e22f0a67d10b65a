// Deciding without data, as a job of CI does that downloads nothing.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const PIPELINE = `stages:
  prepare: {cmd: mkdir -p out && cp in out/x, deps: [in], outs: [out]}
  train: {cmd: cat out/x code > model, deps: [out/x, code], params: [lr], outs: [model]}
  report: {cmd: cp model report, deps: [model, extra], outs: [{report: {cache: false}}]}
data:
  - extra
`;

/** As after a clone: nothing of the cache, no outputs and no data. */
async function makeClone(t: TestContext): Promise<TestWorkspace> {
  const project = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': PIPELINE,
    in: '1',
    code: 'c',
    extra: 'e',
    'params.yaml': 'lr: 1\n',
  });
  await project.expect(0, 'commit', 'extra');
  await project.repro();
  for (const name of ['cache', 'out', 'model', 'report', 'extra']) project.remove(name);
  return project;
}

interface Status {
  stages: { name: string; state: string }[];
}

async function stale(project: TestWorkspace): Promise<readonly string[]> {
  const { stdout } = await project.expect(0, 'status', '--allow-missing', '--json');
  return (JSON.parse(stdout) as Status).stages
    .filter(({ state }) => state !== 'fresh')
    .map(({ name }) => name);
}

test('a clone without data is fresh, and nothing is written', async (t) => {
  const project = await makeClone(t);
  const lock = project.read('pipeline.lock');
  assert.deepEqual(await stale(project), []);
  await project.expect(0, 'status', '--check', '--allow-missing');
  await project.expect(1, 'status', '--check');
  assert.match(
    (await project.expect(0, 'repro', '--dry', '--allow-missing')).stdout,
    /nothing|up to date|fresh/i,
  );
  assert.equal(project.read('pipeline.lock'), lock);
});

test('what changed is stale, and what follows it', async (t) => {
  const project = await makeClone(t);
  project.write('code', 'new');
  assert.deepEqual(await stale(project), ['train', 'report']);
  project.write('code', 'c');
  project.write('params.yaml', 'lr: 2\n');
  assert.deepEqual(await stale(project), ['train', 'report']);
  project.write('params.yaml', 'lr: 1\n');
  project.write('model', 'by hand');
  assert.deepEqual(await stale(project), ['train', 'report']);
  project.remove('model');
  assert.deepEqual(await stale(project), []);
});

test('a record that its readers have not seen', async (t) => {
  const project = await makeClone(t);
  // As after a merge: the data has a new record, and its reader the old one.
  const lock = project.read('pipeline.lock');
  const digest = hash('sha256', 'e');
  const first = lock.indexOf(digest);
  const last = lock.lastIndexOf(digest);
  assert.ok(first < last, lock);
  project.write('pipeline.lock', `${lock.slice(0, last)}${'0'.repeat(64)}${lock.slice(last + 64)}`);
  assert.deepEqual(await stale(project), ['report']);
});

test('a run needs its inputs', async (t) => {
  const project = await makeClone(t);
  const { stderr } = await project.expect(2, 'repro', '--allow-missing');
  assert.match(stderr, /needs-dry[^]*--pull/);
});
