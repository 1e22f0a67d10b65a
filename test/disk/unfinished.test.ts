// What the end of the program waits for, and what it removes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { copyBySystem, isCopying, waitForCopies } from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

test('each copy of the system has made its file before the end of the program goes on', async (t) => {
  const space = makeSpace(t);
  const names = ['a', 'b'];
  const copies = names.map((name) => copyBySystem(space.write(name, name), space.path(`${name}2`), 0));
  assert.equal(isCopying(), true);
  const looks = new Map<unknown, number>();
  patchFs(t, 'existsSync', () => (path) => {
    looks.set(path, (looks.get(path) ?? 0) + 1);
    return looks.get(path)! > (path === space.path('b2') ? 3 : 1);
  });
  waitForCopies();
  assert.equal(looks.get(space.path('b2')), 4);
  await Promise.all(copies);
  assert.equal(isCopying(), false);
  assert.deepEqual(
    names.map((name) => readFileSync(space.path(`${name}2`), 'utf8')),
    names,
  );
  waitForCopies();
  assert.deepEqual(
    [...looks.keys()].map(String).sort(),
    names.map((name) => space.path(`${name}2`)),
  );
});

test('a copy that fails is waited for no longer', async (t) => {
  const space = makeSpace(t);
  await assert.rejects(copyBySystem(space.path('missing'), space.path('to'), 0), { code: 'ENOENT' });
  assert.equal(isCopying(), false);
});
