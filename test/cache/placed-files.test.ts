// What was placed in the workspace is known afterwards, also to later processes, and every later change of it is noticed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type accessSync,
  type futimesSync,
  type openSync,
  type Stats,
} from 'node:fs';
import test, { type TestContext } from 'node:test';
import { objectsFolder } from '../../src/cache/cache.ts';
import type { Digest, Hasher, TreeEntry } from '../../src/hash/hash.ts';
import { layouts } from '../layouts.ts';
import { patchFs } from '../patched-fs.ts';
import { makeStore, type StoreSpace } from './store-space.ts';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');

/** @returns the paths of the workspace that are opened from now on. */
function openedFiles(t: TestContext, space: StoreSpace): readonly string[] {
  const opened: string[] = [];
  patchFs(t, 'openSync', (real) => (...args: Parameters<typeof openSync>) => {
    const path = String(args[0]);
    if (path.startsWith(space.path('out')) || path === space.path('file')) opened.push(path);
    return real(...args);
  });
  return opened;
}

for (const link of ['reflink', 'copy', 'hardlink', 'symlink'] as const)
  test(`${link}: a file and a folder that were restored are not read again by the next process`, async (t) => {
    const space = makeStore(t, { links: [link], stateFile: 'state' });
    space.write('file', 'file');
    space.write('out/a', 'a');
    space.write('out/b', 'b');
    const [file, out] = [await space.keep('file'), await space.keep('out')];
    // A link shares the times of its object: they are old by the time of a checkout.
    for (const text of ['file', 'a', 'b']) utimesSync(space.object(sha256(text) as never), 1000, 1000);
    rmSync(space.path('file'));
    rmSync(space.path('out'), { recursive: true });
    const objects = objectsFolder(space.dir, layouts.pipe);
    assert.equal(await space.store.restore(file, space.path('file')), 'restored');
    assert.equal(await space.store.restore(out, space.path('out')), 'restored');
    await space.files.look(space.path('file'));
    await space.files.look(space.path('out'));
    space.files.close();
    const opened = openedFiles(t, space);
    const later = space.hasher('sha256', { objects, stateFile: space.path('state') });
    assert.deepEqual(await later.look(space.path('file')), file);
    assert.deepEqual(await later.look(space.path('out')), out);
    assert.deepEqual(opened, []);
  });

test('a large executable file is copied where others are linked: a link would have the mode of the object', async (t) => {
  const space = makeStore(t, { links: ['hardlink'] });
  const path = space.write('run', 'x'.repeat(1 << 17), 0o755);
  const content = await space.keep('run');
  for (const restore of [false, true]) {
    if (restore) rmSync(path);
    if (restore) assert.equal(await space.store.restore(content, path), 'restored');
    assert.deepEqual([lstatSync(path).mode & 0o300, lstatSync(path).nlink], [0o300, 1]);
  }
});

test('a restored file that is changed at once, without a change of its size, is noticed', async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const space = makeStore(t, { stateFile: 'state' });
    space.write('file', 'file');
    space.write('out/a', 'a');
    const [file, out] = [await space.keep('file'), await space.keep('out')];
    rmSync(space.path('file'));
    rmSync(space.path('out'), { recursive: true });
    await space.store.restore(file, space.path('file'));
    await space.store.restore(out, space.path('out'));
    await space.files.look(space.path('file'));
    await space.files.look(space.path('out'));
    space.files.close();
    space.write('file', 'life');
    space.write('out/a', 'b');
    assert.notDeepEqual(await space.files.look(space.path('file')), file);
    const later = space.hasher('sha256', { stateFile: space.path('state') });
    assert.notDeepEqual(await later.look(space.path('file')), file);
    assert.notDeepEqual(await later.look(space.path('out')), out);
  }
});

