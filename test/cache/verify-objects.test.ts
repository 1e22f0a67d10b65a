import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import test from 'node:test';
import { verifyObjects } from '../../src/cache/cache.ts';
import { makeStore } from './store-space.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { layouts } from '../layouts.ts';
import { patchFs } from '../patched-fs.ts';

for (const layout of ['pipe', 'dvc'] as const) {
  test(`${layout}: every object is hashed, the corrupt ones are listed and set aside`, async (t) => {
    const space = makeStore(t, { layout });
    space.write('d/a', 'a');
    space.write('d/large', Buffer.alloc(5 << 20));
    const content = await space.keep('d');
    const [bad] = (await space.files.tree(space.path('d'))).entries.filter(({ path }) => path === 'a');
    assert.ok(bad?.kind === 'file');
    const options = { dir: space.dir, layout: layouts[layout], quarantine: space.path('quarantine') };
    assert.deepEqual((await verifyObjects(options)).corrupt, []);

    chmodSync(space.object(bad.digest), 0o644);
    writeFileSync(space.object(bad.digest), 'b');
    assert.equal((await verifyObjects({ ...options, only: (digest) => digest !== bad.digest })).objects, 2);
    space.write('e', 'e');
    const { digest: other } = await space.keep('e');
    chmodSync(space.object(other), 0o644);
    writeFileSync(space.object(other), 'f');
    const { objects, bytes, corrupt } = await verifyObjects(options);
    assert.deepEqual([objects, corrupt.map(({ digest }) => digest).sort()], [4, [bad.digest, other].sort()]);
    assert.ok(bytes > 5 << 20);
    assert.equal(readFileSync(space.path(`quarantine/${bad.digest}`), 'utf8'), 'b');
    assert.equal(readFileSync(space.path(`quarantine/${other}`), 'utf8'), 'f');
    rmSync(space.path('d'), { recursive: true });
    assert.equal(await space.store.restore(content, space.path('d')), 'missing');
  });
}

test('a damaged object is set aside from wherever it is, in place of an earlier one, and never through a link', async (t) => {
  const space = makeStore(t);
  const damaged = async (name: string): Promise<Digest> => {
    space.write(name, name);
    const { digest } = await space.keep(name);
    chmodSync(space.object(digest), 0o644);
    writeFileSync(space.object(digest), 'other');
    return digest;
  };
  const aside = { dir: space.dir, layout: layouts.pipe, quarantine: space.path('aside') };
  const first = await damaged('first');
  space.write(`aside/${first}/in`, 'what was in its place before');
  const mend = patchFs(t, 'renameSync', (real) => (from, to) => {
    if (!String(to).startsWith(space.path('aside'))) return real(from, to);
    throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
  });
  assert.equal((await verifyObjects(aside)).corrupt.length, 1);
  mend();
  assert.equal(readFileSync(space.path(`aside/${first}`), 'utf8'), 'other');
  assert.equal(existsSync(space.object(first)), false);

  const second = await damaged('second');
  mkdirSync(space.path('elsewhere'));
  symlinkSync('elsewhere', space.path('link'));
  await assert.rejects(verifyObjects({ ...aside, quarantine: space.path('link') }), /is a symbolic link/);
  assert.deepEqual(readdirSync(space.path('elsewhere')), []);
  const inCache = { ...aside, quarantine: `${space.dir}/quarantine`, shared: true };
  assert.equal((await verifyObjects(inCache)).corrupt[0]?.digest, second);
  assert.equal(
    statSync(inCache.quarantine).mode & 0o7777,
    0o2775,
    'any member of a group may set objects aside',
  );
});
