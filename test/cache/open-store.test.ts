// How outputs get into the cache.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import test from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import { PipeError } from '../../src/base/base.ts';
import { openCacheObjects } from '../../src/cache/cache.ts';
import { layouts } from '../layouts.ts';
import { patchFs } from '../patched-fs.ts';
import { makeStore } from './store-space.ts';

const sha256 = (data: string | Uint8Array): Digest =>
  createHash('sha256').update(data).digest('hex') as Digest;
const withCode = (code: string) => (error: unknown) =>
  error instanceof PipeError && error.problems[0]?.code === code;
const LARGE = 5 << 20;
const mode = (path: string): number => lstatSync(path).mode & 0o777;

for (const layout of ['pipe', 'dvc'] as const) {
  for (const link of ['reflink', 'copy', 'hardlink', 'symlink'] as const) {
    test(`${layout}, ${link}: what is stored comes back`, async (t) => {
      const space = makeStore(t, { layout, links: [link] });
      space.write('out/a', 'a');
      space.write('out/same', 'a');
      space.write('out/sub/large', Buffer.alloc(LARGE, 'x'));
      space.write('run', '#!/bin/sh', 0o755);
      const out = await space.keep('out');
      const run = await space.keep('run');
      assert.ok(space.store.has(out) && space.store.has(run));
      // Stored outputs still are what they were, linked back or not.
      assert.deepEqual(await space.files.look(space.path('out')), out);

      rmSync(space.path('out'), { recursive: true });
      rmSync(space.path('run'));
      assert.equal(await space.store.restore(out, space.path('out')), 'restored');
      assert.equal(await space.store.restore(run, space.path('deep/er/run')), 'restored');
      assert.deepEqual(await space.files.look(space.path('out')), out);
      assert.deepEqual(await space.files.look(space.path('deep/er/run')), run);
      assert.equal(mode(space.path('deep/er/run')) & 0o100, 0o100);

      for (const name of ['a', 'sub/large']) {
        const file = space.path(`out/${name}`);
        assert.equal(lstatSync(file).isSymbolicLink(), link === 'symlink', name);
        if (link === 'hardlink') assert.ok(statSync(file).nlink > 1, name);
        // A link into the cache is never writable; a copy is.
        assert.equal(statSync(file).mode & 0o222, link === 'reflink' || link === 'copy' ? 0o200 : 0, name);
      }
      assert.deepEqual(
        space.list('cache').filter((name) => name.includes('tmp') || name.startsWith('placing/')),
        [],
      );
    });
  }
}

test('a kind that comes after copies is never used', async (t) => {
  const space = makeStore(t, { links: ['copy', 'hardlink'] });
  space.write('out/a', 'a');
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual([statSync(space.path('out/a')).nlink, mode(space.path('out/a')) & 0o200], [1, 0o200]);
});

test('objects lie under their digest, read-only, in a tagged folder', async (t) => {
  const space = makeStore(t);
  space.write('cache/.gitignore', '# mine\n');
  space.write('x', 'x');
  const { digest } = await space.keep('x');
  assert.deepEqual(space.list('cache'), [
    '.gitignore',
    'CACHEDIR.TAG',
    `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`,
  ]);
  assert.equal(mode(space.object(digest)), 0o444);
  assert.equal(readFileSync(space.path('cache/.gitignore'), 'utf8'), '# mine\n');
  assert.match(
    readFileSync(space.path('cache/CACHEDIR.TAG'), 'utf8'),
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
});

test('DVC finds its own layout, and nothing else', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  space.write('out/a', 'hello');
  const { digest } = await space.keep('out');
  assert.deepEqual(
    space.list('cache'),
    [
      'files/md5/5d/41402abc4b2a76b9719d911017c592',
      `files/md5/${digest.slice(0, 2)}/${digest.slice(2)}`,
    ].sort(),
  );
  assert.equal(
    readFileSync(space.object(digest), 'utf8'),
    '[{"md5": "5d41402abc4b2a76b9719d911017c592", "relpath": "a"}]',
  );
});

