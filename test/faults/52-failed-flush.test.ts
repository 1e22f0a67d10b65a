import assert from 'node:assert/strict';
import test from 'node:test';
import { openStore } from '../../src/cache/cache.ts';
import { PipeError } from '../../src/base/base.ts';
import { makeStore } from '../cache/store-space.ts';
import { ownLayout } from '../../src/own/own.ts';

for (const [code, problem] of [
  ['EIO', 'disk-error'],
  ['EDQUOT', 'disk-full'],
  ['ENOSPC', 'disk-full'],
] as const) {
  for (const [way, step] of ['flush', 'flushTogether'].flatMap((way) =>
    ['flush 1', 'rename object 1', 'flush 2'].map(
      (step) => [way as 'flush' | 'flushTogether', step] as const,
    ),
  )) {
    test(`${code} at '${step}' of ${way}: the output is not stored, and another flush does not say that it was`, async (t) => {
      const space = makeStore(t);
      let failing = true;
      const times = new Map<string, number>();
      const fault = (at: string): void => {
        times.set(at, (times.get(at) ?? 0) + 1);
        if (failing && `${at} ${times.get(at)}` === step) throw Object.assign(new Error(code), { code });
      };
      const store = openStore({
        root: space.root,
        dir: space.dir,
        layout: ownLayout,
        hasher: space.files,
        fault,
      });
      const refused = (error: unknown): boolean =>
        error instanceof PipeError && error.problems[0]?.code === problem;
      const path = space.write('out', 'x');
      const content = (await space.files.look(path))!;
      await store.store(path, content);
      const flush = async (): Promise<void> => store[way]();
      // A stage that waits for the same flush learns of its failure too.
      await Promise.all([flush(), flush()].map((flushed) => assert.rejects(flushed, refused)));
      failing = false;
      await assert.rejects(flush(), refused);
      assert.deepEqual(
        space.list('cache').filter((name) => name.endsWith('.tmp')),
        [],
      );
      // A new process stores it.
      await space.keep('out');
      assert.equal(await space.store.restore(content, space.path('again')), 'restored');
    });
  }
}
