// Lines 30, 32 and 33: what makes a stage stale while its files are equal, what does not, and what its key leaves out.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { sampleOf } from '../amount.ts';
import { copiesOf, makeWorkspace, runPipe, type TestWorkspace } from '../workspace.ts';

const pipeline = `
vars: [{rate: 1}]
stages:
  make:
    cmd: cat in.txt > out.txt
    deps: [in.txt, packages.lock]
    params: [depth]
    env: {MODE: fast}
    outs: [out.txt]
  read:
    cmd: wc -c < out.txt > size.txt
    deps: [out.txt]
    outs: [size.txt]
`;
const files = {
  'pipeline.yaml': pipeline,
  'params.yaml': 'depth: 1\n',
  'in.txt': 'text\n',
  'packages.lock': '1',
};

const made = copiesOf(files, (workspace) => workspace.repro());

const edit = (from: string, to: string) => (workspace: TestWorkspace) =>
  workspace.write('pipeline.yaml', pipeline.replace(from, to));

const stale: readonly (readonly [string, (workspace: TestWorkspace) => void])[] = [
  ['the command', edit('cat in.txt', 'cat  in.txt')],
  ['a variable of its environment', edit('MODE: fast', 'MODE: slow')],
  ['a variable added to its environment', edit('{MODE: fast}', '{MODE: fast, MORE: "1"}')],
  ['a parameter', (w) => w.write('params.yaml', 'depth: 2\n')],
  ['the type of a parameter', (w) => w.write('params.yaml', 'depth: 1.0\n')],
  ['a lock file of packages', (w) => w.write('packages.lock', '2')],
  ['the executable bit of a dependency', (w) => chmodSync(w.path('in.txt'), 0o755)],
  ['an output added', edit('outs: [out.txt]', 'outs: [out.txt, in.copy]')],
];
for (const [what, change] of sampleOf(stale, 8)) {
  test(`30: ${what} changed: stale`, async (t) => {
    const workspace = await made(t);
    change(workspace);
    assert.match((await workspace.expect(0, 'status')).stdout, /make: /);
    const dry = await workspace.expect(0, 'repro', '--dry');
    assert.match(dry.stdout, /make/);
  });
}

const fresh: readonly (readonly [string, (workspace: TestWorkspace) => void])[] = [
  [
    'a comment, blank lines, quotes',
    edit('    cmd: cat in.txt > out.txt', '    # why\n\n    cmd: "cat in.txt > out.txt"'),
  ],
  [
    'the order of keys',
    edit('    env: {MODE: fast}\n    outs: [out.txt]', '    outs: [out.txt]\n    env: {MODE: fast}'),
  ],
  ['the order of deps', edit('[in.txt, packages.lock]', '[packages.lock, in.txt]')],
  ['the order of stages', (w) => w.write('pipeline.yaml', swapped())],
  ['a variable nobody reads', edit('rate: 1', 'rate: 2')],
  ['a parameter nobody reads', (w) => w.write('params.yaml', 'depth: 1\nother: 5\n')],
  ['a description', edit('    env:', '    desc: what it does\n    env:')],
  [
    'its resources, retries and timeout',
    edit('    env:', '    resources: {cpus: 1}\n    retry: 2\n    timeout: 1h\n    env:'),
  ],
  ['all times', (w) => Object.keys(files).forEach((path) => utimesSync(w.path(path), 1, 1))],
  ['permissions of a dependency', (w) => chmodSync(w.path('in.txt'), 0o600)],
];
for (const [what, change] of sampleOf(fresh, 6)) {
  test(`30: ${what} changed: fresh`, async (t) => {
    const workspace = await made(t);
    change(workspace);
    const { ran, restored } = await workspace.repro();
    assert.deepEqual([ran, restored], [[], []]);
  });
}

test('30: without its executable bit again, the result of before comes back', async (t) => {
  const workspace = await made(t);
  chmodSync(workspace.path('in.txt'), 0o755);
  assert.deepEqual((await workspace.repro()).ran, ['make']);
  assert.match(workspace.read('pipeline.lock'), /path: in\.txt\n(?: {6}.*\n){3} {6}isexec: true\n/);
  assert.deepEqual((await workspace.repro()).ran, []);
  chmodSync(workspace.path('in.txt'), 0o644);
  const { stdout } = await workspace.expect(0, 'status');
  assert.match(stdout, /make: deps: in\.txt no longer executable/);
  assert.deepEqual((await workspace.repro()).restored, ['make']);
  chmodSync(workspace.path('out.txt'), 0o755);
  await workspace.expect(0, 'checkout');
  assert.equal(statSync(workspace.path('out.txt')).mode & 0o111, 0, 'nor does an output keep one');
});

test('30: in a DVC repository the executable bit of a dependency never counts', async (t) => {
  const workspace = makeWorkspace(t, {
    'dvc.yaml': 'stages:\n  make:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n',
    'in.txt': 'text\n',
    '.dvc/config': '',
  });
  await workspace.repro();
  chmodSync(workspace.path('in.txt'), 0o755);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.deepEqual((await workspace.repro()).ran, []);
});

function swapped(): string {
  const [head, make, read] = pipeline.split(/(?= {2}(?:make|read):)/);
  return `${head}${read}${make}`;
}

test('32: an input changed and the output did not: what reads the output does not run', async (t) => {
  const workspace = await made(t);
  workspace.write('params.yaml', 'depth: 2\n');
  assert.deepEqual((await workspace.repro()).ran, ['make']);
});

test('33: keys are the same in another folder, for another umask, language, time zone and user environment', async (t) => {
  const here = await made(t);
  const there = makeWorkspace(t, files);
  const env = { LC_ALL: 'C', LANG: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu', HOME: '/nowhere', USER: 'somebody' };
  const old = process.umask(0o077);
  const ran = await runPipe(there.root, ['repro'], env).finally(() => process.umask(old));
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(there.read('pipeline.lock'), here.read('pipeline.lock'));
  const keys = ({ path }: TestWorkspace): string[] =>
    readdirSync(path('cache/runs'), { recursive: true, encoding: 'utf8' }).sort();
  assert.deepEqual(keys(there), keys(here));
});

test('33: a stage that was restored gives its readers the key of a run', async (t) => {
  const workspace = await made(t);
  for (const path of ['out.txt', 'size.txt', 'pipeline.lock']) workspace.remove(path);
  const { ran, restored } = await workspace.repro();
  assert.deepEqual([ran, restored], [[], ['make', 'read']]);
});
