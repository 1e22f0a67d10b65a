import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, linkSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import test from 'node:test';
import { objectsFolder, unprotect } from '../../src/cache/cache.ts';
import { makeStore } from './store-space.ts';
import { ownLayout } from '../../src/own/own.ts';

for (const link of ['hardlink', 'symlink'] as const) {
  test(`${link}s into the cache become files that can be written, and the objects stay`, async (t) => {
    const space = makeStore(t, { links: [link] });
    space.write('d/a', 'a');
    space.write('d/sub/b', 'b');
    const content = await space.keep('d');
    assert.equal(space.store.unprotect(space.path('d')), 2);
    assert.deepEqual(await space.files.look(space.path('d')), content);
    assert.equal(lstatSync(space.path('d/a')).mode & 0o777, 0o644);
    for (const name of ['d/a', 'd/sub/b']) appendFileSync(space.path(name), 'more');
    assert.equal(await space.store.restore(content, space.path('again')), 'restored');
    assert.equal(readFileSync(space.path('again/a'), 'utf8'), 'a');
    assert.equal(readFileSync(space.path('again/sub/b'), 'utf8'), 'b');
    space.write('e', 'e');
    await space.keep('e');
    chmodSync(space.path('e'), 0o555);
    assert.equal(space.store.unprotect(space.path('e')), 1);
    assert.equal(lstatSync(space.path('e')).mode & 0o777, 0o755, 'a program stays one');
  });
}

test('files and links of the user are left alone', (t) => {
  const space = makeStore(t);
  space.write('d/a', 'a');
  linkSync(space.path('d/a'), space.path('d/b'));
  symlinkSync('a', space.path('d/c'));
  symlinkSync('nowhere', space.path('d/e'));
  assert.equal(unprotect(space.path('d'), objectsFolder(space.dir, ownLayout)), 0);
  assert.equal(unprotect(space.path('none'), objectsFolder(space.dir, ownLayout)), 0);
});
