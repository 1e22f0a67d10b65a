// The commands about the cache.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspaceMostlyHere, copiesMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

const pipeline = (word: string): string =>
  `stages:\n  say:\n    cmd: echo ${word} > word.txt\n    outs: [word.txt]\n`;

const projectThatRan = copiesMostlyHere({ 'pipeline.yaml': pipeline('one') }, (workspace) =>
  workspace.repro(),
);

function objects(workspace: TestWorkspace): string[] {
  const folder = workspace.path('cache/objects/sha256');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('gc --workspace keeps what the lock file names and nothing else', async (t) => {
  const workspace = await projectThatRan(t);
  workspace.write('pipeline.yaml', pipeline('two'));
  await workspace.repro();
  assert.equal(objects(workspace).length, 2);
  assert.match(
    (await workspace.expect(0, 'gc', '--workspace', '--dry')).stdout,
    /Would remove 1 object \(4 B\),/,
  );
  assert.equal(objects(workspace).length, 2);
  await workspace.expect(0, 'gc', '--workspace');
  assert.equal(objects(workspace).length, 1);
  workspace.remove('word.txt');
  assert.deepEqual((await workspace.repro()).restored, ['say']);
  workspace.write('pipeline.yaml', pipeline('one'));
  assert.deepEqual((await workspace.repro()).ran, ['say']);
});

test('gc keeps what lock files in the cache folder name', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': 'vars: [{w: one}]\n' + pipeline('${w}') });
  await workspace.repro('--lock', 'cache/other.lock');
  await workspace.repro('-S', 'w=two');
  await workspace.expect(0, 'gc', '--workspace');
  assert.equal(objects(workspace).length, 2);
});

test('gc --all-branches keeps what other branches name', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': pipeline('one'),
    '.gitignore': 'cache/\nword.txt\n',
  });
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: workspace.root,
      stdio: 'ignore',
    });
  await workspace.repro();
  git('init', '-b', 'first');
  git('add', '.');
  git('commit', '-m', 'one');
  git('switch', '-c', 'second');
  workspace.write('pipeline.yaml', pipeline('two'));
  await workspace.repro();
  git('commit', '-am', 'two');
  workspace.write('pipeline.yaml', pipeline('three'));
  await workspace.repro();
  assert.equal(objects(workspace).length, 3);
  await workspace.expect(0, 'gc', '--all-branches');
  assert.equal(objects(workspace).length, 3, 'the workspace counts too');
  workspace.write('pipeline.yaml', pipeline('four'));
  await workspace.repro();
  await workspace.expect(0, 'gc', '--all-branches');
  assert.equal(objects(workspace).length, 3);
});

test('gc takes times and sizes, and refuses others', async (t) => {
  const workspace = await projectThatRan(t);
  await workspace.expect(0, 'gc', '--keep', '30d', '--max-size', '20G');
  await workspace.expect(1, 'gc', '--keep', 'long');
  assert.equal(objects(workspace).length, 1);
});

test('verify finds a damaged object and sets it aside', async (t) => {
  const workspace = await projectThatRan(t);
  await workspace.expect(0, 'verify');
  const [object] = objects(workspace);
  chmodSync(object!, 0o644);
  writeFileSync(object!, 'two\n');
  assert.match((await workspace.expect(1, 'verify')).stdout, /1 damaged/);
  assert.equal(objects(workspace).length, 0);
  workspace.remove('word.txt');
  assert.deepEqual((await workspace.repro()).ran, ['say']);
});

test('cache path, size and list', async (t) => {
  const workspace = await projectThatRan(t);
  assert.equal((await workspace.expect(0, 'cache', 'path')).stdout.trim(), workspace.path('cache'));
  assert.equal((await workspace.expect(0, 'cache', 'size')).stdout.trim(), '1 object, 4 B');
  assert.match((await workspace.expect(0, 'cache', 'list')).stdout, /^[0-9a-f]{64} +4 /);
});

test('unprotect makes a linked output writable without touching the cache', async (t) => {
  const linked = `${pipeline('one')}  other: {cmd: echo 2 > other.txt, outs: [other.txt]}\nconfig: {cache: {links: [hardlink]}}\n`;
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': linked });
  await workspace.repro();
  assert.match((await workspace.expect(0, 'unprotect', 'word.txt')).stdout, /^1 link /);
  workspace.write('word.txt', 'mine\n');
  await workspace.expect(0, 'verify');
  assert.match(
    (await workspace.expect(0, 'unprotect')).stdout,
    /^1 link /,
    'only what was named was replaced',
  );
});
