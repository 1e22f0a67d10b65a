import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { collectGarbage } from '../../src/cache/cache.ts';
import { makeStore } from '../cache/store-space.ts';
import { cacheWork } from './cache-work.ts';
import { ownLayout } from '../../src/own/own.ts';

test('what a killed process was writing is ignored, and goes once its process is dead and it is old', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  space.write('out/b', 'b');
  assert.equal(cacheWork({ root: space.root, work: 'store', path: 'out', dieAt: 4 }).signal, 'SIGKILL');
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  assert.equal(
    cacheWork({ root: space.root, work: 'restore', path: 'out', content, dieAt: 4 }).signal,
    'SIGKILL',
  );
  // One of ours, and still being written.
  writeFileSync(space.path(`cache/placing/${process.pid}-00000000-1.tmp`), '');
  const left = (): number =>
    new Set(space.list('cache').flatMap((name) => /^.*?\.tmp(?=\/|$)/.exec(name)?.[0] ?? [])).size;
  const before = left();
  assert.ok(before > 1);
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');

  const collect = async (time: number): Promise<number> =>
    (
      await collectGarbage({
        dir: space.dir,
        layout: ownLayout,
        scratch: space.path('cache/placing'),
        quarantine: space.path('cache/quarantine'),
        needed: [content],
        policy: {},
        time,
      })
    ).items.length;
  assert.equal(await collect(Date.now()), 0);
  assert.equal(await collect(Date.now() + 3_600_000), before - 1);
  assert.equal(left(), 1);
});
