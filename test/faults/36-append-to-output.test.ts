import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import test from 'node:test';
import { objectsFolder, unprotect } from '../../src/cache/cache.ts';
import { makeStore } from '../cache/store-space.ts';
import { ownLayout } from '../../src/own/own.ts';

for (const link of ['reflink', 'copy', 'hardlink', 'symlink'] as const) {
  test(`${link}: appending to an output never reaches the cache`, async (t) => {
    const space = makeStore(t, { links: [link] });
    space.write('stored', 'content');
    const content = await space.keep('stored');
    await space.store.restore(content, space.path('restored'));
    for (const name of ['stored', 'restored']) {
      const path = space.path(name);
      if (link === 'reflink' || link === 'copy') appendFileSync(path, 'more');
      else {
        // Linked outputs cannot be written by whom permissions bind (which they do not for root)...
        assert.equal(statSync(path).mode & 0o222, 0);
        chmodSync(space.root, 0o755);
        const user = process.getuid!() === 0 ? { uid: 65_534, gid: 65_534 } : {};
        assert.notEqual(spawnSync('sh', ['-c', 'echo more >> "$0"', path], user).status, 0);
        // ...and what a stage may write to is made a file of its own first.
        assert.equal(unprotect(path, objectsFolder(space.dir, ownLayout)), 1);
        appendFileSync(path, 'more');
      }
      assert.equal(readFileSync(space.object(content.digest), 'utf8'), 'content');
      rmSync(path);
    }
  });
}
