import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

/** Megabytes that any of this may take, the engine itself included. */
const LIMIT = 300;

test('100,000 files in one directory are hashed in little memory, and again in less', (t) => {
  const space = makeStore(t);
  for (let index = 0; index < 100_000; index += 1) {
    const folder = space.path(`out/${index % 100}`);
    if (index < 100) mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${index}`, `${index}`);
  }
  const look = { root: space.root, work: 'look', path: 'out' } as const;
  const first = cacheWork(look);
  const second = cacheWork(look);
  const third = cacheWork(look);
  assert.ok(first.digest !== undefined && first.digest === second.digest && second.digest === third.digest);
  assert.ok(first.megabytes < LIMIT, `${first.megabytes} MB`);
  assert.ok(third.megabytes < 200, `${third.megabytes} MB`);
});

test('directories may be 50 deep', async (t) => {
  const space = makeStore(t);
  const deep = Array.from({ length: 50 }, (_, index) => `level-${index}`).join('/');
  space.write(`out/${deep}/file`, 'deep');
  mkdirSync(space.path(`out/${deep}/empty`));
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual(await space.files.look(space.path('out')), content);
});

test('a file of 5 GiB has its size and digest, in little memory', async (t) => {
  const space = makeStore(t);
  // Sparse: it takes no room.
  const descriptor = openSync(space.path('large'), 'w');
  ftruncateSync(descriptor, 5 * 2 ** 30);
  closeSync(descriptor);
  const { digest, megabytes } = cacheWork({ root: space.root, work: 'look', path: 'large' });
  // sha256sum of 5 GiB of zeros.
  assert.equal(digest, '7f06c62352aebd8125b2a1841e2b9e1ffcbed602f381c3dcb3200200e383d1d5');
  assert.ok(megabytes < LIMIT, `${megabytes} MB`);
});