test('a folder whose later changes may not show in the times of one of its files is not known', (t) => {
  const space = makeStore(t);
  const isKnown = (name: string, ages: readonly number[]): boolean => {
    const files = new Map<string, Stats>();
    const entries = ages.map((age, at) => {
      const path = `f${at}`;
      const file = space.write(`${name}/${path}`, path);
      const time = Date.now() / 1000 - age;
      utimesSync(file, time, Math.floor(time) + 0.5);
      files.set(path, lstatSync(file));
      return { kind: 'file', path, digest: sha256(path) as Digest, size: 2 } as const;
    });
    space.files.placedDirectory(space.path(name), entries, files);
    return space.files.hasPlaced(space.path(name));
  };
  assert.equal(isKnown('old', [60, 60]), true);
  assert.equal(isKnown('new', [60, -60]), false);
});

test('a folder that holds anything but what was put there is not known', (t) => {
  const space = makeStore(t);
  const digest = sha256('') as Digest;
  const file = (path: string): TreeEntry => ({ kind: 'file', path, digest, size: 0 });
  const isKnown = (name: string, entries: readonly TreeEntry[]): boolean => {
    space.write(`${name}/a`, '');
    mkdirSync(space.path(`${name}/b`));
    space.files.placedDirectory(space.path(name), entries, new Map());
    return space.files.hasPlaced(space.path(name));
  };
  const folder = { kind: 'directory', path: 'b' } as const;
  assert.equal(isKnown('same', [file('a'), folder]), true);
  assert.equal(isKnown('less', [file('a')]), false);
  assert.equal(isKnown('more', [file('a'), folder, file('c')]), false);
  assert.equal(isKnown('other name', [file('A'), folder]), false);
  assert.equal(isKnown('other folder', [file('a'), { kind: 'directory', path: 'B' }]), false);
  assert.equal(isKnown('no folder', [file('a'), file('b')]), false);
  assert.equal(isKnown('no file', [{ kind: 'directory', path: 'a' }, folder]), false);
});

test('a file that was put there is read by later commands where its time is one of whole seconds', async (t) => {
  const space = makeStore(t);
  for (const [name, time, bytes] of [
    ['fine', 1000.5, 0],
    ['whole', 1000, 4],
  ] as const) {
    const path = space.write(name, 'text');
    utimesSync(path, time, time);
    let read = 0;
    const hasher = (): Hasher =>
      space.hasher('sha256', {
        stateFile: space.path(`${name}.state`),
        onProgress: (done) => (read = done.bytes),
      });
    const first = hasher();
    first.placed(path, sha256('text') as Digest, lstatSync(path));
    await first.look(path);
    first.close();
    assert.equal(read, 0, name);
    assert.equal((await hasher().look(path))?.digest, sha256('text'));
    assert.equal(read, bytes, name);
  }
});

for (const there of ['a link to its bytes', 'a folder', 'a pipe'] as const)
  test(`${there} in place of an object counts as missing, and nothing is placed`, async (t) => {
    const space = makeStore(t);
    space.write('file', 'file');
    const file = await space.keep('file');
    const object = space.object(file.digest);
    renameSync(object, space.path('bytes'));
    if (there === 'a folder') mkdirSync(object);
    else if (there === 'a pipe') execFileSync('mkfifo', [object]);
    else symlinkSync(space.path('bytes'), object);
    rmSync(space.path('file'));
    assert.equal(await space.store.restore(file, space.path('file')), 'missing');
    assert.equal(lstatSync(space.path('file'), { throwIfNoEntry: false }), undefined);
  });

test('an object that is shorter or longer than its content counts as missing', async (t) => {
  for (const text of ['fil', 'files']) {
    const space = makeStore(t);
    space.write('file', 'file');
    const file = await space.keep('file');
    const object = space.object(file.digest);
    chmodSync(object, 0o644);
    writeFileSync(object, text);
    rmSync(space.path('file'));
    assert.equal(await space.store.restore(file, space.path('file')), 'missing');
    assert.equal(lstatSync(space.path('file'), { throwIfNoEntry: false }), undefined);
  }
});

