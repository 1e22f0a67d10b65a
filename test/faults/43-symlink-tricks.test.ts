import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import test from 'node:test';
import { plant } from './plant.ts';

test('a manifest that writes through a link of its own is refused', async (t) => {
  for (const entries of [
    [{ path: 'a', target: '../..' }, { path: 'a/x' }],
    [{ path: 'a', target: 'b' }, { path: 'a/x' }],
    [{ path: 'a', target: '/tmp' }],
    [{ path: 'a', target: '../../outside' }],
    [{ path: 'a', target: 'b/../../../x' }],
    [{ path: 'a', target: '' }],
    [{ path: 'a', target: 'x\0y' }],
  ]) {
    const { space, content } = plant(t, 'pipe', entries);
    assert.equal(
      await space.store.restore(content, space.path('project/out')),
      'corrupt',
      JSON.stringify(entries),
    );
    assert.deepEqual(space.list('project'), []);
  }
});

test('links that stay inside by their text and lead outside by way of each other are not left behind', async (t) => {
  // Lexically out/x is `out/d1/..`; what it leads to depends on where the workspace makes d1 lead.
  const { space, content } = plant(t, 'pipe', [
    { path: 'down', target: '../deep/er' },
    { path: 'x', target: 'down/../../../../secret' },
  ]);
  mkdirSync(space.path('secret'));
  assert.equal(await space.store.restore(content, space.path('project/out')), 'corrupt');
  assert.equal(existsSync(space.path('project/out/x')), false);

  const chained = plant(t, 'pipe', [{ path: 'x', target: 'door/..' }]);
  mkdirSync(chained.space.path('project/out'));
  mkdirSync(chained.space.path('secret/room'), { recursive: true });
  symlinkSync('../../secret/room', chained.space.path('project/out/door'));
  await chained.space.store.restore(chained.content, chained.space.path('project/out'));
  // The door was not part of the directory, and is gone.
  assert.equal(lstatSync(chained.space.path('project/out/door'), { throwIfNoEntry: false }), undefined);

  const through = plant(t, 'pipe', [{ path: 'x', target: '../door/..' }]);
  mkdirSync(through.space.path('secret/room'), { recursive: true });
  symlinkSync('../secret/room', through.space.path('project/door'));
  assert.equal(
    await through.space.store.restore(through.content, through.space.path('project/out')),
    'corrupt',
  );
  assert.equal(lstatSync(through.space.path('project/out/x'), { throwIfNoEntry: false }), undefined);
});
