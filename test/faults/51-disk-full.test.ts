import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import { openStore } from '../../src/cache/cache.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { PipeError } from '../../src/base/base.ts';
import { makeStore, type StoreSpace } from '../cache/store-space.ts';

const diskFull = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]?.code === 'disk-full';

test('no room at any step of storing: the reason is told, nothing partial is left, and with room it works', async (t) => {
  for (let failAt = 1, failed = true; failed; failAt += 1) {
    const space = makeStore(t);
    space.write('out/a', 'a');
    space.write('out/large', Buffer.alloc(5 << 20, 1));
    const content = (await space.files.look(space.path('out')))!;
    let steps = 0;
    const fault = (): void => {
      steps += 1;
      if (steps === failAt) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    const store = openStore({
      root: space.root,
      dir: space.dir,
      layout: ownLayout,
      hasher: space.files,
      fault,
    });
    const runs = openRunCache({ dir: space.dir, store, fault });
    const publish = async (): Promise<void> => {
      await store.store(space.path('out'), content);
      store.flush();
      runs.save('ab'.repeat(32) as Digest, {
        cmd: '',
        deps: [],
        params: new Map(),
        outs: [{ path: 'out', content }],
      });
    };
    failed = await publish().then(
      () => false,
      (error: unknown) => {
        assert.ok(diskFull(error), String(error));
        return true;
      },
    );
    // What was written before is whole, and goes with the next flush or with the failed one.
    try {
      store.flush();
    } catch (error) {
      assert.ok(diskFull(error));
    }
    assert.deepEqual(
      space.list('cache').filter((name) => name.endsWith('.tmp')),
      [],
    );
    assert.equal(await space.keep('out').then(({ digest }) => digest), content.digest);
    assert.equal(await space.store.restore(content, space.path('again')), 'restored');
  }
});

test('a file system of 8 MB is filled, and used again after something was removed', async (t) => {
  const space = makeStore(t);
  const small = space.path('small');
  mkdirSync(small);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]).status !== 0) {
    t.diagnostic('only root may mount a small file system: the other test stands for this one');
    return;
  }
  try {
    await fillAndFree(t, space, small);
  } finally {
    spawnSync('umount', ['-l', small]);
  }
});

async function fillAndFree(t: TestContext, space: StoreSpace, small: string): Promise<void> {
  const full = makeStore(t, { dir: `${small}/cache` });
  for (const size of [3 << 20, 6 << 20]) {
    writeFileSync(`${small}/filler`, Buffer.alloc((8 << 20) - size + 4096 * 16));
    full.write('out', Buffer.alloc(size, 7));
    await assert.rejects(full.keep('out'), diskFull);
    assert.deepEqual(
      space.list('small').filter((name) => name.includes('objects')),
      [],
    );
    await assert.rejects(full.keep('out'), diskFull);
    rmSync(`${small}/filler`);
    const content = await full.keep('out');
    assert.ok(full.store.has(content));
    // Restoring into the full file system fails the same way, and leaves what stood there.
    writeFileSync(`${small}/there`, 'old');
    if (size > 4 << 20) {
      await assert.rejects(full.store.restore(content, `${small}/there`), diskFull);
      assert.deepEqual(
        space.list('small').filter((name) => name.endsWith('.tmp')),
        [],
      );
    }
    rmSync(`${small}/cache/objects`, { recursive: true });
  }
}