test('a folder that was restored where nothing was is known without a look at its files', async (t) => {
  for (const layout of ['pipe', 'dvc'] as const) {
    const space = makeStore(t, { layout, stateFile: 'state' });
    space.write('out/a', 'a');
    space.write('out/in/b', 'b', 0o755);
    space.write('out/in/large', Buffer.alloc(5 << 20, 'x'));
    space.write('out/far/deep/c', 'c');
    const out = await space.keep('out');
    rmSync(space.path('out'), { recursive: true });
    assert.equal(await space.store.restore(out, space.path('out')), 'restored');
    assert.ok(space.files.hasPlaced(space.path('out')));
    space.files.close();
    const opened = openedFiles(t, space);
    const later = space.hasher(layouts[layout].content.algorithm, { stateFile: space.path('state') });
    assert.deepEqual(await later.look(space.path('out')), out);
    assert.deepEqual(opened, []);
    space.write('out/in/b', 'c', 0o755);
    assert.notDeepEqual(await later.look(space.path('out')), out);
  }
});

test('a folder that was restored where files have whole seconds is looked at: its times hide a change', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  const out = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  patchFs(t, 'futimesSync', (real) => (...[file, access, change]: Parameters<typeof futimesSync>) => {
    real(file, Math.floor(Number(access)), Math.floor(Number(change)));
  });
  assert.equal(await space.store.restore(out, space.path('out')), 'restored');
  assert.equal(space.files.hasPlaced(space.path('out')), false);
});

test('a folder whose programs a umask takes the bit from is not known as one that has them', async (t) => {
  if (process.getuid?.() !== 0) {
    t.diagnostic('only root can enter the folders that such a umask makes');
    return;
  }
  const space = makeStore(t);
  space.write('out/run', '#!/bin/sh', 0o755);
  const out = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  const before = process.umask(0o100);
  t.after(() => process.umask(before));
  await space.store.restore(out, space.path('out'));
  process.umask(before);
  assert.notDeepEqual(await space.files.look(space.path('out')), out);
});

for (const damage of ['missing', 'corrupt'] as const)
  test(`a folder with an object that is ${damage} is not restored in part`, async (t) => {
    const space = makeStore(t);
    for (const name of ['a', 'b', 'c']) space.write(`out/${name}`, name);
    const out = await space.keep('out');
    const object = space.object(sha256('b') as never);
    rmSync(object);
    if (damage === 'corrupt') writeFileSync(object, 'B');
    rmSync(space.path('out'), { recursive: true });
    assert.equal(await space.store.restore(out, space.path('out')), damage);
    assert.equal(lstatSync(space.path('out'), { throwIfNoEntry: false }), undefined);
    assert.deepEqual(space.list('cache/placing'), []);
  });

test('what appears at the path of a folder while it is restored stays, and is an error', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  const out = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  patchFs(t, 'renameSync', (real) => (...args: Parameters<typeof renameSync>) => {
    space.write('out/mine', 'mine');
    real(...args);
  });
  await assert.rejects(space.store.restore(out, space.path('out')), { message: /something appeared/ });
  assert.deepEqual(space.list('out'), ['mine']);
  assert.deepEqual(space.list('cache/placing'), []);
});

