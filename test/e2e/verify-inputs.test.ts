// `pipe verify --inputs` finds what stat data cannot show: bytes that changed while size, times and inode stayed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { testInWhole } from '../amount.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const LONG_AGO = 1_000_000;

/** A file whose times are settled. */
function write(workspace: TestWorkspace, path: string, text: string): void {
  workspace.write(path, text);
  utimesSync(workspace.path(path), LONG_AGO, LONG_AGO);
}

async function made(t: TestContext, pipelineFile = 'pipeline.yaml'): Promise<TestWorkspace> {
  const workspace = makeWorkspace(t, {
    [pipelineFile]:
      'stages:\n  one:\n    cmd: cat in.txt data/x data/* > out.txt\n    deps: [in.txt, data]\n    outs: [out.txt]\n' +
      '  two:\n    cmd: cat in.txt > two.txt\n    deps: [in.txt]\n    outs: [two.txt]\n',
  });
  write(workspace, 'in.txt', 'v1\n');
  write(workspace, 'data/x', 'x1\n');
  if (pipelineFile === 'pipeline.yaml') {
    write(workspace, 'store/y', 'y1\n');
    symlinkSync('../store/y', workspace.path('data/y'));
  } else mkdirSync(workspace.path('.dvc'));
  await workspace.repro();
  return workspace;
}

/**
 * What the stat database holds is said of the bytes that are there by now: as if these had changed by way of a memory map,
 * before the file's times could show it.
 */
async function changeUnseen(
  workspace: TestWorkspace,
  path: string,
  text: string,
  state: string,
): Promise<void> {
  const old = workspace.read(path);
  write(workspace, path, text);
  await workspace.expect(0, 'status');
  const digests = [old, text].map((data) =>
    createHash(state.startsWith('.dvc') ? 'md5' : 'sha256')
      .update(data)
      .digest('hex'),
  );
  const lines = workspace.read(state).split('\n').slice(0, -1);
  const lied = lines.map((line) => line.replaceAll(digests[1]!, digests[0]!));
  assert.notDeepEqual(lied, lines);
  const body = `${lied.join('\n')}\n`;
  writeFileSync(workspace.path(state), body + sha256(body));
}

const STATE = 'cache/state/stat.db';

test('inputs that are as recorded: exit code 0, and how much was read', async (t) => {
  const workspace = await made(t);
  workspace.write('cache/state/verdict', 'what the last run saw');
  const { stdout } = await workspace.expect(0, 'verify', '--inputs');
  assert.match(stdout, /^2 inputs \(6 B\) hashed; 0 not as recorded\.\n$/);
  assert.equal(existsSync(workspace.path('cache/state/verdict')), false, 'no fast answer relies on times');
});

test('a change that no time shows is found, with its readers, and known from then on', async (t) => {
  const workspace = await made(t);
  await changeUnseen(workspace, 'in.txt', 'v2\n', STATE);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/, 'nothing else can see it');
  const { stdout } = await workspace.expect(1, 'verify', '--inputs');
  assert.match(stdout, /^changed unseen: in\.txt \(read by one, two\)\n/);
  assert.match(stdout, /2 inputs .*; 1 not as recorded/);
  assert.deepEqual((await workspace.repro()).ran, ['one', 'two']);
  assert.match(workspace.read('out.txt'), /^v2\n/);
  await workspace.expect(0, 'verify', '--inputs');
});

test('so is one behind a link', async (t) => {
  const workspace = await made(t);
  await changeUnseen(workspace, 'store/y', 'y2\n', STATE);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.match(
    (await workspace.expect(1, 'verify', '--inputs')).stdout,
    /^changed unseen: data \(read by one\)/,
  );
  assert.deepEqual((await workspace.repro()).ran, ['one']);
});

testInWhole('and in a DVC repository', async (t) => {
  const workspace = await made(t, 'dvc.yaml');
  await changeUnseen(workspace, 'in.txt', 'v2\n', '.dvc/tmp/pipe/state/stat.db');
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  assert.match((await workspace.expect(1, 'verify', '--inputs')).stdout, /^changed unseen: in\.txt/);
  assert.deepEqual((await workspace.repro()).ran, ['one', 'two']);
});

test('what status sees as well, and what is gone, are reported as such', async (t) => {
  const workspace = await made(t);
  workspace.write('in.txt', 'v3\n');
  workspace.remove('data');
  const { stdout } = await workspace.expect(1, 'verify', '--inputs');
  assert.match(stdout, /^changed: in\.txt \(read by one, two\)\nmissing: data \(read by one\)\n/m);
  assert.doesNotMatch(stdout, /unseen/i);
});

testInWhole('the fast answer is not asked after it', async (t) => {
  const workspace = await made(t);
  workspace.remove('data/y');
  await workspace.repro();
  await workspace.expect(0, 'repro');
  assert.ok(existsSync(workspace.path('cache/state/verdict')));
  await workspace.expect(0, 'verify', '--inputs');
  assert.equal(existsSync(workspace.path('cache/state/verdict')), false);
});

testInWhole('another lock file, and --all, which is about the cache', async (t) => {
  const workspace = await made(t);
  await workspace.repro('--lock', 'other.lock');
  workspace.write('in.txt', 'v4\n');
  await workspace.repro('--lock', 'other.lock');
  await workspace.expect(0, 'verify', '--inputs', '--lock', 'other.lock');
  await workspace.expect(1, 'verify', '--inputs');
  assert.match((await workspace.expect(1, 'verify', '--inputs', '--all')).stderr, /cannot be used with/);
});
