// What is lent to a folder that is removed soon: copies of small files, clones or links of large ones, each as it was stored.
import assert from 'node:assert/strict';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeStore } from './store-space.ts';

const SMALL = 64 << 10;

test('a folder is lent with its modes, links and empty folders, to a place whose folder is not there yet', async (t) => {
  const space = makeStore(t);
  space.write('out/text', 'text');
  space.write('out/sub/run', '#!/bin/sh\n', 0o755);
  space.write('out/sub/large', Buffer.alloc(SMALL + 1, 'l'));
  space.write('out/sub/tool', Buffer.alloc(SMALL + 1, 't'), 0o755);
  mkdirSync(space.path('out/empty'));
  symlinkSync('text', space.path('out/link'));
  const content = await space.keep('out');
  assert.equal(await space.store.lend(content, space.path('new/place/out')), 'restored');
  // Large files may be links to the cache, which are none for whoever reads.
  assert.deepEqual(await space.files.look(space.path('new/place/out')), content);
  for (const name of ['text', 'sub/run', 'sub/tool']) {
    assert.ok(!lstatSync(space.path(`new/place/out/${name}`)).isSymbolicLink(), name);
    accessSync(space.path(`new/place/out/${name}`), constants.W_OK);
    assert.ok(lstatSync(space.path(`new/place/out/${name}`)).mode & 0o200, name);
  }
  assert.ok(existsSync(space.path('new/place/out/empty')));
});

test('a megabyte of small files is copied, what is above is not', async (t) => {
  const space = makeStore(t);
  for (let index = 0; index < 18; index += 1)
    space.write(`out/${index}`, Buffer.alloc(SMALL, String.fromCodePoint(97 + index)));
  const content = await space.keep('out');
  assert.equal(await space.store.lend(content, space.path('lent')), 'restored');
  const links = space.list('lent').filter((name) => lstatSync(space.path(`lent/${name}`)).isSymbolicLink());
  space.write('probe', Buffer.alloc(SMALL + 1));
  await space.store.lend(await space.keep('probe'), space.path('lent-probe'));
  const clones = !lstatSync(space.path('lent-probe')).isSymbolicLink();
  assert.equal(links.length, clones ? 0 : 2);
  assert.equal(space.list('lent').length, 18);
});

test('what the store does not have is missing, be it a file, a manifest or a file that it names', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  space.write('out/b', 'b');
  space.write('x', 'x');
  const folder = await space.keep('out');
  const file = await space.keep('x');
  const a = (await space.files.look(space.path('out/a')))!;
  for (const [content, lost] of [
    [file, file],
    [folder, a],
    [folder, folder],
  ] as const) {
    rmSync(space.object(lost.digest));
    assert.equal(await space.store.lend(content, space.path(`to/${lost.digest}`)), 'missing');
  }
});

test('a damaged object is set aside; one that was lent is hashed again only when it is doubted', async (t) => {
  const space = makeStore(t);
  space.write('large', Buffer.alloc(SMALL + 1, 'l'));
  space.write('small', 'small');
  const [large, small] = [await space.keep('large'), await space.keep('small')];
  const damage = (path: string, size: number): void => {
    chmodSync(path, 0o644);
    writeFileSync(path, Buffer.alloc(size, 'X'));
  };
  assert.equal(await space.store.lend(large, space.path('new/one')), 'restored');
  damage(space.object(large.digest), SMALL + 1);
  assert.equal(await space.store.lend(large, space.path('two')), 'restored');
  space.store.doubtLent();
  assert.equal(await space.store.lend(large, space.path('three')), 'corrupt');
  damage(space.object(small.digest), 5);
  assert.equal(await space.store.lend(small, space.path('four')), 'corrupt');
  for (const { digest } of [large, small]) assert.ok(!existsSync(space.object(digest)), 'set aside');
  assert.deepEqual(
    space.warnings.map(({ facts }) => facts?.[0]?.[1]),
    [large.digest, small.digest],
  );
  for (const name of ['three', 'four']) assert.ok(!existsSync(space.path(name)), name);
  assert.equal(readFileSync(space.path('large')).length, SMALL + 1);
});

test('what is lent before it is flushed can be read afterwards', async (t) => {
  const space = makeStore(t);
  const path = space.write('large', Buffer.alloc(SMALL + 1, 'x'));
  const content = (await space.files.look(path))!;
  await space.store.store(path, content);
  assert.equal(await space.store.lend(content, space.path('lent')), 'restored');
  space.store.flush();
  assert.equal(readFileSync(space.path('lent')).length, SMALL + 1);
});

test('what is lent is never the object itself, be outputs links to it or not', async (t) => {
  for (const link of ['hardlink', 'symlink'] as const) {
    const space = makeStore(t, { links: [link] });
    space.write('out/a', 'a');
    const content = await space.keep('out');
    assert.equal(await space.store.lend(content, space.path('lent')), 'restored');
    writeFileSync(space.path('lent/a'), 'changed by a stage');
    const [object] = space.list('cache/objects').filter((name) => !name.endsWith('.dir'));
    assert.equal(readFileSync(space.path(`cache/objects/${object}`), 'utf8'), 'a', link);
  }
});
