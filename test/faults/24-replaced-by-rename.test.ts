import assert from 'node:assert/strict';
import { renameSync, statSync, utimesSync } from 'node:fs';
import test from 'node:test';
import { makeSpace } from '../hash/space.ts';

for (const size of [1, 5 << 20]) {
  test(`an input of ${size} bytes replaced by a file that is older and of the same size is noticed`, async (t) => {
    const space = makeSpace(t);
    const other = space.write('other', Buffer.alloc(size, 2));
    const path = space.write('input', Buffer.alloc(size, 1));
    const first = space.hasher('sha256', { stateFile: space.path('state') });
    const before = await first.look(path);
    first.close();
    for (const time of [1_000_000_000, statSync(path).mtimeMs / 1000]) {
      utimesSync(other, time, time);
      renameSync(other, path);
      const second = space.hasher('sha256', { stateFile: space.path('state') });
      assert.notDeepEqual(await second.look(path), before);
      second.close();
      space.write('other', Buffer.alloc(size, 3));
    }
  });
}
