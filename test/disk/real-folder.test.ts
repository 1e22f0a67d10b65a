// Folders that are made one after the other in one that may be removed, or hold a link.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RealFolders } from '../../src/disk/disk.ts';

test('folders are made again where somebody removed them meanwhile, and a link is never one of them', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const base = join(home, 'base');
  const folders = new RealFolders(`${base}/`);
  for (const name of ['a/one', 'a/two', 'a/one']) folders.make(join(base, name));
  rmSync(base, { recursive: true });
  for (const name of ['a/one', 'b/two']) folders.make(join(base, name));
  assert.ok(existsSync(join(base, 'a/one')) && existsSync(join(base, 'b/two')));
  symlinkSync(home, join(base, 'a/link'));
  assert.throws(() => folders.make(join(base, 'a/link')), /symbolic link/);
  mkdirSync(join(home, 'empty'));
  symlinkSync(join(home, 'empty'), join(base, 'c'));
  assert.throws(() => folders.make(join(base, 'c/one')), /symbolic link/);
  assert.equal(existsSync(join(home, 'empty/one')), false);
});