test('a file on its way is in the folder of ours, of which one look is enough, or beside its place', async (t) => {
  const places = async (prepare: (space: StoreSpace) => void): Promise<readonly string[]> => {
    const space = makeStore(t);
    for (const name of ['one', 'two', 'in/three']) space.write(name, name);
    const contents = await Promise.all(['one', 'two', 'in/three'].map((name) => space.keep(name)));
    prepare(space);
    const from: string[] = [];
    let looks = 0;
    const ends = [
      patchFs(t, 'renameSync', (real) => (...args: Parameters<typeof renameSync>) => {
        from.push(String(args[0]).slice(space.root.length + 1));
        real(...args);
      }),
      patchFs(t, 'accessSync', (real) => (...args: Parameters<typeof accessSync>) => {
        looks += 1;
        real(...args);
      }),
    ];
    for (const [index, name] of ['a', 'b', 'new/c'].entries())
      assert.equal(await space.store.restore(contents[index]!, space.path(name)), 'restored');
    for (const end of ends.toReversed()) end();
    assert.equal(looks, 1);
    return from.map((path) => path.replace(/\d+-[0-9a-f]+-\d+\.tmp$/, '*'));
  };
  assert.deepEqual(await places(() => undefined), Array(3).fill('cache/placing/*'));
  // Nothing can be written there.
  const beside = await places((space) => {
    patchFs(t, 'accessSync', () => () => {
      throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
    });
    assert.ok(space.dir);
  });
  assert.deepEqual(beside, ['.a.pipe-*', '.b.pipe-*', 'new/.c.pipe-*']);
});

test('a place by another mount of the same device gets its file by a copy, and nothing is left', async (t) => {
  const space = makeStore(t);
  space.write('one', 'one');
  const content = await space.keep('one');
  let refused = 0;
  patchFs(t, 'renameSync', (real) => (...args: Parameters<typeof renameSync>) => {
    const isFrom = String(args[0]).startsWith(space.path('cache/placing'));
    if (!isFrom || String(args[1]).startsWith(space.path('cache'))) return real(...args);
    refused += 1;
    throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
  });
  for (const name of ['a', 'b'])
    assert.equal(await space.store.restore(content, space.path(name)), 'restored');
  assert.equal(readFileSync(space.path('a'), 'utf8'), 'one');
  assert.equal(refused, 1, 'which is known from then on');
  // A folder is made in its place, then.
  space.write('folder/x', 'x');
  const folder = await space.keep('folder');
  for (const name of ['new/back', 'new/again']) {
    assert.equal(await space.store.restore(folder, space.path(name)), 'restored');
    assert.deepEqual(await space.files.look(space.path(name)), folder);
  }
  assert.deepEqual(
    [space.list('cache/placing'), space.list('.').filter((name) => name.endsWith('.tmp'))],
    [[], []],
  );
});

test('a folder from a cache of a group is as one that is made in its place', async (t) => {
  const space = makeStore(t);
  space.write('out/in/a', 'a');
  const out = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  mkdirSync(space.path('cache/placing'));
  chmodSync(space.path('cache/placing'), 0o2775);
  assert.equal(await space.store.restore(out, space.path('out')), 'restored');
  for (const name of ['out', 'out/in']) assert.equal(lstatSync(space.path(name)).mode & 0o2000, 0);
});

test('where the system reads and writes less at a time than was asked for, all bytes arrive', async (t) => {
  const space = makeStore(t);
  const text = 'more than is read or written at a time';
  space.write('file', text);
  space.write('out/a', text.toUpperCase());
  // Of the buffer some bytes, and of the file those that follow.
  patchFs(
    t,
    'readSync',
    (real) =>
      ((fd: number, buffer: Buffer, at: number, length: number, from: number | null) =>
        real(fd, buffer, at, Math.min(length, 7), from)) as never,
  );
  patchFs(
    t,
    'writeSync',
    (real) =>
      ((fd: number, buffer: Buffer, at: number, length: number, to?: number) =>
        real(fd, buffer, at, Math.min(length, 3), to)) as never,
  );
  const contents = [await space.keep('file'), await space.keep('out')];
  for (const [index, name] of ['file', 'out'].entries()) {
    rmSync(space.path(name), { recursive: true });
    assert.equal(await space.store.restore(contents[index]!, space.path(name)), 'restored');
    assert.deepEqual(await space.files.look(space.path(name)), contents[index]);
  }
  assert.equal(readFileSync(space.path('file'), 'utf8'), text);
  assert.equal(readFileSync(space.path('out/a'), 'utf8'), text.toUpperCase());
});
