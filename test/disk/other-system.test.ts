// As on a system without /proc: each folder on the way is looked at, and each file is flushed by itself.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { patchFs } from '../patched-fs.ts';

const { platform } = process;
Object.defineProperty(process, 'platform', { value: 'darwin' });
const { inFolder, listFolder, removeSeen, replaceSeen, syncPaths, syncSideBySide } =
  await import('../../src/disk/disk.ts');
const { makeSpace } = await import('../hash/space.ts');
Object.defineProperty(process, 'platform', { value: platform });

test('nothing is listed, replaced or removed through a link, be it the last folder or one before', (t) => {
  const space = makeSpace(t);
  const outside = makeSpace(t);
  outside.write('in/file', 'of others');
  space.write('real/in/file', 'ours');
  symlinkSync(outside.root, space.path('link'));
  symlinkSync(outside.path('in'), space.path('real/link'));
  const seen = lstatSync(outside.path('in/file'));
  for (const folder of ['link', 'link/in', 'real/link']) {
    const at = space.path(folder);
    assert.throws(() => listFolder(space.root, at), /is a symbolic link/);
    assert.throws(() => removeSeen(space.root, `${at}/file`, seen), /is a symbolic link/);
    assert.throws(() => replaceSeen(space.root, `${at}/file`, seen, 'x'), /is a symbolic link/);
  }
  assert.ok(existsSync(outside.path('in/file')));
  assert.deepEqual(
    listFolder(space.root, space.path('real')).map(({ name }) => name),
    ['in', 'link'],
  );
  // The folder that all are in may be reached by a link.
  symlinkSync(space.root, outside.path('base'));
  assert.equal(listFolder(outside.path('base'), outside.path('base')).length, 2);
  const own = lstatSync(space.path('real/in/file'));
  assert.equal(removeSeen(outside.path('base'), outside.path('base/real/in/file'), own), true);
  assert.ok(!existsSync(space.path('real/in/file')));
});

test('a folder that is none, or not there, has nothing', (t) => {
  const space = makeSpace(t);
  space.write('file', '');
  const fail = (): never => assert.fail();
  for (const path of ['file', 'file/in', 'none', 'none/in'])
    assert.equal(inFolder(space.root, space.path(path), fail), undefined, path);
});

test('each of many files is flushed by itself, and no program is started', async (t) => {
  const space = makeSpace(t);
  const paths = Array.from({ length: 30 }, (_, index) => space.write(`out/${index}`, ''));
  const before = process.env['PATH'];
  t.after(() => (process.env['PATH'] = before));
  mkdirSync(space.path('bin'));
  space.write('bin/sync', '#!/bin/sh\n', 0o755);
  process.env['PATH'] = space.path('bin');
  const opened: unknown[] = [];
  patchFs(t, 'openSync', (real) => (path, ...rest) => {
    opened.push(path);
    return real(path, ...rest);
  });
  syncPaths(paths, space.root, () => {});
  await syncSideBySide(paths, space.root, () => {});
  assert.deepEqual(opened, [...paths, ...paths]);
});
