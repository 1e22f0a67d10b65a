import assert from 'node:assert/strict';
import { copyFileSync, renameSync, utimesSync } from 'node:fs';
import test from 'node:test';
import { makeSpace } from '../hash/space.ts';

test('touched, copied and moved back, a file is what it was', async (t) => {
  const space = makeSpace(t);
  const path = space.write('d/input', 'same');
  const look = async (): Promise<unknown> => {
    const hasher = space.hasher('sha256', { stateFile: space.path('state') });
    const content = [await hasher.look(path), await hasher.look(space.path('d'))];
    hasher.close();
    return content;
  };
  const before = await look();
  utimesSync(path, 1, 1);
  assert.deepEqual(await look(), before);
  copyFileSync(path, space.path('copy'));
  renameSync(space.path('copy'), path);
  assert.deepEqual(await look(), before);
});
