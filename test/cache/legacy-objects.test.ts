// The objects of DVC 2, whose digests are of texts with their line ends made alike: kept, restored, and never trusted.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { dvcLayout, legacyFileDigest, withLegacyObjects } from '../../src/dvc/dvc.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { patchFs } from '../patched-fs.ts';
import { makeStore } from './store-space.ts';

const md5 = (text: string): Digest => createHash('md5').update(text).digest('hex') as Digest;
const legacy = (digest: string): Content => ({ digest: digest as Digest, size: 0, legacy: true });

test('a file and a folder come back as they were, and nothing comes of damaged ones', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  const { dir, files: hasher, store } = space;
  const both = withLegacyObjects({ store, dir, hasher, scratch: space.path('.dvc/tmp/pipe/placing') });
  space.write('text', 'one\r\ntwo\r\n');
  space.write('folder/a', 'a\r\n');
  space.write('folder/in/b', 'b\n');
  const text = legacy(md5('one\ntwo\n'));
  const list = [
    { md5: md5('a\n'), relpath: 'a' },
    { md5: md5('b\n'), relpath: 'in/b' },
  ];
  const manifest = `[${list.map((one) => `{"md5": "${one.md5}", "relpath": "${one.relpath}"}`).join(', ')}]`;
  const folder = legacy(`${md5(manifest)}.dir`);
  assert.deepEqual([both.has(text), both.has(folder), both.read(text)], [false, false, undefined]);
  assert.equal(await both.restore(text, space.path('back')), 'missing');
  await both.store(space.path('text'), text);
  await both.store(space.path('folder'), folder);
  assert.deepEqual([both.has(text), both.has(folder)], [true, true]);
  assert.equal(String(both.read(text)), 'one\r\ntwo\r\n');
  assert.deepEqual(
    both.entries(folder)!.map(({ path }) => path),
    ['a', 'in/b'],
  );

  const object = (digest: string): string => `${dir}/${digest.slice(0, 2)}/${digest.slice(2)}`;
  // As DVC has its objects.
  chmodSync(object(md5('b\n')), 0o444);
  space.write('back', 'something else');
  assert.equal(await both.restore(text, space.path('back')), 'restored');
  assert.equal(readFileSync(space.path('back'), 'utf8'), 'one\r\ntwo\r\n');
  assert.equal(await both.restore(folder, space.path('deep/copy')), 'restored');
  assert.equal(readFileSync(space.path('deep/copy/in/b'), 'utf8'), 'b\n');
  assert.equal(statSync(space.path('deep/copy/in/b')).mode & 0o200, 0o200, 'a stage may write to it');

  chmodSync(object(md5('b\n')), 0o644);
  writeFileSync(object(md5('b\n')), 'B\n');
  writeFileSync(object(text.digest), 'one\ntwa\n');
  assert.equal(await both.restore(folder, space.path('deep/other')), 'corrupt');
  assert.equal(existsSync(space.path('deep/other')), false);
  assert.equal(await both.restore(text, space.path('back')), 'corrupt');
  assert.equal(readFileSync(space.path('back'), 'utf8'), 'one\r\ntwo\r\n', 'what is there stays');
  assert.equal(both.read(text), undefined);
  assert.deepEqual(space.list('.dvc/tmp/pipe/placing'), []);
  // Only their line ends differ: the same text.
  writeFileSync(object(text.digest), 'one\ntwo\n');
  assert.equal(await both.restore(text, space.path('back')), 'restored');
  writeFileSync(object(md5('b\n')), 'b\n');
  // A list that is whole, of another folder.
  writeFileSync(object(folder.digest), manifest.replace(/, \{.*\}/, ''));
  assert.deepEqual([both.has(folder), both.entries(folder)], [false, undefined]);
  assert.equal(await both.restore(folder, space.path('deep/other')), 'missing');
  assert.equal(await both.lend(folder, space.path('lent')), 'missing');
  writeFileSync(object(folder.digest), manifest);
  assert.equal(both.has(folder), true);
  assert.equal(await both.lend(folder, space.path('lent')), 'restored');
  writeFileSync(space.path('lent/in/b'), 'changed by a stage');
  assert.equal(readFileSync(object(md5('b\n')), 'utf8'), 'b\n', 'a stage may write to it');
  rmSync(object(md5('b\n')));
  assert.equal(both.has(folder), false, 'one of its files is gone');
});

test('what DVC 2 takes for a text has few other bytes than ASCII', (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  space.write('text', 'Straße mit Bäumen\r\n');
  space.write('other', 'äöüß\r\n');
  assert.equal(legacyFileDigest(space.path('text')), md5('Straße mit Bäumen\n'));
  assert.equal(legacyFileDigest(space.path('other')), md5('äöüß\r\n'));
});

test('the list of a folder comes after its files, and all of it is flushed first', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  const { dir, files: hasher, store } = space;
  const both = withLegacyObjects({ store, dir, hasher, scratch: space.path('.dvc/tmp/pipe/placing') });
  space.write('folder/a', 'a\n');
  space.write('folder/b', 'b\n');
  const manifest = `[${['a', 'b'].map((name) => `{"md5": "${md5(`${name}\n`)}", "relpath": "${name}"}`).join(', ')}]`;
  const folder = legacy(`${md5(manifest)}.dir`);
  const object = (digest: string): string => `${dir}/${digest.slice(0, 2)}/${digest.slice(2)}`;
  // A file in place of the folder of an object.
  space.write(`${dir.slice(space.root.length + 1)}/${md5('b\n').slice(0, 2)}`, '');
  await assert.rejects(both.store(space.path('folder'), folder));
  assert.equal(existsSync(object(folder.digest)), false);
  rmSync(`${dir}/${md5('b\n').slice(0, 2)}`);
  let flushed = 0;
  patchFs(t, 'fsyncSync', (real) => (descriptor) => {
    flushed += 1;
    real(descriptor);
  });
  await both.store(space.path('folder'), folder);
  // Each of the two that are new, and its folder.
  assert.equal(flushed, 4);
  assert.ok(both.has(folder));
});

test('what comes from a remote is checked by the digest of DVC 2, and read-only', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  const { dir } = space;
  const scratch = space.path('.dvc/tmp/pipe/placing');
  const other = dvcLayout.openOtherVault!({ dir, scratch, shared: false });
  const { vault } = other;
  const digest = md5('a\nb\n');
  assert.deepEqual([other.has({ digest, size: 1 }), other.has(legacy(digest))], [false, true]);
  space.write('sent', 'a\r\nb\r\n');
  assert.equal(await vault.digestOf(space.path('sent'), digest), digest);
  const list = `${md5('a\r\nb\r\n')}.dir` as Digest;
  assert.equal(await vault.digestOf(space.path('sent'), list), list, 'a list of files as it is');
  const fill = (text: string) => (path: string) => Promise.resolve(writeFileSync(path, text));
  await assert.rejects(
    vault.receive(digest, () => Promise.reject(new Error('cut off'))),
    /cut off/,
  );
  assert.equal(vault.find(digest), undefined);
  await vault.receive(digest, fill('a\nb\n'));
  vault.addText('[]', `${md5('[]')}.dir` as Digest);
  for (const found of [vault.find(digest)!, vault.find(`${md5('[]')}.dir` as Digest)!])
    assert.equal(statSync(found).mode & 0o777, 0o444);
  assert.equal(space.list(dir.slice(space.root.length + 1)).length, 2, 'nothing is left on its way');
  vault.setAside(digest);
  assert.equal(vault.find(digest), undefined);
  assert.deepEqual(space.list('.dvc/tmp/pipe/placing/quarantine'), [digest]);
});
