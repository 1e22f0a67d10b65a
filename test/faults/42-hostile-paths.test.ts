import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { plant } from './plant.ts';

const paths = [
  '../x',
  '/etc/pipe-x',
  'C:\\x',
  'a/../../x',
  '',
  '.',
  '..',
  'a\0b',
  'n'.repeat(256),
  'p/'.repeat(2100) + 'x',
  'a/./b',
  'a//b',
  'a/',
];

for (const layout of ['pipe', 'dvc'] as const) {
  test(`${layout}: a manifest with a path that leaves its directory is refused before anything is written`, async (t) => {
    for (const path of paths) {
      // The good entry comes first, and must not be written either.
      const { space, content } = plant(t, layout, [{ path: '!good' }, { path }]);
      assert.equal(
        await space.store.restore(content, space.path('project/out')),
        'corrupt',
        JSON.stringify(path),
      );
      assert.deepEqual(
        space.list('.').filter((name) => !name.startsWith('cache/')),
        [],
      );
      assert.equal(existsSync('/etc/pipe-x'), false);
      assert.match(space.warnings.map(({ title }) => title).join(), /manifest of a directory is refused/);
      assert.equal(space.store.has(content), false);
    }
  });
}
