import assert from 'node:assert/strict';
import test from 'node:test';
import type { Digest, ManifestEntry } from '../../src/hash/hash.ts';
import { folderChanges } from '../../src/plan/plan.ts';

const file = (path: string, digest: string, isexec = false): ManifestEntry => ({
  kind: 'file',
  path,
  digest: digest as Digest,
  size: 1,
  ...(isexec && { isexec: true as const }),
});

test('files that came, went or changed, in the order of their paths', () => {
  const old = [
    file('b', '1'),
    file('same', '1'),
    file('run', '1'),
    { kind: 'directory', path: 'empty' } as const,
  ];
  const now = [
    file('a', '1'),
    file('b', '2'),
    file('same', '1'),
    file('run', '1', true),
    { kind: 'symlink', path: 'link', target: 'a' } as const,
  ];
  assert.deepEqual(folderChanges(old, now), [
    { path: 'a', status: 'added' },
    { path: 'b', status: 'modified' },
    { path: 'empty', status: 'removed' },
    { path: 'link', status: 'added' },
    { path: 'run', status: 'modified' },
  ]);
  assert.deepEqual(folderChanges(now, now), []);
});

test('a file in place of a symlink, a symlink that points elsewhere', () => {
  const link = (path: string, target: string): ManifestEntry => ({ kind: 'symlink', path, target });
  assert.deepEqual(folderChanges([link('a', 'x'), link('b', 'x')], [file('a', 'x'), link('b', 'y')]), [
    { path: 'a', status: 'modified' },
    { path: 'b', status: 'modified' },
  ]);
});
