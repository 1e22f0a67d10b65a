import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { makeStore } from '../cache/store-space.ts';

const refused = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]?.code === 'symlink-refused';

test('outside of the project nothing is read into the cache by way of a link', async (t) => {
  const outside = makeStore(t);
  const secret = outside.write('secrets/key', 'secret');
  for (const target of [secret, outside.path('secrets')]) {
    const space = makeStore(t);
    symlinkSync(target, space.path('out'));
    await assert.rejects(space.keep('out'), refused);
    mkdirSync(space.path('folder'));
    symlinkSync(target, space.path('folder/link'));
    await assert.rejects(space.keep('folder'), refused);
    assert.deepEqual(space.list('cache'), []);
  }
});

test('DVC follows links', async (t) => {
  const outside = makeStore(t);
  const space = makeStore(t, { layout: 'dvc' });
  mkdirSync(space.path('folder'));
  symlinkSync(outside.write('data', 'data'), space.path('folder/link'));
  assert.ok(space.store.has(await space.keep('folder')));
});
