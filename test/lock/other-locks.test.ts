import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { emptyLock, locksInFolder, locksOfBranches } from '../../src/lock/lock.ts';
import { formatLock, pipeFormat } from '../../src/own/own.ts';
import { makeSpace } from '../hash/space.ts';

const textOf = (cmd: string): string =>
  formatLock({
    ...emptyLock,
    entries: new Map([['s', { cmd, wdir: '.', env: {}, deps: [], params: new Map(), outs: [] }]]),
  });

test('every branch, remote branch and tag is asked, in sub-folders too', (t) => {
  const space = makeSpace(t);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: space.root,
      stdio: 'ignore',
    });
  git('init');
  const commit = (cmd: string, name: string): void => {
    space.write(name, textOf(cmd));
    git('add', '.');
    git('commit', '-m', cmd);
  };
  commit('tagged', 'pipeline.lock');
  git('tag', 'v1');
  commit('of another', 'pipeline.lock');
  git('update-ref', 'refs/remotes/origin/theirs', 'HEAD');
  commit('of a branch', 'pipeline.lock');
  git('branch', 'other');
  commit('here', 'pipeline.lock');
  commit('inner', 'sub/pipeline.lock');
  space.write('pipeline.lock', textOf('not committed'));
  const commands = locksOfBranches(space.root, 'pipeline.lock', pipeFormat).map(
    (lock) => lock.entries.get('s')!.cmd,
  );
  assert.deepEqual(new Set(commands), new Set(['tagged', 'of another', 'of a branch', 'here', 'inner']));
});

test('without git it is an error, not an empty list', (t) => {
  assert.throws(
    () => locksOfBranches(makeSpace(t).root, 'pipeline.lock', pipeFormat),
    (error) => error instanceof PipeError && error.problems[0]?.code === 'git-failed',
  );
});

test('lock files of a folder are read, the run lock is none of them', (t) => {
  const space = makeSpace(t);
  space.write('cache/quick.lock', textOf('quick'));
  space.write('cache/run.lock', 'no YAML: [');
  space.write('cache/other.yaml', 'no lock');
  assert.deepEqual(
    locksInFolder(space.path('cache'), pipeFormat).map((lock) => lock.entries.get('s')!.cmd),
    ['quick'],
  );
  space.write('cache/bad.lock', 'no YAML: [');
  assert.throws(() => locksInFolder(space.path('cache'), pipeFormat), PipeError);
  assert.deepEqual(locksInFolder(space.path('nowhere'), pipeFormat), []);
});
