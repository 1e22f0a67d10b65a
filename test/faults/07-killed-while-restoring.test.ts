import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import test from 'node:test';
import { isWhole } from '../amount.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

test('kill -9 while a directory of 1,000 files is restored: the half is not taken for the whole, and is completed', async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < 1000; index += 1) space.write(`out/${index % 10}/${index}`, `${index}`);
  const content = await space.keep('out');
  const work = { root: space.root, work: 'restore', path: 'out', content } as const;
  rmSync(space.path('out'), { recursive: true });
  const { steps } = cacheWork({ ...work, path: 'whole' });
  assert.ok(steps > 2000);
  // Three times from where the last one died, then anew each time.
  const deaths = isWhole ? [300, 300, 300, 1, 2, 3, 1001, steps - 1, steps] : [300, 300, steps];
  for (const [index, dieAt] of deaths.entries()) {
    if (index >= (isWhole ? 3 : 2)) rmSync(space.path('out'), { recursive: true, force: true });
    assert.equal(cacheWork({ ...work, dieAt }).signal, 'SIGKILL');
    assert.notEqual((await space.files.look(space.path('out')))?.digest, content.digest);
  }
  assert.equal(cacheWork(work).digest, 'restored');
  assert.deepEqual(await space.files.look(space.path('out')), content);
});
