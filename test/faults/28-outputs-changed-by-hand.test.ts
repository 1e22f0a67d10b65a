// Lines 28 and 29: outputs that are not what their stage wrote.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { sampleOf } from '../amount.ts';
import { makeWorkspaceMostlyHere as makeWorkspace } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const pipeline = `
stages:
  make:
    cmd: mkdir -p dir/sub && echo a > dir/a && echo b > dir/sub/b && echo f > f.txt
    outs: [dir, f.txt]
  read: {cmd: cat dir/a dir/sub/b f.txt > all.txt, deps: [dir, f.txt], outs: [all.txt]}
`;

async function made(t: TestContext): Promise<TestWorkspace> {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
  await workspace.repro();
  await workspace.repro();
  return workspace;
}

const changes: readonly (readonly [string, string, (workspace: TestWorkspace) => void])[] = [
  ['28: edited, with its size and times as before', 'f.txt', (w) => editInPlace(w, 'f.txt')],
  ['28: edited in a folder, with its size and times as before', 'dir', (w) => editInPlace(w, 'dir/sub/b')],
  ['29: deleted', 'f.txt', (w) => w.remove('f.txt')],
  ['29: deleted as a whole folder', 'dir', (w) => w.remove('dir')],
  ['29: one file of a folder deleted', 'dir', (w) => w.remove('dir/sub/b')],
  ['29: a file added to a folder', 'dir', (w) => w.write('dir/extra', 'x')],
  ['29: an empty folder added to a folder', 'dir', (w) => mkdirSync(w.path('dir/empty'))],
  ['29: a file replaced by a folder', 'f.txt', (w) => (w.remove('f.txt'), w.write('f.txt/x', ''))],
  ['29: a folder replaced by a file', 'dir', (w) => (w.remove('dir'), w.write('dir', ''))],
];
for (const [what, path, change] of sampleOf(changes, 6)) {
  test(`an output is ${what}: said so, and restored exactly`, async (t) => {
    const workspace = await made(t);
    change(workspace);
    const { stdout } = await workspace.expect(0, 'status');
    assert.match(stdout, new RegExp(`make: .*${path.replace('.', '\\.')}`));
    assert.match(stdout, /missing|modified/);
    const { ran, restored } = await workspace.repro();
    assert.deepEqual([ran, restored], [[], ['make']], 'readers judge the real bytes');
    assert.deepEqual(['dir/a', 'dir/sub/b', 'f.txt'].map(workspace.read), ['a\n', 'b\n', 'f\n']);
    for (const extra of ['dir/extra', 'dir/empty']) assert.equal(existsSync(workspace.path(extra)), false);
    assert.ok(lstatSync(workspace.path('f.txt')).isFile());
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });
}

test('28: an edited output whose bytes nobody keeps is made again', async (t) => {
  const workspace = await made(t);
  editInPlace(workspace, 'f.txt');
  workspace.remove('cache');
  assert.match((await workspace.expect(0, 'status')).stdout, /make: out modified: f\.txt/);
  assert.deepEqual((await workspace.repro()).ran, ['make']);
  assert.equal(workspace.read('f.txt'), 'f\n');
});

function editInPlace({ path, read }: TestWorkspace, name: string): void {
  const { atime, mtime } = statSync(path(name));
  writeFileSync(path(name), `${read(name)[0] === 'z' ? 'y' : 'z'}\n`);
  utimesSync(path(name), atime, mtime);
}
