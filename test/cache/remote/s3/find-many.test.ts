// Looking for many objects: right whatever is there, and never with more requests than asking for each.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { findMany } from '../../../../src/cache/cache.ts';

/** A bucket whose pages hold so many keys. */
function bucket(sizes: ReadonlyMap<string, number>, page: number) {
  const sorted = [...sizes.keys()].sort();
  const asked = { lists: 0, heads: 0 };
  return {
    asked,
    list: async (prefix: string, after: string) => {
      asked.lists += 1;
      const behind = sorted.filter((key) => key.startsWith(prefix) && key > after);
      const files = behind.slice(0, page).map((key) => ({ key, size: sizes.get(key)!, time: 0 }));
      return { files, more: behind.length > page };
    },
    size: async (key: string) => {
      asked.heads += 1;
      return sizes.get(key);
    },
  };
}

const key = (n: number): string => hash('sha256', String(n)).replace(/^(..)/, 'objects/sha256/$1/');

test('whatever is there, and however long pages are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(400), { maxLength: 300, size: 'max' }),
      fc.uniqueArray(fc.nat(400), { maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 5 }),
      async (there, wanted, page, jobs) => {
        const sizes = new Map(there.map((n) => [key(n), n]));
        const server = bucket(sizes, page);
        const keys = wanted.map(key);
        const found = await findMany(keys, { ...server, jobs });
        const expected = keys.filter((one) => sizes.has(one)).map((one) => [one, sizes.get(one)!] as const);
        assert.deepEqual(found, new Map(expected));
        assert.ok(
          server.asked.lists + server.asked.heads <= keys.length + jobs,
          JSON.stringify(server.asked),
        );
      },
    ),
  );
});

test('many of many: a page answers for a thousand', async () => {
  const sizes = new Map(Array.from({ length: 10_000 }, (_, n) => [key(n), n]));
  const server = bucket(sizes, 1000);
  const keys = Array.from({ length: 10_000 }, (_, n) => key(n + 100));
  const found = await findMany(keys, { ...server, jobs: 8 });
  assert.equal(found.size, 9900);
  assert.ok(server.asked.lists <= 20 && server.asked.heads === 0, JSON.stringify(server.asked));
});

test('few of very many are asked for one by one', async () => {
  const sizes = new Map(Array.from({ length: 5000 }, (_, n) => [key(n), n]));
  const server = bucket(sizes, 1000);
  await findMany([1, 2, 3, 6000].map(key), { ...server, jobs: 8 });
  assert.deepEqual(server.asked, { lists: 0, heads: 4 });
});

test('where listing is not allowed, each is asked for', async () => {
  const server = bucket(new Map([[key(1), 5]]), 1000);
  const keys = Array.from({ length: 20 }, (_, n) => key(n));
  const found = await findMany(keys, { ...server, list: async () => undefined, jobs: 2 });
  assert.deepEqual([...found], [[key(1), 5]]);
});

test('without a listing, more are asked for than a call takes arguments', async () => {
  const keys = Array.from({ length: 150_000 }, (_, n) => `a/${n}`);
  const found = await findMany(keys, {
    jobs: 1,
    list: () => Promise.resolve(undefined),
    size: () => Promise.resolve(1),
  });
  assert.equal(found.size, keys.length);
});
