import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { isWhole, sampleOf } from '../amount.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

/** Megabytes that any of this may take, the engine itself included. */
const LIMIT = 300;

const FILES = isWhole ? 100_000 : 1500;

test(`${FILES} files in 100 directories are hashed in little memory, and again in less`, (t) => {
  const space = makeStore(t);
  for (let index = 0; index < FILES; index += 1) {
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

/** Sizes in GiB of files of zeros, and what sha256sum says of them. */
const LARGE = [
  [0.0625, '3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351'],
  [5, '7f06c62352aebd8125b2a1841e2b9e1ffcbed602f381c3dcb3200200e383d1d5'],
] as const;

for (const [size, expected] of sampleOf(LARGE, LARGE.length))
  test(`a file of ${size} GiB has its size and digest, in little memory`, async (t) => {
    const space = makeStore(t);
    // Sparse: it takes no room.
    const descriptor = openSync(space.path('large'), 'w');
    ftruncateSync(descriptor, size * 2 ** 30);
    closeSync(descriptor);
    const { digest, megabytes } = cacheWork({ root: space.root, work: 'look', path: 'large' });
    assert.equal(digest, expected);
    assert.ok(megabytes < LIMIT, `${megabytes} MB`);
  });