test('nothing has its final name before it is flushed, and all is there for this process', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  const content = (await space.files.look(space.path('out')))!;
  await space.store.store(space.path('out'), content);
  assert.ok(space.store.has(content));
  assert.equal(existsSync(space.object(content.digest)), false);
  assert.equal(existsSync(space.object(sha256('a'))), false);
  rmSync(space.path('out'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  space.store.flush();
  assert.ok(existsSync(space.object(content.digest)));
});

test('a cache that may only be read is known before anything is kept, one that is not there yet is none', (t) => {
  makeStore(t).store.requireWritable();
  for (const code of ['EACCES', 'EROFS']) {
    const mend = patchFs(t, 'accessSync', () => () => {
      throw Object.assign(new Error(code), { code, syscall: 'access' });
    });
    assert.throws(() => makeStore(t).store.requireWritable(), withCode('cache-not-writable'));
    mend();
  }
});

test('a reader makes no cache folder', (t) => {
  const space = makeStore(t);
  assert.equal(space.store.has({ digest: sha256('x'), size: 1 }), false);
  space.store.flush();
  assert.equal(existsSync(space.dir), false);
});

test("somebody else's folder is refused as cache, our own before its first object is not", (t) => {
  const foreign = (name: string) => (error: unknown) =>
    withCode('cache-foreign')(error) &&
    String((error as PipeError).problems[0]!.facts?.[0]?.[1]).includes(name);
  const space = makeStore(t);
  space.write('theirs/thesis.tex', '');
  assert.throws(() => makeStore(t, { dir: space.path('theirs') }), foreign('thesis.tex'));
  space.write('ours/config.yaml', '');
  space.write('ours/quickstart.lock', '');
  space.write('ours/state/stat.db', '');
  makeStore(t, { dir: space.path('ours') });
});

test('equal files are one object, also when they are stored at the same time', async (t) => {
  const space = makeStore(t);
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const path = space.write(name, 'same');
      await space.store.store(path, (await space.files.look(path))!);
    }),
  );
  space.store.flush();
  assert.equal(space.list('cache/objects').length, 1);
});

test('an output that changed after it was hashed is not stored under its old digest', async (t) => {
  for (const size of [1, LARGE]) {
    const space = makeStore(t);
    const path = space.write('x', Buffer.alloc(size, 1));
    const content = (await space.files.look(path))!;
    space.write('x', Buffer.alloc(size, 2));
    await assert.rejects(space.store.store(path, content), withCode('output-changing'));
    space.store.flush();
    assert.equal(space.store.has(content), false);
    assert.deepEqual(
      space.list('cache').filter((name) => !['.gitignore', 'CACHEDIR.TAG'].includes(name)),
      [],
    );
  }
});

test('nothing is left of an object whose bytes do not arrive, or do not reach the disk', async (t) => {
  const space = makeStore(t);
  const failing = async (path: string): Promise<never> => {
    writeFileSync(path, 'half');
    await Promise.resolve();
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5, syscall: 'read' });
  };
  const objects = openCacheObjects({
    dir: space.dir,
    layout: layouts.pipe,
    hasher: space.files,
    scratch: space.path('cache/placing'),
    fault: () => {},
  });
  await assert.rejects(objects.receive(sha256('whole'), failing), PipeError);
  assert.deepEqual(space.list('cache/objects'), []);

  const restore = patchFs(t, 'writeFileSync', (real) => (path, data, options) => {
    real(path, data, options);
    throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', errno: -28, syscall: 'write' });
  });
  assert.throws(() => objects.addText('text', sha256('text')), withCode('disk-full'));
  restore();
  assert.deepEqual(space.list('cache/objects'), []);
});

test('nor is a folder, when the hasher has seen it changed since', async (t) => {
  for (const layout of ['pipe', 'dvc'] as const) {
    const space = makeStore(t, { layout });
    space.write('out/a', 'a');
    space.write('out/b', 'b');
    const path = space.path('out');
    const before = (await space.files.look(path))!;
    rmSync(space.path('out/b'));
    assert.notEqual((await space.files.look(path))!.digest, before.digest);
    await assert.rejects(space.store.store(path, before), withCode('output-changing'));
    space.store.flush();
    assert.equal(existsSync(space.object(before.digest)), false);
  }
});

test('objects have their mode whatever the umask, received ones too', async (t) => {
  const space = makeStore(t);
  const objects = openCacheObjects({
    dir: space.dir,
    layout: layouts.pipe,
    hasher: space.files,
    scratch: space.path('cache/placing'),
    fault: () => {},
  });
  for (const umask of [0o077, 0o002]) {
    const before = process.umask(umask);
    t.after(() => process.umask(before));
    space.write(`out/${umask}`, `text ${umask}`);
    space.write(`out/large${umask}`, Buffer.alloc(LARGE, String(umask)));
    await space.keep('out');
    const text = `from elsewhere ${umask}`;
    await objects.receive(sha256(text), (path) => {
      writeFileSync(path, text, { mode: 0o600 });
      return Promise.resolve();
    });
    objects.flush();
    process.umask(before);
    assert.equal(readFileSync(space.object(sha256(text)), 'utf8'), text);
  }
  const modes = space.list('cache/objects').map((name) => mode(space.path(`cache/objects/${name}`)));
  assert.deepEqual(new Set(modes), new Set([0o444]));
  assert.equal(modes.length, 8);
});

test('whatever has the name of an object that is received is set aside', async (t) => {
  const space = makeStore(t);
  await space.keep(space.write('made', '').slice(space.root.length + 1));
  const objects = openCacheObjects({
    dir: space.dir,
    layout: layouts.pipe,
    hasher: space.files,
    scratch: space.path('cache/placing'),
    fault: () => {},
  });
  const digest = sha256('text');
  mkdirSync(`${space.object(digest)}/in`, { recursive: true });
  await objects.receive(digest, (path) => Promise.resolve(writeFileSync(path, 'text')));
  objects.flush();
  assert.equal(readFileSync(space.object(digest), 'utf8'), 'text');
});

