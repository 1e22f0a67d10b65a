import assert from 'node:assert/strict';
import test from 'node:test';
import { sampleOf } from '../amount.ts';
import { collectGarbage } from '../../src/cache/cache.ts';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';

test('kill -9 at any step of garbage collection: what is needed stays, and the rest goes next time', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const fill = async (): Promise<void> => {
    for (const name of ['aa', 'bb', 'cc']) {
      space.write(`${name}/own`, name);
      space.write(`${name}/shared`, 'shared');
      const outs = [{ path: name, content: await space.keep(name) }];
      runs.save(name.repeat(32) as Digest, { cmd: name, deps: [], params: new Map(), outs });
    }
  };
  await fill();
  const needed = (await space.files.look(space.path('bb')))!;
  const work = { root: space.root, work: 'collect', path: '.', content: needed } as const;
  const { steps } = cacheWork(work);
  assert.equal(steps, 2 + 4);
  for (const dieAt of sampleOf([1, 2, 3, 4, 5, 6], 3)) {
    await fill();
    assert.equal(cacheWork({ ...work, dieAt }).signal, 'SIGKILL');
    assert.equal(await space.store.restore(needed, space.path('again')), 'restored');
    // No run is found whose outputs could not be restored.
    for (const name of ['aa', 'bb', 'cc']) {
      for (const { content } of runs.find(name.repeat(32) as Digest) ?? []) {
        assert.equal(
          await makeStore(t, { root: space.root, dir: space.dir }).store.restore(
            content,
            space.path('again'),
          ),
          'restored',
        );
      }
    }
    cacheWork(work);
    const rest = await collectGarbage({
      dir: space.dir,
      layout: ownLayout,
      scratch: space.path('cache/placing'),
      quarantine: space.path('cache/quarantine'),
      needed: [needed],
      policy: { onlyNeeded: true },
      exclusive: true,
    });
    assert.deepEqual([rest.items.length, rest.kept.objects], [0, 3]);
  }
});
