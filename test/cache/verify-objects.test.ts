import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { verifyObjects } from '../../src/cache/cache.ts';
import { makeStore } from './store-space.ts';
import { layouts } from '../layouts.ts';

for (const layout of ['pipe', 'dvc'] as const) {
  test(`${layout}: every object is hashed, the corrupt ones are listed and set aside`, async (t) => {
    const space = makeStore(t, { layout });
    space.write('d/a', 'a');
    space.write('d/large', Buffer.alloc(5 << 20));
    const content = await space.keep('d');
    const [bad] = (await space.files.tree(space.path('d'))).entries.filter(({ path }) => path === 'a');
    assert.ok(bad?.kind === 'file');
    const options = { dir: space.dir, layout: layouts[layout], quarantine: space.path('quarantine') };
    assert.deepEqual((await verifyObjects(options)).corrupt, []);

    chmodSync(space.object(bad.digest), 0o644);
    writeFileSync(space.object(bad.digest), 'b');
    assert.equal((await verifyObjects({ ...options, only: (digest) => digest !== bad.digest })).objects, 2);
    const { objects, bytes, corrupt } = await verifyObjects(options);
    assert.deepEqual([objects, corrupt.map(({ digest }) => digest)], [3, [bad.digest]]);
    assert.ok(bytes > 5 << 20);
    assert.equal(readFileSync(space.path(`quarantine/${bad.digest}`), 'utf8'), 'b');
    rmSync(space.path('d'), { recursive: true });
    assert.equal(await space.store.restore(content, space.path('d')), 'missing');
  });
}
