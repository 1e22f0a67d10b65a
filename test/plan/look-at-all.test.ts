import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { lookAtAll } from '../../src/plan/plan.ts';
import { at } from '../show/stages.ts';

const contentOf = (text: string): Content => ({ digest: text as Digest, size: 1 });

test('of a stage with many dependencies few are looked at at a time, each with its own record', async () => {
  for (const count of [3, 8, 9, 200]) {
    const items = Array.from({ length: count }, (_, n) => ({ path: `d${n}`, at: at(`in/d${n}`) }));
    // In another order, and of the first nothing is recorded.
    const recorded = items
      .slice(1)
      .map(({ path }) => ({ path, content: contentOf(`of ${path}`) }))
      .reverse();
    let [underWay, most] = [0, 0];
    const found = await lookAtAll(items, recorded, async (path, before) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return path === 'in/d2' ? undefined : contentOf(`${path}, ${before?.digest}`);
    });
    assert.deepEqual(
      found,
      items.map(({ path }, n) =>
        n === 2 ? undefined : contentOf(`in/${path}, ${n === 0 ? undefined : `of ${path}`}`),
      ),
    );
    assert.ok(most > 1 && most <= 32, String(most));
  }
});
