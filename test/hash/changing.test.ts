// Files that change while they are read, and files whose times are too new to show the next change.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/problem.ts';
import { patchFs } from '../patched-fs.ts';
import { makeSpace, type Space } from './space.ts';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
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

test('a file that grew since its size was seen has the size and the digest of one moment', async (t) => {
  const space = makeSpace(t);
  const path = space.write('file', 'a');
  const looking = space.hasher().look(path);
  // The look has begun: it has the size, and reads when it is given a turn.
  writeFileSync(path, 'aaaa');
  assert.deepEqual(await looking, { digest: sha256('aaaa'), size: 4 });
});

test('a file that changes during every read is an error, not a digest', async (t) => {
  const space = makeSpace(t);
  const path = oldFile(space, 'file', 'a');
  let changes = 0;
  afterEachRead(t, () => {
    changes += 1;
    utimesSync(path, changes, changes);
  });
  for (const look of [space.hasher().look(path), space.hasher().look(space.root)])
    await assert.rejects(
      look,
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
    const file = space.write('file', '12345');
    const inner = space.write('folder/inner', '123');
    const newest = [file, inner]
      .map((path) => statSync(path, { bigint: true }).ctimeNs)
      .reduce((a, b) => (a > b ? a : b));
    const look = async (): Promise<number> => {
      let bytes = 0;
      const hasher = space.hasher('sha256', {
        stateFile: space.path('state'),
        clock: () => newest + age * MS,
        onProgress: (done) => (bytes = done.bytes),
      });
      await hasher.look(file);
      await hasher.look(space.path('folder'));
      hasher.close();
      return bytes;
    };
    assert.equal(await look(), 8);
    const second = await look();
    if (again) assert.ok(second > 0, 'nothing was read again');
    else assert.equal(second, 0);
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
