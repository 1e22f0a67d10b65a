// Folders that are made one after the other in one that may be removed, or hold a link.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
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

test('folders of a group are writable to it, and give it to what is made in them, whatever the umask', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const mask = process.umask(0o077);
  t.after(() => process.umask(mask));
  new RealFolders(join(home, 'new/base'), true).make(join(home, 'new/base/a/b'));
  assert.equal(process.umask(), 0o077, 'that of the process is as before');
  const modes = ['new', 'new/base', 'new/base/a', 'new/base/a/b'].map(
    (name) => statSync(join(home, name)).mode,
  );
  assert.deepEqual(
    modes.map((mode) => (mode & 0o7777).toString(8)),
    Array(4).fill('2775'),
  );
});
