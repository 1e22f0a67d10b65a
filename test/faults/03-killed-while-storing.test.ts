import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import test from 'node:test';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import { verifyObjects } from '../../src/cache/cache.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { stepNumbers } from '../amount.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

test('kill -9 at every step of storing an output: no name without its bytes, and the next time all is there', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  space.write('out/b', 'b');
  space.write('out/large', Buffer.alloc(5 << 20, 1));
  const content = (await space.files.look(space.path('out')))!;
  const work = { root: space.root, work: 'store', path: 'out' } as const;
  let last = 0;
  for (const dieAt of stepNumbers(17)) {
    rmSync(space.dir, { recursive: true, force: true });
    const { signal } = cacheWork({ ...work, dieAt });
    if (signal !== null) last = dieAt;
    const store = makeStore(t, { root: space.root, dir: space.dir }).store;
    const run = openRunCache({ dir: space.dir, store }).find('ab'.repeat(32) as Digest);
    // Where something names the outputs, they can be restored.
    if (run)
      for (const out of run) assert.equal(await store.restore(out.content, space.path('again')), 'restored');
    if (store.has(content)) assert.equal(await store.restore(content, space.path('again')), 'restored');
    const { corrupt } = await verifyObjects({
      dir: space.dir,
      layout: ownLayout,
      quarantine: space.path('quarantine'),
    });
    assert.deepEqual(corrupt, []);
    assert.equal(cacheWork(work).digest, content.digest);
    assert.equal(await store.restore(content, space.path('again')), 'restored');
    if (signal === null) break;
  }
  // Four objects written and renamed, two flushes, the run written and renamed.
  assert.ok(last >= 4 + 4 + 2 + 2);
});
