// Files of our own: those with a checksum, journals, and how files are looked at and read.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  inFolderFor,
  isInGit,
  listen,
  lookingInside,
  openJournal,
  parseJournal,
  readChecked,
  readPieces,
  removeLeftovers,
  writeChecked,
} from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';

test('a file with a checksum is read as it was written, or not at all', (t) => {
  const space = makeSpace(t);
  const file = space.path('state/memory');
  const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}`);
  writeChecked(file, 'head/1', lines);
  assert.deepEqual(readChecked(file, 'head/1'), lines);
  assert.deepEqual(readChecked(file, 'head/2'), []);
  const bytes = readFileSync(file);
  for (const place of [0, 10, bytes.length >> 1, bytes.length - 65, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[place]! ^= 1;
    writeFileSync(file, damaged);
    assert.deepEqual(readChecked(file, 'head/1'), [], `byte ${place}`);
  }
  for (const length of [0, 5, 64, bytes.length - 1]) {
    writeFileSync(file, bytes.subarray(0, length));
    assert.deepEqual(readChecked(file, 'head/1'), [], `${length} bytes`);
  }
});

test('of temporary files those of processes that ended are removed', (t) => {
  const space = makeSpace(t);
  for (const name of ['memory', `memory.${process.ppid}.tmp`, 'memory.999999999.tmp', 'other.999999999.tmp'])
    space.write(`state/${name}`, '');
  removeLeftovers(space.path('state/memory'));
  assert.deepEqual(
    readdirSync(space.path('state')).toSorted(),
    ['memory', `memory.${process.ppid}.tmp`, 'other.999999999.tmp'].toSorted(),
  );
});

test('a journal has its values in their order; a line that was cut off spoils only itself', (t) => {
  const space = makeSpace(t);
  const file = space.path('state/journal');
  const values = (): unknown[] => parseJournal(readFileSync(file, 'utf8'));
  const journal = openJournal(file, { name: 'test' });
  journal.append([1, { two: 'a\nb' }]);
  journal.append([3]);
  assert.deepEqual(values(), [1, { two: 'a\nb' }, 3]);
  appendFileSync(file, '\n{"cut": ');
  journal.append([4]);
  assert.deepEqual(values(), [1, { two: 'a\nb' }, 3, 4]);
  journal.rewrite([3, 4]);
  assert.deepEqual(values(), [3, 4]);
  journal.start('head');
  journal.append([5]);
  assert.deepEqual(values(), ['head', 5]);
  journal.rewrite([]);
  assert.deepEqual(readdirSync(space.path('state')), []);
  journal.remove();
  symlinkSync(space.write('precious', 'precious'), file);
  assert.throws(() => journal.append([6]), { code: 'ELOOP' });
  assert.equal(readFileSync(space.path('precious'), 'utf8'), 'precious');
  const lines = openJournal(space.path('lines'), { name: 'test', endLines: true });
  lines.append([1]);
  lines.append([2]);
  assert.equal(readFileSync(space.path('lines'), 'utf8'), '\n1\n\n2\n');
});

test('many files of a folder are looked at by their names, and the process is where it was afterwards', (t) => {
  const space = makeSpace(t);
  const before = process.cwd();
  for (const folder of ['one', 'two', 'few'])
    for (let index = 0; index < (folder === 'few' ? 3 : 40); index += 1)
      space.write(`${folder}/${index}`, `${folder} ${index}`);
  const sizes = lookingInside((look) =>
    ['one', 'two', 'one', 'few'].flatMap((folder) =>
      readdirSync(space.path(folder)).map((name) => {
        const stats = look(space.path(folder), name);
        assert.equal(stats?.size, `${folder} ${name}`.length, `${folder}/${name}`);
        return stats.size;
      }),
    ),
  );
  assert.equal(sizes.length, 123);
  assert.equal(process.cwd(), before);
  assert.throws(
    () =>
      lookingInside((look) => {
        for (let index = 0; index < 20; index += 1) look(space.path('one'), String(index));
        assert.equal(look(space.path('one'), 'nothing'), undefined);
        look(space.path('one'), 'x'.repeat(300));
      }),
    { code: 'ENAMETOOLONG', path: space.path(`one/${'x'.repeat(300)}`) },
  );
  assert.equal(process.cwd(), before);
});

test('many files look the same while a witness listens', (t) => {
  const space = makeSpace(t);
  const names = Array.from({ length: 40 }, (_, index) => `${index}`);
  for (const name of names) space.write(`one/${name}`, name);
  chmodSync(space.path('one/1'), 0o755);
  chmodSync(space.path('one/39'), 0o444);
  const looks = (): object[] =>
    lookingInside((look) =>
      names.map((name) => {
        const { ino, size, mtimeMs, ctimeMs, mode } = look(space.path('one'), name)!;
        return { ino, size, mtimeMs, ctimeMs, mode };
      }),
    );
  const before = looks();
  const witness = listen();
  const meanwhile = looks();
  assert.equal(witness.end()?.size, names.length);
  assert.deepEqual(meanwhile, before);
});

test('a file is read in pieces to its end, whatever its length', (t) => {
  const space = makeSpace(t);
  for (const length of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]) {
    const bytes = Buffer.alloc(length, 'abc');
    assert.ok(Buffer.concat([...readPieces(space.write('file', bytes))]).equals(bytes), String(length));
  }
});

test('a folder is in git below a .git, be that a folder or, as in a worktree, a file', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('a/b'), { recursive: true });
  assert.equal(isInGit(space.path('a/b')), false);
  space.write('a/.git', 'gitdir: /elsewhere');
  assert.deepEqual([isInGit(space.path('a/b')), isInGit(space.root)], [true, false]);
  rmSync(space.path('a/.git'));
  mkdirSync(space.path('a/b/.git'));
  assert.deepEqual([isInGit(space.path('a/b')), isInGit(space.path('a'))], [true, false]);
});

test('folders that were made for what does not come are removed, and none that were there', async (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('empty'));
  const path = space.path('empty/new/deep/file');
  const listeners = process.listenerCount('exit');
  await assert.rejects(
    inFolderFor(path, () => Promise.reject(new Error('it does not come'))),
    /it does not come/,
  );
  assert.deepEqual(readdirSync(space.path('empty')), []);
  await inFolderFor(path, () => {
    // The program ends meanwhile.
    for (const listener of process.listeners('exit').slice(listeners)) listener(0);
    assert.deepEqual(readdirSync(space.path('empty')), []);
    space.write('empty/new/deep/file', 'text');
    return Promise.resolve();
  });
  assert.equal(readFileSync(path, 'utf8'), 'text');
  await assert.rejects(
    inFolderFor(space.path('empty/new/other'), () => Promise.reject(new Error('nor this'))),
  );
  assert.equal(readFileSync(path, 'utf8'), 'text');
  assert.equal(process.listenerCount('exit'), listeners);
});

test('the file of a process that another user runs stays', (t) => {
  const space = makeSpace(t);
  space.write('state/memory.999999999.tmp', '');
  t.mock.method(process, 'kill', () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  });
  removeLeftovers(space.path('state/memory'));
  assert.deepEqual(readdirSync(space.path('state')), ['memory.999999999.tmp']);
});
