// `pipe status --data` and `pipe du` in a project of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { suite, test } from 'node:test';
import { copiesOfHere as copiesOf, makeWorkspaceHere as makeWorkspace } from '../cli/here.ts';
import { runPipe, type TestWorkspace } from '../workspace.ts';
import { gitIn } from '../git.ts';

const commit = (workspace: TestWorkspace): void => {
  const git = gitIn(workspace.root);
  git('add', '.');
  git('commit', '-qm', 'now');
};

const project = copiesOf(
  {
    'pipeline.yaml':
      'stages:\n  up: {cmd: tr a-z A-Z < labels.csv > up.txt, deps: [labels.csv], outs: [up.txt]}\n',
    'raw/a': 'aa\n',
    'raw/sub/b': 'bbbb\n',
    'labels.csv': 'x\n',
    'sub/notes': 'n',
  },
  async (workspace) => {
    execFileSync('git', ['init', '-q'], { cwd: workspace.root });
    await workspace.expect(0, 'add', 'raw', 'labels.csv');
    await workspace.repro();
  },
);

async function status(workspace: TestWorkspace, ...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await workspace.expect(0, 'status', '--data', '--json', ...args)).stdout);
}

void suite('pipe status --data', () => {
  test('follows a change from the workspace into the record and into git', async (context) => {
    const workspace = await project(context);
    assert.deepEqual(await status(workspace), { committed: { added: ['labels.csv', 'raw/', 'up.txt'] } });
    commit(workspace);
    assert.deepEqual(await status(workspace), {});
    assert.equal((await workspace.expect(0, 'status', '--data')).stdout, 'No changes.\n');
    workspace.write('raw/c', 'c\n');
    workspace.remove('raw/a');
    renameSync(workspace.path('raw/sub/b'), workspace.path('raw/b'));
    assert.deepEqual(await status(workspace), { uncommitted: { modified: ['raw/'] } });
    const granular = {
      added: ['raw/c'],
      modified: ['raw/'],
      deleted: ['raw/a'],
      renamed: [{ old: 'raw/sub/b', new: 'raw/b' }],
    };
    assert.deepEqual(await status(workspace, '--granular'), { uncommitted: granular });
    assert.match(
      (await workspace.expect(0, 'status', '--data', '--granular')).stdout,
      / {4}added: raw\/c\n {4}modified: raw\/\n {4}deleted: raw\/a\n {4}renamed: raw\/sub\/b → raw\/b\n/,
    );
    assert.deepEqual(await status(workspace, 'labels.csv', 'raw/c'), { uncommitted: { added: ['raw/c'] } });
    assert.deepEqual(await status(workspace, 'pipeline.yaml'), {}, 'no data of this name');
    assert.match(
      (await workspace.expect(0, 'status', '--data')).stdout,
      /^Changed, and not recorded:\n.*pipe commit.*\n.*pipe checkout.*\n {4}modified: raw\/\n$/,
    );
    await workspace.expect(1, 'status', '--data', '--check');
    await workspace.expect(0, 'commit', 'raw');
    assert.deepEqual(await status(workspace, '--granular'), { committed: granular });
    commit(workspace);
    assert.deepEqual(await status(workspace, '--unchanged'), { unchanged: ['labels.csv', 'raw/', 'up.txt'] });
    assert.deepEqual(await status(workspace, '--unchanged', 'labels.csv'), { unchanged: ['labels.csv'] });
  });

  test('names what is deleted, not in the cache, and untracked', async (context) => {
    const workspace = await project(context);
    commit(workspace);
    // The list of a folder is there, and one of its files is not.
    const object = createHash('sha256').update('bbbb\n').digest('hex');
    workspace.remove(`cache/objects/sha256/${object.slice(0, 2)}/${object.slice(2)}`);
    assert.deepEqual(await status(workspace), {});
    assert.deepEqual(await status(workspace, '--granular'), { not_in_cache: ['raw/sub/b'] });
    workspace.remove('labels.csv');
    workspace.remove('cache/objects');
    workspace.write('new.txt', 'n');
    const elsewhere = JSON.stringify(makeWorkspace(context, {}).root);
    workspace.write('cache/config.yaml', `remotes: {there: {url: ${elsewhere}}}\n`);
    assert.deepEqual(await status(workspace, '--not-in-remote', '--untracked-files', 'no'), {
      not_in_cache: ['labels.csv', 'raw/', 'up.txt'],
      not_in_remote: ['labels.csv', 'raw/', 'up.txt'],
      uncommitted: { deleted: ['labels.csv'] },
    });
    assert.deepEqual(await status(workspace, '--untracked-files'), {
      not_in_cache: ['labels.csv', 'raw/', 'up.txt'],
      uncommitted: { deleted: ['labels.csv'] },
      untracked: ['new.txt'],
    });
    const { stdout } = await runPipe(workspace.path('sub'), [
      'status',
      '--data',
      '--json',
      '--untracked-files',
      '../new.txt',
    ]);
    assert.deepEqual(JSON.parse(stdout), { untracked: ['../new.txt'] });
  });

  test('works outside of git', async (context) => {
    const workspace = makeWorkspace(context, {
      'pipeline.yaml': 'stages:\n  two: {cmd: "true", outs: [b, d, {m: {cache: false}}]}\n',
      a: 'a',
      b: 'b',
      m: 'm',
      'd/x': 'x',
    });
    await workspace.expect(0, 'add', 'a');
    await workspace.expect(0, 'commit', '-f');
    workspace.write('a', 'b');
    workspace.write('d/x', 'y');
    workspace.write('m', 'what the cache is not to keep');
    assert.deepEqual(await status(workspace), { uncommitted: { modified: ['a', 'd/'] } });
    assert.deepEqual(await status(workspace, 'd/x'), { uncommitted: { modified: ['d/x'] } });
  });
});

void suite('pipe du', () => {
  test('prints the sizes of what is recorded, without the files', async (context) => {
    const workspace = await project(context);
    for (const name of ['raw', 'labels.csv', 'up.txt']) workspace.remove(name);
    assert.equal(
      (await workspace.expect(0, 'du')).stdout,
      '       2 B  labels.csv\n       8 B  raw/ (2 files)\n       2 B  up.txt\n      12 B  total\n',
    );
    assert.equal(
      (await workspace.expect(0, 'du', 'raw')).stdout,
      '       3 B  raw/a\n       5 B  raw/sub/b\n       8 B  total\n',
    );
    assert.equal((await workspace.expect(0, 'du', '-s', 'raw/sub')).stdout, '       5 B  raw/sub\n');
    assert.match((await workspace.expect(1, 'du', 'lables.csv')).stderr, /did you mean 'labels\.csv'/);
  });
});
