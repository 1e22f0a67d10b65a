// A remote asks for a file that was just made in the cache: where it has it, it is the cache itself, whatever the way to it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lookForCache } from '../../../src/cache/cache.ts';
import { PipeError } from '../../../src/base/base.ts';
import { makeWorkspace } from '../../workspace.ts';
import { fails } from './fails.ts';
import { memoryRemote } from './memory-remote.ts';

const TAG = '# This folder is the cache of pipe. Everything';

test('the cache itself, that of another project, and neither', async (t) => {
  const space = makeWorkspace(t, { 'cache/objects/ab/one': '1', 'cache/CACHEDIR.TAG': TAG });
  const layout = { objects: 'objects', marks: ['CACHEDIR.TAG'] };
  const folder = { cache: space.path('cache'), layout };
  const list = (): readonly string[] =>
    readdirSync(space.path('cache'), { recursive: true, encoding: 'utf8' });
  const before = list().toSorted();
  const asked: string[] = [];
  const itself = {
    ...memoryRemote(),
    sizes: async (keys: readonly string[]) => {
      asked.push(...keys);
      const files = keys.filter((key) => existsSync(join(folder.cache, key)));
      return new Map(files.map((key) => [key, statSync(join(folder.cache, key)).size]));
    },
  };
  await assert.rejects(lookForCache(itself, folder), fails('remote-is-cache', /the cache itself/));
  assert.match(asked[1]!, /^objects\/ab\/[0-9a-f]{62}\.\d+-[0-9a-f]{8}-\d+\.tmp$/);
  assert.deepEqual(list().toSorted(), before);
  const other = memoryRemote();
  assert.equal(await lookForCache(other, folder), false);
  other.files.set('CACHEDIR.TAG', Buffer.from('Signature: of another program\n'));
  assert.equal(await lookForCache(other, folder), false);
  other.files.set('CACHEDIR.TAG', Buffer.from('x'.repeat(5000)));
  assert.equal(await lookForCache(other, folder), false);
  other.files.set('CACHEDIR.TAG', readFileSync(space.path('cache/CACHEDIR.TAG')));
  assert.equal(await lookForCache(other, folder), true);
  assert.equal(
    await lookForCache({ ...memoryRemote(), url: 'ssh://host/project/.dvc/cache/' }, folder),
    true,
  );
  assert.equal(await lookForCache({ ...memoryRemote(), url: 'ssh://host/my.dvc/cache' }, folder), false);
  // An empty cache has nothing that could be lost.
  assert.equal(await lookForCache(itself, { ...folder, layout: { ...layout, objects: 'none' } }), false);
  const refusing = {
    ...memoryRemote(),
    sizes: async () => {
      throw new PipeError({ code: 'remote-refused', title: 'no' });
    },
  };
  assert.equal(await lookForCache(refusing, folder), false);
  const lost = {
    ...memoryRemote(),
    sizes: async () => {
      throw new PipeError({ code: 'remote-unreachable', title: 'no way' });
    },
  };
  await assert.rejects(lookForCache(lost, folder), fails('remote-unreachable', /no way/));
  assert.deepEqual(list().toSorted(), before);
});
