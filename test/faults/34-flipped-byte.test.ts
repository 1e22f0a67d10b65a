import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import test from 'node:test';
import { verifyObjects } from '../../src/cache/cache.ts';
import { makeStore } from '../cache/store-space.ts';
import { ownLayout } from '../../src/own/own.ts';

/** Flips one bit in the middle; size and mtime stay. */
function flip(path: string): void {
  const { size, atime, mtime } = statSync(path);
  chmodSync(path, 0o644);
  const descriptor = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, size >> 1);
  writeSync(descriptor, Buffer.from([byte[0]! ^ 1]), 0, 1, size >> 1);
  closeSync(descriptor);
  chmodSync(path, 0o444);
  utimesSync(path, atime, mtime);
}

for (const link of ['copy', 'hardlink', 'symlink'] as const) {
  test(`${link}: a file, one in a directory and a manifest with a flipped bit are not restored, but set aside`, async (t) => {
    const space = makeStore(t, { links: [link] });
    for (const size of [10, 5 << 20]) {
      space.write(`f${size}`, Buffer.alloc(size, 1));
      space.write(`d${size}/a`, Buffer.alloc(size, 2));
      space.write(`e${size}/a`, Buffer.alloc(size, 3));
      const file = await space.keep(`f${size}`);
      const directory = await space.keep(`d${size}`);
      const manifest = await space.keep(`e${size}`);
      const [inside] = (await space.files.tree(space.path(`d${size}`))).entries;
      assert.ok(inside?.kind === 'file');
      rmSync(space.path(`d${size}`), { recursive: true });
      for (const [content, bad] of [
        [file, file.digest],
        [directory, inside.digest],
        [manifest, manifest.digest],
      ] as const) {
        flip(space.object(bad));
        const to = space.path(`to-${size}-${bad.slice(0, 8)}`);
        space.warnings.length = 0;
        assert.equal(await space.store.restore(content, to), 'corrupt');
        assert.deepEqual(space.list(to.slice(space.root.length + 1)), []);
        assert.equal(existsSync(space.object(bad)), false);
        assert.ok(existsSync(space.path(`cache/quarantine/${bad}`)));
        assert.deepEqual(
          space.warnings.map(({ code }) => code),
          ['object-corrupt'],
        );
        assert.equal(space.store.has(content), false);
      }
    }
  });
}

test('verify lists it, and the stage that made it stores it again', async (t) => {
  const space = makeStore(t);
  space.write('x', 'content');
  const content = await space.keep('x');
  flip(space.object(content.digest));
  const { corrupt } = await verifyObjects({
    dir: space.dir,
    layout: ownLayout,
    quarantine: space.path('cache/quarantine'),
  });
  assert.deepEqual(
    corrupt.map(({ digest }) => digest),
    [content.digest],
  );
  await space.keep('x');
  assert.equal(await space.store.restore(content, space.path('y')), 'restored');
});
