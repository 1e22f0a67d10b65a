// The record of the experiment: from files as its stages leave them to runs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { artifact } from '../../../stages/lib/tracking/artifacts.ts';
import { gitCommit } from '../../../stages/lib/tracking/git-commit.ts';
import { configurationName, keyPart, projectOf } from '../../../stages/lib/tracking/names.ts';
import { fingerprint, history, means, params, single, spread } from '../../../stages/lib/tracking/values.ts';

function folderOf(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'record-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('the commit is found in each of the forms that git keeps it in', (t) => {
  const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
  const loose = folderOf(t, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/refs/heads/main': `${one}\n`,
    'a/b/c': '',
  });
  assert.equal(gitCommit(join(loose, 'a/b')), one);
  const packed = folderOf(t, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${two} refs/heads/main\n`,
  });
  assert.equal(gitCommit(packed), two);
  assert.equal(gitCommit(folderOf(t, { '.git/HEAD': `${one}\n` })), one);
  const linked = folderOf(t, {
    'tree/.git': 'gitdir: ../main/.git/worktrees/tree\n',
    'main/.git/HEAD': 'ref: refs/heads/main\n',
    'main/.git/worktrees/tree/HEAD': 'ref: refs/heads/topic\n',
    'main/.git/worktrees/tree/commondir': '../..\n',
    'main/.git/refs/heads/topic': `${two}\n`,
  });
  assert.equal(gitCommit(join(linked, 'tree')), two);
  assert.equal(gitCommit(folderOf(t, { '.git/HEAD': 'ref: refs/heads/main\n' })), undefined);
});

test('a file outside of the working folder is no artifact', (t) => {
  const root = folderOf(t, { 'outside.txt': 'x' });
  assert.throws(() => artifact(join(root, 'outside.txt')), {
    name: 'StageError',
    message: /outside\.txt is not below the working folder/,
  });
});

test('names are keys that every server can search for', () => {
  assert.equal(configurationName('64-0.002-0.5-1', 1), '64-0.002-0.5');
  assert.equal(configurationName('64-0.002-0.5-11', 1), '64-0.002-0.5-11');
  assert.equal(keyPart('a b"c/ü=1'), 'a_b_c__=1');
  assert.equal(projectOf('Data/quickstart/'), 'denoising-autoencoder/Data/quickstart');
});

test('values become points: a history by epoch, results at the end, spreads over the folds', () => {
  assert.deepEqual(history([0.5, Number.NaN], [10, 20]), [
    [1, 10, 0.5],
    [2, 20, 'NaN'],
  ]);
  assert.deepEqual(single({ a: 1, b: undefined }, 5), { a: [[0, 5, 1]] });
  assert.deepEqual(spread({ x: [1, 3], none: [] }), { mean_x: 2, std_x: 1 });
  assert.deepEqual(params({ filters: [1, 2], rate: 1e-3, backend: 'wasm' }), {
    filters: '1,2',
    rate: '0.001',
    backend: 'wasm',
  });
  assert.deepEqual(
    ['wasm', 'tfjs-node', 'tfjs-node-gpu', 'webgpu'].map(
      (backend) => means({ backend, threads: 2 })['device'],
    ),
    ['cpu', 'cpu', 'gpu', 'gpu'],
  );
  const file = { path: 'a', file: 'a', sha256: 'a'.repeat(64), size: 1 };
  const other = { ...file, sha256: 'b'.repeat(64) };
  assert.notEqual(fingerprint({ a: '1' }, [file]), fingerprint({ a: '1' }, [other]));
  assert.notEqual(fingerprint({ a: '1' }, [file]), fingerprint({ a: '2' }, [file]));
  assert.equal(fingerprint({ a: '1', b: '2' }, [file]), fingerprint({ b: '2', a: '1' }, [file]));
});
