// Outputs that come back from the cache: what is in the way, what is damaged, and what of a folder is touched.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { patchFs } from '../patched-fs.ts';
import { makeStore } from './store-space.ts';

const sha256 = (data: string | Uint8Array): Digest =>
  createHash('sha256').update(data).digest('hex') as Digest;
const LARGE = 5 << 20;
const mode = (path: string): number => lstatSync(path).mode & 0o777;

test('restoring replaces whatever stands there, and follows nothing', async (t) => {
  const space = makeStore(t);
  space.write('file', 'f');
  space.write('folder/a', 'a');
  const file = await space.keep('file');
  const folder = await space.keep('folder');
  const outside = space.write('outside/a', 'precious');
  const before: ((path: string) => void)[] = [
    () => undefined,
    (path) => writeFileSync(path, 'other'),
    (path) => (mkdirSync(`${path}/x/y`, { recursive: true }), writeFileSync(`${path}/x/z`, '')),
    (path) => symlinkSync(space.path('outside'), path),
    (path) => symlinkSync(outside, path),
    (path) => symlinkSync('nowhere', path),
    (path) => (mkdirSync(path), symlinkSync(outside, `${path}/a`)),
    (path) => (mkdirSync(path), mkdirSync(`${path}/a`), writeFileSync(`${path}/a/b`, '')),
  ];
  for (const [index, prepare] of before.entries()) {
    for (const content of [file, folder]) {
      const path = space.path(`to-${index}-${content.nfiles ?? 'file'}`);
      prepare(path);
      assert.equal(await space.store.restore(content, path), 'restored');
      assert.deepEqual(await space.files.look(path), content);
      assert.equal(lstatSync(path).isSymbolicLink(), false);
    }
  }
  assert.deepEqual([readFileSync(outside, 'utf8'), space.list('outside')], ['precious', ['a']]);
});

test('a folder has nothing of the folder of a group in which it was made', async (t) => {
  const space = makeStore(t);
  space.write('d/a', 'a');
  const content = await space.keep('d');
  mkdirSync(space.path('cache/placing'), { recursive: true });
  chmodSync(space.path('cache/placing'), 0o2775);
  assert.equal(await space.store.restore(content, space.path('back')), 'restored');
  assert.equal(lstatSync(space.path('back')).mode & 0o2000, 0);
});

test('a link in place of a file of a folder becomes the file, and a file in place of a link the link', async (t) => {
  const space = makeStore(t);
  for (const name of ['a', 'b']) space.write(`d/${name}`, 'text');
  for (const name of ['c', 'd']) symlinkSync('b', space.path(`d/${name}`));
  const content = await space.keep('d');
  for (const name of ['a', 'c', 'd']) rmSync(space.path(`d/${name}`));
  symlinkSync('b', space.path('d/a'));
  space.write('d/c', 'text');
  space.write('d/d/e', 'text');
  assert.equal(await space.store.restore(content, space.path('d')), 'restored');
  assert.deepEqual(await space.files.look(space.path('d')), content);
});

test('restoring a directory touches only what differs', async (t) => {
  const space = makeStore(t);
  for (const name of ['a/gone', 'same', 'edited', 'gone', 'sub/same', 'mode']) space.write(`d/${name}`, name);
  mkdirSync(space.path('d/empty'));
  const content = await space.keep('d');
  const untouched = ['same', 'sub/same'].map((name) => lstatSync(space.path(`d/${name}`), { bigint: true }));

  space.write('d/edited', 'EDITED');
  rmSync(space.path('d/gone'));
  chmodSync(space.path('d/mode'), 0o755);
  space.write('d/extra', '');
  space.write('d/more/deep/extra', '');
  rmSync(space.path('d/a/gone'));
  mkdirSync(space.path('d/empty2/3'), { recursive: true });
  rmSync(space.path('d/empty'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('d')), 'restored');
  assert.deepEqual(await space.files.look(space.path('d')), content);
  assert.deepEqual(
    ['same', 'sub/same'].map((name) => lstatSync(space.path(`d/${name}`), { bigint: true })),
    untouched,
  );
});

