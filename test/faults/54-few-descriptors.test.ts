import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import test from 'node:test';
import { isWhole } from '../amount.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

const FILES = isWhole ? 5000 : 200;

test('64 open files are enough to store and restore thousands, large ones among them', async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < FILES; index += 1) space.write(`out/${index % 50}/${index}`, `${index}`);
  for (let index = 0; index < (isWhole ? 20 : 8); index += 1)
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
