// Files that change while they are read, and files whose times are too new to show the next change.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { readWhole, type Digest } from '../../src/hash/hash.ts';
import { PipeError } from '../../src/base/base.ts';
import { patchFs } from '../patched-fs.ts';
import { sha256 } from './digests.ts';
import { makeSpace, type Space } from './space.ts';

/** Read in two pieces, in this thread. */
const SIZE = 2 << 20;
const MS = 1_000_000n;

/** A file with times of long ago, so that each later change shows in them. */
function oldFile(space: Space, name: string, byte: string): string {
  const path = space.write(name, Buffer.alloc(SIZE, byte));
  utimesSync(path, 1_000_000, 1_000_000);
  return path;
}

/** @param act is called after each piece that is read. */
function afterEachRead(t: TestContext, act: () => void): void {
  patchFs(
    t,
    'readSync',
    (real) =>
      ((...args: Parameters<typeof readSync>) => {
        const read = real(...args);
        act();
        return read;
      }) as typeof readSync,
  );
}

for (const name of ['file', 'folder/file'])
  test(`${name}: replaced between two reads, it is read again as a whole`, async (t) => {
    const space = makeSpace(t);
    const path = oldFile(space, name, 'a');
    const after = Buffer.alloc(SIZE, 'b');
    let changes = 1;
    afterEachRead(t, () => {
      if (changes > 0) writeFileSync(path, after);
      changes -= 1;
    });
    const hasher = space.hasher();
    const seen =
      name === 'file' ? await hasher.look(path) : (await hasher.tree(space.path('folder'))).entries[0];
    assert.equal((seen as { digest: string }).digest, sha256(after));
  });

test('a file that goes away before it is read is no file, and one that cannot be read is named', async (t) => {
  const space = makeSpace(t);
  const path = space.write('file', 'a');
  let isGoing = true;
  patchFs(t, 'openSync', (real) => (...args: Parameters<typeof openSync>) => {
    if (args[0] !== path) return real(...args);
    if (isGoing) rmSync(path);
    else throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'open', path });
    return real(...args);
  });
  assert.equal(await space.hasher().look(path), undefined);
  renameSync(space.write('other', 'a'), path);
  isGoing = false;
  await assert.rejects(
    space.hasher().look(path),
    (error) => error instanceof PipeError && error.message.includes('file'),
  );
});

test('a file that grew since its size was seen has the size and the digest of one moment', async (t) => {
  const space = makeSpace(t);
  const path = space.write('file', 'a');
  const looking = space.hasher().look(path);
  // The look has begun: it has the size, and reads when it is given a turn.
  writeFileSync(path, 'aaaa');
  assert.deepEqual(await looking, { digest: sha256('aaaa'), size: 4 });
});

test('a file that grows with each read is not read without end', async (t) => {
  const space = makeSpace(t);
  const path = oldFile(space, 'file', 'a');
  let reads = 0;
  afterEachRead(t, () => {
    reads += 1;
    if (reads < 100) appendFileSync(path, Buffer.alloc(1 << 20));
  });
  // It is large at the second look: a thread reads it, in which it does not grow.
  const { size } = (await space.hasher().look(path))!;
  assert.equal(size, statSync(path).size);
  assert.ok(reads < 10, `${reads} reads`);
});

test('a file that changes during every read is an error, not a digest', async (t) => {
  const space = makeSpace(t);
  const path = oldFile(space, 'file', 'a');
  let changes = 0;
  afterEachRead(t, () => {
    changes += 1;
    utimesSync(path, changes, changes);
  });
  for (const at of [path, space.root])
    await assert.rejects(
      space.hasher().look(at),
      (error) => error instanceof PipeError && error.problems[0]?.code === 'file-changing',
    );
});

