import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { makeStore } from '../cache/store-space.ts';

const damage: Record<string, (path: string) => void> = {
  'cut to nothing': (path) => writeFileSync(path, ''),
  'cut short': (path) => writeFileSync(path, 'cont'),
  'replaced by a directory': (path) => mkdirSync(`${path}/x`, { recursive: true }),
  'replaced by a link': (path) => symlinkSync('/etc/hostname', path),
  missing: () => undefined,
};

for (const [name, apply] of Object.entries(damage)) {
  test(`an object that is ${name} is a miss, and storing repairs it`, async (t) => {
    const space = makeStore(t);
    space.write('x', 'content');
    space.write('d/a', 'in a directory');
    const contents = [await space.keep('x'), await space.keep('d')];
    const [inside] = (await space.files.tree(space.path('d'))).entries;
    assert.ok(inside?.kind === 'file');
    for (const bad of [contents[0]!.digest, contents[1]!.digest, inside.digest]) {
      rmSync(space.object(bad));
      apply(space.object(bad));
      // A new process: nothing is remembered of how it was.
      const again = makeStore(t, { root: space.root, dir: space.dir });
      for (const content of contents) {
        const whole = again.store.has(content);
        const restored = await again.store.restore(content, space.path('to'));
        assert.equal(restored === 'restored', whole);
        assert.equal(
          whole,
          content.digest !== bad && (content === contents[0] || bad === contents[0]!.digest),
        );
      }
      await space.keep('x');
      await space.keep('d');
      for (const content of contents)
        assert.equal(await again.store.restore(content, space.path('to')), 'restored');
    }
  });
}
