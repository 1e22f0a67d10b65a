import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import test from 'node:test';
import { makeStore } from '../cache/store-space.ts';

for (const layout of ['pipe', 'dvc'] as const) {
  test(`${layout}: a link where a directory is expected is replaced, not followed`, async (t) => {
    const space = makeStore(t, { layout });
    space.write('out/sub/deep/a', 'a');
    const content = await space.keep('out');
    for (const name of ['out', 'out/sub', 'out/sub/deep']) {
      const outside = makeStore(t);
      outside.write('sub/deep/a', 'precious');
      outside.write('deep/a', 'precious');
      outside.write('a', 'precious');
      const before = outside.list('.');
      rmSync(space.path(name), { recursive: true });
      symlinkSync(outside.root, space.path(name));
      assert.equal(await space.store.restore(content, space.path('out')), 'restored');
      assert.deepEqual(await space.files.look(space.path('out')), content);
      assert.ok(lstatSync(space.path(name)).isDirectory());
      assert.deepEqual(outside.list('.'), before);
    }
  });
}

test('a link where a file is expected is replaced, a directory too', async (t) => {
  const space = makeStore(t);
  space.write('file', 'content');
  const content = await space.keep('file');
  const precious = space.write('precious', 'precious');
  symlinkSync(precious, space.path('link'));
  mkdirSync(space.path('folder/inner'), { recursive: true });
  for (const name of ['link', 'folder']) {
    assert.equal(await space.store.restore(content, space.path(name)), 'restored');
    assert.ok(lstatSync(space.path(name)).isFile());
  }
  assert.equal((await space.files.look(precious))?.size, 'precious'.length);
});