test('in a DVC directory a linked folder is replaced, and what is behind it stays', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  space.write('d/sub/a', 'a');
  space.write('d/sub/in/c', 'c');
  const content = await space.keep('d');
  rmSync(space.path('d/sub'), { recursive: true });
  space.write('elsewhere/a', 'changed');
  for (const name of ['b', 'in/e', 'under/in/f']) space.write(`elsewhere/${name}`, 'precious');
  symlinkSync('../elsewhere', space.path('d/sub'));
  assert.equal(await space.store.restore(content, space.path('d')), 'restored');
  assert.deepEqual(await space.files.look(space.path('d')), content);
  assert.deepEqual(space.list('elsewhere'), ['a', 'b', 'in/e', 'under/in/f']);
});

test('ignored files in a restored directory stay', async (t) => {
  const space = makeStore(t);
  space.write('.pipeignore', '*.log\n');
  space.write('d/a', 'a');
  const content = await space.keep('d');
  space.write('d/run.log', 'kept');
  rmSync(space.path('d/a'));
  assert.equal(await space.store.restore(content, space.path('d')), 'restored');
  assert.equal(readFileSync(space.path('d/run.log'), 'utf8'), 'kept');
});

test('an object that was cut off is no object, and is replaced by the next copy', async (t) => {
  for (const layout of ['pipe', 'dvc'] as const) {
    const space = makeStore(t, { layout });
    const path = space.write('out', 'a text');
    const content = await space.keep('out');
    const object = space.object(content.digest);
    chmodSync(object, 0o644);
    writeFileSync(object, 'a te');
    assert.equal(space.store.has(content), false);
    assert.equal(await space.store.restore(content, space.path('other')), 'missing');
    await space.store.store(path, content);
    space.store.flush();
    assert.equal(readFileSync(object, 'utf8'), 'a text');
  }
});

test('a folder of which the cache lacks a file is not restored in part', async (t) => {
  const spoilt: ((object: string) => void)[] = [
    (object) => rmSync(object),
    (object) => (chmodSync(object, 0o644), writeFileSync(object, '')),
  ];
  for (const spoil of spoilt) {
    const space = makeStore(t);
    space.write('out/a', 'a');
    space.write('out/b', 'b');
    const content = await space.keep('out');
    spoil(space.object(sha256('b')));
    rmSync(space.write('out/b', 'b'));
    space.write('out/a', 'by hand');
    assert.equal(await space.store.restore(content, space.path('out')), 'missing');
    assert.equal(readFileSync(space.path('out/a'), 'utf8'), 'by hand');
  }
});

test('a link in a folder that leads elsewhere now leads back; damaged bytes are not read', async (t) => {
  const space = makeStore(t);
  for (const name of ['a', 'b']) space.write(`out/${name}`, name);
  symlinkSync('a', space.path('out/link'));
  const content = await space.keep('out');
  rmSync(space.path('out/link'));
  symlinkSync('b', space.path('out/link'));
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.equal(readFileSync(space.path('out/link'), 'utf8'), 'a');
  const file = { digest: sha256('a'), size: 1 };
  assert.equal(space.store.read(file)?.toString(), 'a');
  chmodSync(space.object(file.digest), 0o644);
  writeFileSync(space.object(file.digest), 'x');
  assert.equal(space.store.read(file), undefined);
});

test('a manifest that was damaged without a change of its length is replaced by the next one', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  const content = await space.keep('out');
  const object = space.object(content.digest);
  const text = readFileSync(object, 'utf8');
  chmodSync(object, 0o644);
  writeFileSync(object, text.replace('"a"', '"b"'));
  assert.equal(await space.store.restore(content, space.path('other')), 'corrupt');
  assert.equal(existsSync(object), false, 'it was set aside');
  writeFileSync(
    space.write(object.slice(space.root.length + 1), text.replace('"a"', '"c"')),
    text.replace('"a"', '"c"'),
  );
  await space.store.store(space.path('out'), content);
  space.store.flush();
  assert.equal(readFileSync(object, 'utf8'), text);
});

test('a directory that was seen whole is not any more, once one of its objects turned out to be damaged', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'text');
  const content = await space.keep('out');
  assert.equal(space.store.has(content), true);
  const object = space.object(sha256('text'));
  chmodSync(object, 0o644);
  writeFileSync(object, 'TEXT');
  assert.equal(await space.store.restore(content, space.path('other')), 'corrupt');
  assert.equal(space.store.has(content), false);
});