for (const [age, again] of [
  [5n, true],
  [19n, true],
  [21n, false],
] as const)
  test(`what was read ${age} ms after its last change is ${again ? 'read again' : 'known'} the next time`, async (t) => {
    const space = makeSpace(t);
    for (const [name, inner] of [
      ['file', 'file'],
      ['folder', 'folder/inner'],
    ] as const) {
      const { ctimeNs } = statSync(space.write(inner, '12345'), { bigint: true });
      const look = async (): Promise<number> => {
        let bytes = 0;
        const hasher = space.hasher('sha256', {
          stateFile: space.path('state'),
          clock: () => ctimeNs + age * MS,
          onProgress: (done) => (bytes = done.bytes),
        });
        await hasher.look(space.path(name));
        hasher.close();
        return bytes;
      };
      assert.deepEqual([await look(), await look()], [5, again ? 5 : 0], name);
    }
  });

test('whether its times are old enough is judged by the start of a read, however long it takes', async (t) => {
  const space = makeSpace(t);
  const { ctimeNs } = statSync(space.write('file', '12345'), { bigint: true });
  let age = 0n;
  afterEachRead(t, () => (age += 1000n));
  const look = async (): Promise<number> => {
    let bytes = 0;
    age = 5n;
    const hasher = space.hasher('sha256', {
      stateFile: space.path('state'),
      clock: () => ctimeNs + age * MS,
      onProgress: (done) => (bytes = done.bytes),
    });
    await hasher.look(space.path('file'));
    hasher.close();
    return bytes;
  };
  assert.deepEqual([await look(), await look()], [5, 5]);
});

test('an older file beside one that is too new is known, and the folder is not', async (t) => {
  const space = makeSpace(t);
  const old = space.write('folder/old', '12345');
  let { ctimeNs } = statSync(old, { bigint: true });
  // Until a change has another time.
  let fresh = space.write('folder/new', '123');
  while (statSync(fresh, { bigint: true }).ctimeNs === ctimeNs) fresh = space.write('folder/new', '123');
  ctimeNs += 20n * MS;
  const look = async (): Promise<number> => {
    let bytes = 0;
    const hasher = space.hasher('sha256', {
      stateFile: space.path('state'),
      clock: () => ctimeNs,
      onProgress: (done) => (bytes = done.bytes),
    });
    await hasher.look(space.path('folder'));
    hasher.close();
    return bytes;
  };
  assert.deepEqual([await look(), await look()], [8, 3]);
});

test('a file that the engine wrote a moment ago is known to this process, and not to the next one', async (t) => {
  const space = makeSpace(t);
  const path = space.write('folder/new', '12345');
  space.write('folder/other', '123');
  const { ctimeNs } = statSync(space.path('folder/other'), { bigint: true });
  const look = async (writes: boolean): Promise<number> => {
    let bytes = 0;
    const hasher = space.hasher('sha256', {
      stateFile: space.path('state'),
      clock: () => ctimeNs + 1000n * MS,
      onProgress: (done) => (bytes = done.bytes),
    });
    if (writes) hasher.remember(path, { digest: sha256('12345') as Digest, size: 5 });
    await hasher.look(space.path('folder'));
    hasher.close();
    return bytes;
  };
  assert.deepEqual([await look(true), await look(false), await look(false)], [3, 5, 0]);
});

test('what is known without reading is what was read: size and number of files too', async (t) => {
  const space = makeSpace(t);
  for (const name of ['file', 'folder/a', 'folder/b', 'folder/sub/c']) space.write(name, `text of ${name}`);
  let newest = statSync(space.path('folder/sub/c'), { bigint: true }).ctimeNs;
  const look = async (extra?: string): Promise<[unknown, number]> => {
    let bytes = 0;
    const hasher = space.hasher('sha256', {
      stateFile: space.path('state'),
      clock: () => newest + 21n * MS,
      onProgress: (done) => (bytes = done.bytes),
    });
    const seen = [await hasher.look(space.path('file')), await hasher.look(space.path('folder'))];
    if (extra !== undefined) await hasher.look(space.path(extra));
    hasher.close();
    return [seen, bytes];
  };
  const [first] = await look();
  assert.deepEqual(await look(), [first, 0]);
  // Something else is added to what is known: nothing that is known is lost.
  newest = statSync(space.write('other', 'x'), { bigint: true }).ctimeNs;
  assert.deepEqual(await look('other'), [first, 1]);
  assert.deepEqual(await look('other'), [first, 0]);
});

