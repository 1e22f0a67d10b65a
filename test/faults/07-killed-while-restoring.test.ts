import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import test from 'node:test';
import { isWhole } from '../amount.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

const FILES = isWhole ? 1000 : 60;
const EARLY = 0.3 * FILES;

test(`kill -9 while a directory of ${FILES} files is restored: there is nothing, or all of it`, async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < FILES; index += 1) space.write(`out/${index % 10}/${index}`, `${index}`);
  const content = await space.keep('out');
  const work = { root: space.root, work: 'restore', path: 'out', content } as const;
  rmSync(space.path('out'), { recursive: true });
  const { steps } = cacheWork({ ...work, path: 'whole' });
  assert.ok(steps > FILES);
  for (const dieAt of isWhole ? [1, 2, 3, EARLY, FILES + 1, steps - 1, steps] : [steps]) {
    assert.equal(cacheWork({ ...work, dieAt }).signal, 'SIGKILL');
    assert.ok(!existsSync(space.path('out')));
  }
  assert.equal(cacheWork(work).digest, 'restored');
  assert.deepEqual(await space.files.look(space.path('out')), content);
});

test('kill -9 while the rest of a directory is restored: a part is not taken for the whole, and is completed', async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < FILES; index += 1) space.write(`out/${index % 10}/${index}`, `${index}`);
  const content = await space.keep('out');
  const work = { root: space.root, work: 'restore', path: 'out', content } as const;
  const leaveOne = (): void => {
    rmSync(space.path('out'), { recursive: true });
    space.write('out/7/7', '7');
  };
  leaveOne();
  const { steps } = cacheWork(work);
  assert.ok(steps > 2 * FILES - 2);
  // At first from where the last one died, then from the one file each time.
  for (const [index, dieAt] of (isWhole
    ? [EARLY, EARLY, 1, 2, 3, FILES + 1, steps - 1, steps]
    : [EARLY, EARLY, steps]
  ).entries()) {
    if (index === 0 || index >= 2) leaveOne();
    assert.equal(cacheWork({ ...work, dieAt }).signal, 'SIGKILL');
    assert.notEqual((await space.files.look(space.path('out')))?.digest, content.digest);
  }
  assert.equal(cacheWork(work).digest, 'restored');
  assert.deepEqual(await space.files.look(space.path('out')), content);
});
