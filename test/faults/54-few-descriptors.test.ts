import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import test from 'node:test';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

test('64 open files are enough to store and restore 5,000, large ones among them', async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < 5000; index += 1) space.write(`out/${index % 50}/${index}`, `${index}`);
  for (let index = 0; index < 20; index += 1)
    space.write(`out/large/${index}`, Buffer.alloc((4 << 20) + 1, index));
  const { digest } = cacheWork({ root: space.root, work: 'store', path: 'out' }, 'ulimit -n 64');
  const content = (await space.files.look(space.path('out')))!;
  assert.equal(content.digest, digest);
  rmSync(space.path('out'), { recursive: true });
  assert.equal(
    cacheWork({ root: space.root, work: 'restore', path: 'out', content }, 'ulimit -n 64').digest,
    'restored',
  );
  assert.deepEqual(await space.files.look(space.path('out')), content);
});
