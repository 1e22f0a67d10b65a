import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import test from 'node:test';
import { openRunCache, ownLayout } from '../../src/own/own.ts';
import { openStore } from '../../src/cache/cache.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { makeStore } from '../cache/store-space.ts';

// A power cut may keep any name that was given, and lose all bytes that were not flushed. So nothing may get its name,
// and nothing may be named, before what it stands for was flushed. What is on the disk for sure is what was there when
// the last flush ended.
for (const files of [1, 60]) {
  test(`${files} files: a name is given only to flushed bytes, and a record names only flushed objects`, async (t) => {
    const space = makeStore(t);
    for (let index = 0; index < files; index += 1) space.write(`out/${index}`, `content of ${index}`);
    const content = (await space.files.look(space.path('out')))!;
    const tree = await space.files.tree(space.path('out'));
    const sizes = new Map<string, number>([[content.digest, Buffer.byteLength(tree.manifest)]]);
    for (const entry of tree.entries) if (entry.kind === 'file') sizes.set(entry.digest, entry.size);

    const snapshot = (): Map<string, number> =>
      new Map(space.list('cache').map((name) => [name, statSync(space.path(`cache/${name}`)).size]));
    const onDisk = (digest: string, name: RegExp): boolean =>
      [...durable].some(
        ([path, size]) =>
          path.startsWith(`objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`) &&
          name.test(path) &&
          size === sizes.get(digest),
      );
    let durable = new Map<string, number>();
    let last = '';
    const seen: string[] = [];
    const fault = (step: string): void => {
      if (last === 'flush') durable = snapshot();
      last = step;
      seen.push(step);
      if (step === 'rename object')
        for (const digest of sizes.keys())
          assert.ok(onDisk(digest, /\.tmp$/), `${digest} gets its name unflushed`);
      if (step === 'write run')
        for (const digest of sizes.keys())
          assert.ok(onDisk(digest, /[0-9a-f]{62}(?:\.dir)?$/), `${digest} is named unflushed`);
    };
    const store = openStore({
      root: space.root,
      dir: space.dir,
      layout: ownLayout,
      hasher: space.files,
      fault,
    });
    await store.store(space.path('out'), content);
    store.flush();
    openRunCache({ dir: space.dir, store, fault }).save('ab'.repeat(32) as Digest, {
      cmd: '',
      deps: [],
      params: new Map(),
      outs: [{ path: 'out', content }],
    });
    assert.equal(seen.filter((step) => step === 'rename object').length, files + 1);
    assert.ok(seen.includes('write run'));
  });
}
