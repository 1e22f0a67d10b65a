import assert from 'node:assert/strict';
import test from 'node:test';
import { openRunCache } from '../../src/own/own.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { makeStore } from '../cache/store-space.ts';

test('another result for the same inputs is told, and the first is kept', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const key = 'ab'.repeat(32) as Digest;
  const entryOf = async (text: string): Promise<Parameters<typeof runs.save>[1]> => {
    const outs = [];
    for (const path of ['out', 'same', 'more']) {
      space.write(path, path === 'same' ? path : text);
      outs.push({ path, content: await space.keep(path) });
    }
    return { cmd: 'date > out', deps: [], params: new Map(), outs };
  };
  const first = await entryOf('first');
  assert.equal(runs.save(key, first), undefined);
  const second = await entryOf('second');
  const warning = runs.save(key, second);
  assert.equal(warning?.code, 'nondeterministic');
  assert.deepEqual(warning.facts, [['differing', 'out, more']]);
  assert.ok(space.store.has(first.outs[0]!.content) && space.store.has(second.outs[0]!.content));
});