test('a damaged object of a folder that is there in part is said, and no file comes of it', async (t) => {
  const space = makeStore(t);
  for (const name of ['a', 'b']) space.write(`out/${name}`, `text of ${name}`);
  const content = await space.keep('out');
  const object = space.object(sha256('text of a'));
  chmodSync(object, 0o644);
  writeFileSync(object, 'TEXT OF A');
  for (const name of ['a', 'b']) space.write(`out/${name}`, 'by hand');
  assert.equal(await space.store.restore(content, space.path('out')), 'corrupt');
  assert.equal(readFileSync(space.path('out/a'), 'utf8'), 'by hand');
});

test('a link in place of the folder of files on their way is named, and nothing is made behind it', async (t) => {
  const space = makeStore(t);
  space.write('out', 'text');
  const content = await space.keep('out');
  mkdirSync(space.path('elsewhere'));
  symlinkSync(space.path('elsewhere'), space.path('cache/placing'));
  await assert.rejects(space.store.restore(content, space.path('other')), /placing is a symbolic link/);
  assert.equal(existsSync(space.path('other')), false);
});

test('a damaged object gets no name in the workspace, and is set aside', async (t) => {
  for (const link of ['hardlink', 'symlink', 'copy', 'reflink'] as const)
    for (const size of [4, LARGE]) {
      const space = makeStore(t, { links: [link] });
      space.write('out', Buffer.alloc(size, 'a'));
      const content = await space.keep('out');
      rmSync(space.path('out'));
      const object = space.object(content.digest);
      chmodSync(object, 0o644);
      writeFileSync(object, Buffer.alloc(size, 'A'));
      assert.equal(await space.store.restore(content, space.path('out')), 'corrupt');
      assert.equal(existsSync(space.path('out')), false);
      assert.equal(existsSync(object), false, 'set aside');
    }
});

test('a folder of which a file is damaged or goes away while it is restored is not there at all', async (t) => {
  for (const size of [4, LARGE])
    for (const [outcome, spoil] of [
      ['corrupt', (object: string) => writeFileSync(object, Buffer.alloc(size, 'A'))],
      ['missing', (object: string) => rmSync(object)],
    ] as const) {
      const space = makeStore(t);
      space.write('out/a', Buffer.alloc(size, 'a'));
      const content = await space.keep('out');
      rmSync(space.path('out'), { recursive: true });
      const [object] = space.list('cache/objects').filter((name) => !name.endsWith('.dir'));
      chmodSync(space.path(`cache/objects/${object}`), 0o644);
      spoil(space.path(`cache/objects/${object}`));
      assert.equal(await space.store.restore(content, space.path('out')), outcome);
      assert.equal(existsSync(space.path('out')), false);
      assert.equal(existsSync(space.path(`cache/objects/${object}`)), false);
      assert.deepEqual(space.list('cache/placing'), []);
    }
});

test('where no link can be made the next kind is used, which is said; any other failure is one', async (t) => {
  for (const [link, call, otherLink, otherCall] of [
    ['hardlink', 'linkSync', 'symlink', 'symlinkSync'],
    ['symlink', 'symlinkSync', 'hardlink', 'linkSync'],
  ] as const) {
    const space = makeStore(t, { links: [link, 'copy'] });
    space.write('out', 'text');
    const content = await space.keep('out');
    rmSync(space.path('out'));
    let code = 'EXDEV';
    const mend = patchFs(t, call, () => () => {
      throw Object.assign(new Error(code), { code });
    });
    for (const name of ['out', 'other'])
      assert.equal(await space.store.restore(content, space.path(name)), 'restored');
    assert.equal(readFileSync(space.path('out'), 'utf8'), 'text');
    assert.ok(lstatSync(space.path('out')).isFile() && lstatSync(space.path('out')).nlink === 1);
    assert.deepEqual(
      space.warnings.map(({ code, facts }) => [code, facts?.[0]?.[1]]),
      [['link-unavailable', 'EXDEV']],
    );
    // Each kind that is not possible is said.
    const both = makeStore(t, { root: space.root, dir: space.dir, links: [link, otherLink, 'copy'] });
    const mendOther = patchFs(t, otherCall, () => () => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    });
    assert.equal(await both.store.restore(content, space.path('both')), 'restored');
    mendOther();
    assert.deepEqual(
      both.warnings.map(({ facts }) => facts?.[0]?.[1]),
      ['EXDEV', 'EPERM'],
    );
    code = 'EIO';
    await assert.rejects(space.store.restore(content, space.path('third')), /the disk reports an error/);
    mend();
  }
});