test('a clone of an object is writable, and an object that is a clone is not', async (t) => {
  const space = makeStore(t, { links: ['reflink'] });
  patchFs(t, 'copyFileSync', (real) => (from, to) => real(from, to));
  space.write('out', Buffer.alloc(LARGE, 'x'));
  const content = await space.keep('out');
  assert.equal(mode(space.object(content.digest)), 0o444);
  assert.equal(readFileSync(space.path('cache/.gitignore'), 'utf8'), '*\n');
  rmSync(space.path('out'));
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.equal(mode(space.path('out')), 0o666 & ~process.umask());
  assert.deepEqual(await space.files.look(space.path('out')), content);
});

test('hard links: a file with other names is copied, an existing object replaces the file', async (t) => {
  const space = makeStore(t, { links: ['hardlink'] });
  space.write('shared', 'shared');
  linkSync(space.path('shared'), space.path('other'));
  await space.keep('shared');
  assert.equal(lstatSync(space.path('shared')).ino, lstatSync(space.object(sha256('shared'))).ino);
  writeFileSync(space.path('other'), 'edited');
  assert.equal(readFileSync(space.object(sha256('shared')), 'utf8'), 'shared');

  space.write('one', 'same');
  space.write('two', 'same');
  const content = await space.keep('one');
  await space.keep('two');
  assert.equal(lstatSync(space.path('one')).ino, lstatSync(space.path('two')).ino);
  assert.equal(await space.store.restore(content, space.path('one')), 'restored');
  assert.deepEqual(space.list('cache/placing'), [], 'a name of a file does not replace another of it');

  // The cache is on another file system.
  let code = 'EXDEV';
  patchFs(t, 'linkSync', () => () => {
    throw Object.assign(new Error(code), { code });
  });
  space.write('far', 'far');
  assert.ok(space.store.has(await space.keep('far')));
  assert.equal(lstatSync(space.path('far')).nlink, 1);
  code = 'EIO';
  space.write('broken', 'broken');
  await assert.rejects(space.keep('broken'), withCode('disk-error'));
});

test('symbolic links: the workspace points at the object', async (t) => {
  const space = makeStore(t, { links: ['symlink'] });
  space.write('x', 'x');
  const content = await space.keep('x');
  assert.equal(readlinkSync(space.path('x')), space.object(content.digest));
  // Stored again, as after a run that left it alone.
  assert.deepEqual(await space.keep('x'), content);
  // A stage can write through the link: the object has other bytes than its name says.
  chmodSync(space.object(content.digest), 0o644);
  writeFileSync(space.path('x'), 'other');
  const other = await space.keep('x');
  assert.equal(other.digest, sha256('other'));
  assert.equal(readFileSync(space.object(other.digest), 'utf8'), 'other');
  assert.ok(lstatSync(space.object(other.digest)).isFile());
  assert.equal(readlinkSync(space.path('x')), space.object(other.digest));
});

test('an output that is a link out of the project is refused; a link inside is read', async (t) => {
  const space = makeStore(t);
  const other = makeStore(t);
  symlinkSync(other.write('secret', 'secret'), space.path('out'));
  await assert.rejects(space.keep('out'), withCode('symlink-refused'));
  space.write('real', 'real');
  symlinkSync('real', space.path('inside'));
  assert.ok(space.store.has(await space.keep('inside')));
});

test('a file that changed after it was hashed is not linked into the cache, a large one is not copied', async (t) => {
  for (const link of ['hardlink', 'copy'] as const)
    for (const size of [4, LARGE]) {
      const space = makeStore(t, { links: [link] });
      const path = space.write('out', Buffer.alloc(size, 'a'));
      const content = (await space.files.look(path))!;
      writeFileSync(path, Buffer.alloc(size, 'b'));
      await assert.rejects(space.store.store(path, content), withCode('output-changing'));
      space.store.flush();
      assert.equal(space.store.has(content), false);
    }
});

test('an output that is a link out of the project is refused, be it beside it by a name that begins with its own', async (t) => {
  const space = makeStore(t);
  const beside = `${space.root}-beside`;
  mkdirSync(beside);
  t.after(() => rmSync(beside, { recursive: true }));
  writeFileSync(`${beside}/x`, 'x');
  symlinkSync(`${beside}/x`, space.path('out'));
  const content = (await space.files.look(space.path('out')))!;
  await assert.rejects(space.store.store(space.path('out'), content), withCode('symlink-refused'));
  // Inside of it a link is as good as what it leads to.
  space.write('real', 'real');
  symlinkSync('real', space.path('inside'));
  assert.ok(space.store.has(await space.keep('inside')));
});
