// Which changes are reported when what is watched becomes another list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchFiles } from '../../src/run/run.ts';
import { makeSpace } from '../hash/space.ts';

test('once other paths are watched each change of them is reported, and none of the earlier ones', async (t) => {
  const space = makeSpace(t);
  const [former, next, last] = ['former', 'next', 'last'].map((name) => space.path(name)) as [
    string,
    string,
    string,
  ];
  for (const name of ['former', 'next', 'last']) space.write(name, '1');
  const changes = await watchFiles([former], () => true);
  t.after(() => changes.close());
  await changes.watch([next]);
  space.write('former', '22');
  space.write('next', '22');
  assert.deepEqual(await changes.next(), [next]);
  await changes.watch([next, last]);
  space.write('last', '22');
  assert.deepEqual(await changes.next(), [last]);
});
