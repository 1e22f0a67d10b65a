// The digests that records of git revisions name: `pipe gc` keeps them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { writeRecord } from '../../src/experiment/experiment.ts';
import { ownContent } from '../../src/own/own.ts';
import { recordedDigests } from '../../src/revision/revision.ts';
import { BLANK_RECORD } from '../blank-record.ts';
import { makeWorkspace } from '../workspace.ts';

const digest = (letter: string): string => letter.repeat(64);
const textOf = (letter: string): string => `outs:\n- path: x\n  sha256: ${digest(letter)}\n`;

test('of branches, those of remotes and tags too; of commits; of one revision', async (t) => {
  const space = makeWorkspace(t, {});
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: space.root,
      stdio: 'pipe',
    });
  const commit = (letter: string, file = 'pipeline.lock'): void => {
    space.write(file, textOf(letter));
    git('add', '-A');
    git('commit', '-qm', letter);
  };
  git('init', '-q', '-b', 'main');
  commit('0');
  commit('1');
  git('tag', 'v1');
  commit('2');
  git('update-ref', 'refs/remotes/origin/theirs', 'HEAD');
  commit('3');
  git('branch', 'other');
  commit('4');
  commit('5', 'sub/in/here/data.dvc');
  commit('d', 'sub/dvc.lock');
  git('checkout', '-q', '--orphan', 'theirs');
  commit('8');
  commit('9');
  git('update-ref', 'refs/remotes/origin/another', 'HEAD');
  commit('a');
  git('tag', 'of-no-branch');
  git('checkout', '-q', '--orphan', 'remote');
  commit('b');
  commit('c');
  git('update-ref', 'refs/remotes/origin/remote', 'HEAD');
  git('checkout', '-q', 'main');
  git('branch', '-qD', 'theirs', 'remote');
  space.write('pipeline.lock', textOf('6'));
  space.write('notes.txt', textOf('7'));
  const found = async (flags: Parameters<typeof recordedDigests>[1], root = space.root): Promise<string> =>
    [...(await recordedDigests(root, flags, ownContent, space.path('exps')))]
      .map((one) => one.slice(0, 1))
      .sort()
      .join('');
  assert.equal(await found({ allBranches: true }), '123459acd');
  // An orphan branch begins with the files that are there.
  assert.equal(await found({ allTags: true }), '15ad');
  assert.equal(await found({ allCommits: true }), '01234589abcd');
  assert.equal(await found({ rev: ['main~6', 'other'] }), '03');
  assert.equal(await found({ allBranches: true }, space.path('sub')), '5d');
  await assert.rejects(found({ rev: ['nowhere'] }), PipeError);
  // A name that git does not know can be an experiment: its results, and what was recorded where it was run.
  const locks = new Map([['pipeline.lock', textOf('e')]]);
  for (const name of ['mine', 'other'])
    writeRecord(space.path('exps'), { ...BLANK_RECORD, name, revision: 'main~6', locks });
  assert.equal(await found({ rev: ['mine'] }), '0e');
  assert.equal(await found({ rev: ['other'] }), '3', 'a branch comes first');
  // What is lost of git could name any object.
  const lost = execFileSync('git', ['rev-parse', 'main~2:pipeline.lock'], {
    cwd: space.root,
    encoding: 'utf8',
  }).trim();
  space.remove(`.git/objects/${lost.slice(0, 2)}/${lost.slice(2)}`);
  await assert.rejects(found({ allCommits: true }), PipeError);
});

test('without git it is an error, not an empty list; experiments have their own records', async (t) => {
  const space = makeWorkspace(t, {});
  const locks = new Map([
    ['pipeline.lock', textOf('a')],
    ['sub/pipeline.lock', textOf('b')],
  ]);
  for (const name of ['one', 'two', 'three']) {
    writeRecord(space.path('exps'), { ...BLANK_RECORD, name, revision: 'main', locks: new Map(locks) });
    locks.set('sub/pipeline.lock', textOf(name === 'one' ? 'c' : 'd'));
  }
  const found = await recordedDigests(space.root, { rev: ['one', 'three'] }, ownContent, space.path('exps'));
  assert.deepEqual([...found].map((one) => one.slice(0, 1)).sort(), ['a', 'b', 'd']);
  await assert.rejects(
    recordedDigests(makeWorkspace(t, {}).root, { allBranches: true }, ownContent, '/none'),
    (error) => error instanceof PipeError && error.problems[0]?.code === 'git-failed',
  );
});