test('a link that is in its place already leaves nothing aside', async (t) => {
  const space = makeStore(t, { links: ['hardlink'] });
  space.write('out', 'text');
  const content = await space.keep('out');
  for (let round = 0; round < 2; round += 1)
    assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual(space.list('cache/placing'), []);
});

test('a file in a directory gets its executable bit back, and loses one that it should not have', async (t) => {
  const space = makeStore(t);
  space.write('out/run', 'x', 0o755);
  space.write('out/plain', 'y');
  const content = await space.keep('out');
  chmodSync(space.path('out/run'), 0o644);
  chmodSync(space.path('out/plain'), 0o755);
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual(
    ['run', 'plain'].map((name) => mode(space.path(`out/${name}`)) & 0o111),
    [0o111, 0],
  );
});

test('what fails on the disk is no fault of the list of the folder, which stays', async (t) => {
  let isFull = false;
  const full = new PipeError({ code: 'disk-full', title: 'the disk is full' });
  const fault = (step: string): void => {
    if (isFull && step === 'write aside') throw full;
  };
  const space = makeStore(t, { fault });
  space.write('out/a', 'a');
  const content = await space.keep('out');
  isFull = true;
  await assert.rejects(space.store.restore(content, space.path('other')), full);
  assert.ok(space.store.has(content));
});

test('a link that leads out of the project through another one is refused, and not left', async (t) => {
  const space = makeStore(t);
  space.write('near/x', 'x');
  space.write('out/a', 'a');
  symlinkSync('a', space.path('out/first'));
  symlinkSync('../near/x', space.path('out/link'));
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  const away = mkdtempSync(join(tmpdir(), 'pipe-away-'));
  t.after(() => rmSync(away, { recursive: true }));
  writeFileSync(join(away, 'x'), 'precious');
  rmSync(space.path('near'), { recursive: true });
  symlinkSync(away, space.path('near'));
  assert.equal(await space.store.restore(content, space.path('out')), 'corrupt');
  assert.match(JSON.stringify(space.warnings), /leads outside of the project/);
  assert.deepEqual(space.list('out'), ['a', 'first']);
  assert.equal(readFileSync(join(away, 'x'), 'utf8'), 'precious');
});

test('a link that is ignored is replaced by the folder that belongs there, and not followed', async (t) => {
  const space = makeStore(t);
  space.write('out/sub/x', 'ours');
  const content = await space.keep('out');
  rmSync(space.path('out/sub'), { recursive: true });
  space.write('elsewhere/x', 'of the user');
  symlinkSync('../elsewhere', space.path('out/sub'));
  space.write('.pipeignore', 'sub\n');
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.equal(readFileSync(space.path('elsewhere/x'), 'utf8'), 'of the user');
  assert.ok(lstatSync(space.path('out/sub')).isDirectory());
  assert.equal(readFileSync(space.path('out/sub/x'), 'utf8'), 'ours');
});

test('a new object that was damaged before it was flushed is not kept', async (t) => {
  const space = makeStore(t);
  const path = space.write('out', 'text');
  const content = (await space.files.look(path))!;
  await space.store.store(path, content);
  const [name] = space.list('cache/objects');
  chmodSync(space.path(`cache/objects/${name}`), 0o644);
  writeFileSync(space.path(`cache/objects/${name}`), 'TEXT');
  assert.equal(await space.store.restore(content, space.path('other')), 'corrupt');
  assert.equal(space.store.has(content), false);
  space.store.flush();
  assert.equal(space.store.has(content), false);
});

test('a folder whose manifest is gone is not known any more', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'text');
  const content = await space.keep('out');
  assert.equal(space.store.entries(content)?.length, 1);
  rmSync(space.object(content.digest));
  assert.equal(space.store.entries(content), undefined);
});
