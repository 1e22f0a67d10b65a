import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import test from 'node:test';
import { makeSpace } from '../hash/space.ts';

for (const size of [1, 5 << 20]) {
  test(`an input of ${size} bytes rewritten with its size and mtime is noticed, alone and in a directory`, async (t) => {
    const space = makeSpace(t);
    const path = space.write('d/input', Buffer.alloc(size, 1));
    const look = async (): Promise<unknown[]> => {
      const hasher = space.hasher('sha256', { stateFile: space.path('state') });
      const found = [await hasher.look(path), await hasher.look(space.path('d'))];
      hasher.close();
      return found;
    };
    const before = await look();
    const { atime, mtime } = statSync(path);
    space.write('d/input', Buffer.alloc(size, 2));
    utimesSync(path, atime, mtime);
    const after = await look();
    assert.notDeepEqual(after[0], before[0]);
    assert.notDeepEqual(after[1], before[1]);
  });
}