test('a file that we wrote and that was changed since is read', async (t) => {
  const space = makeSpace(t);
  const path = space.write('file', 'ours');
  const hasher = space.hasher();
  hasher.remember(path, { digest: sha256('ours') as Digest, size: 4 });
  assert.equal((await hasher.look(path))?.digest, sha256('ours'));
  writeFileSync(path, 'other text');
  assert.equal((await hasher.look(path))?.digest, sha256('other text'));
});

test('a link in a folder that leads elsewhere is another folder, also to a hasher that knows it', async (t) => {
  const space = makeSpace(t);
  for (const name of ['folder/a', 'folder/b']) space.write(name, 'same');
  symlinkSync('a', space.path('folder/link'));
  const newest = statSync(space.path('folder/b'), { bigint: true }).ctimeNs;
  const look = async (): Promise<string> => {
    const hasher = space.hasher('sha256', { stateFile: space.path('state'), clock: () => newest + 21n * MS });
    const content = await hasher.look(space.path('folder'));
    hasher.close();
    return content!.digest;
  };
  const first = await look();
  rmSync(space.path('folder/link'));
  symlinkSync('b', space.path('folder/link'));
  assert.notEqual(await look(), first);
});

test('what a thread wrote before it failed is no part of the copy', (t) => {
  const space = makeSpace(t);
  const [path, copyTo] = [space.write('file', 'whole'), space.path('copy')];
  const target = openSync(copyTo, 'wx');
  t.after(() => closeSync(target));
  writeSync(target, 'wh');
  readWhole({ path, size: 5, algorithm: 'sha256', copyTo, target });
  assert.equal(readFileSync(copyTo, 'utf8'), 'whole');
});

test('a pipe that takes the place of a file just before it is opened holds nothing up', async (t) => {
  const space = makeSpace(t);
  const path = oldFile(space, 'file', 'a');
  let turns = 0;
  patchFs(t, 'openSync', (real) => (at, flags, mode) => {
    if (at === path && (turns += 1) === 1) {
      rmSync(path);
      execFileSync('mkfifo', [path]);
      assert.ok(Number(flags) & constants.O_NONBLOCK, 'it would wait for somebody who writes');
    }
    return real(at, flags, mode);
  });
  await assert.rejects(space.hasher().look(path), /is a named pipe/);
  assert.equal(turns, 1);
});

test('of two large files in a folder the one that changes is read again', async (t) => {
  const space = makeSpace(t);
  for (const name of ['one', 'two']) {
    space.write(`folder/${name}`, Buffer.alloc(5 << 20, 'a'));
    utimesSync(space.path(`folder/${name}`), 1_000_000, 1_000_000);
  }
  const after = Buffer.alloc(5 << 20, 'b');
  let changes = 1;
  const clock = (): bigint => {
    if (changes > 0) writeFileSync(space.path('folder/two'), after);
    changes -= 1;
    return BigInt(Date.now()) * MS;
  };
  const { entries } = await space.hasher('sha256', { clock }).tree(space.path('folder'));
  assert.equal((entries.at(-1) as { digest?: string }).digest, sha256(after));
});

test('a large file that goes away before it is read is no file', async (t) => {
  const space = makeSpace(t);
  const path = space.write('large', Buffer.alloc(5 << 20));
  const clock = (): bigint => {
    rmSync(path, { force: true });
    return BigInt(Date.now()) * MS;
  };
  assert.equal(await space.hasher('sha256', { clock }).look(path), undefined);
});
