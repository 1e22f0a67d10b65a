// Folders of many files are looked at from inside of them: of that nothing is to be seen outside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, rmSync, type BigIntStats, type Stats } from 'node:fs';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { FileList, FoundFiles, listFiles, signatureOf, type Digest } from '../../src/hash/hash.ts';
import { patchFs } from '../patched-fs.ts';
import { makeSpace, type Space } from './space.ts';

const FILES = 50;

function writeMany(space: Space): void {
  for (let index = 0; index < FILES; index += 1)
    for (const folder of ['d', 'd/inner', 'd/inner/deep'])
      space.write(`${folder}/${index}`, `${folder} ${index}`);
}

test('the process is in its folder again, also after a failure', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const home = process.cwd();
  const files = space.hasher('sha256');
  const content = await files.look(space.path('d'));
  assert.equal(content?.nfiles, 3 * FILES);
  assert.equal(process.cwd(), home);
  execFileSync('mkfifo', [space.path('d/inner/zz')]);
  await assert.rejects(files.look(space.path('d')), PipeError);
  assert.equal(process.cwd(), home);
});

test('the content is the same from wherever it is looked at, and where that folder is removed', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const home = process.cwd();
  t.after(() => process.chdir(home));
  const content = await space.hasher('sha256').look(space.path('d'));
  for (const name of ['d', 'd/inner', 'elsewhere', 'gone']) {
    mkdirSync(space.path(name), { recursive: true });
    process.chdir(space.path(name));
    process.cwd(); // Node remembers it
    if (name === 'gone') rmSync(space.path('gone'), { recursive: true });
    assert.deepEqual(await space.hasher('sha256').look(space.path('d')), content);
  }
});

test('files of a folder whose name begins that of the one before are its own', () => {
  const files = new FoundFiles();
  for (const folder of ['ab', 'a', 'a/b', ''])
    files.add(folder, 'x', { ino: 1, size: 1, mtimeMs: 1, ctimeMs: 1, mode: 0o644 });
  assert.deepEqual(files.paths, ['ab/x', 'a/x', 'a/b/x', 'x']);
});

test('files with times before 1970 are read like others', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const content = await space.hasher().look(space.path('d'));
  execFileSync('touch', ['-d', '1969-12-31T23:59:58.123456789Z', space.path('d/7'), space.path('d/inner/7')]);
  assert.deepEqual(await space.hasher().look(space.path('d')), content);
});

test('files are read whatever the highest bit of their inode numbers is', async (t) => {
  const space = makeSpace(t);
  writeMany(space);
  const content = await space.hasher().look(space.path('d'));
  // As `fs` gives an inode number that some network file systems have: unsigned as a number, signed as a `bigint`.
  const raised = <S extends Stats | BigIntStats | undefined>(stats: S): S => {
    if (typeof stats?.ino === 'bigint') stats.ino = BigInt.asIntN(64, stats.ino + (1n << 63n));
    else if (stats) (stats as Stats).ino = Number(BigInt(stats.ino) + (1n << 63n));
    return stats;
  };
  for (const name of ['lstatSync', 'statSync', 'fstatSync'] as const)
    patchFs(
      t,
      name,
      (real) =>
        ((...args: Parameters<typeof real>) =>
          raised((real as never as (...given: unknown[]) => Stats)(...args))) as never,
    );
  assert.deepEqual(await space.hasher().look(space.path('d')), content);
});

const look = { ino: 1, size: 1, mtimeMs: 1, ctimeMs: 1, mode: 0o644 };

/** @param other of the file at this index. */
function manyFiles(count: number, at?: number, other: object = {}, name = 'f'): FoundFiles {
  const files = new FoundFiles();
  for (let index = 0; index < count; index += 1) {
    const isOther = index === at;
    files.add(index < 1000 ? '' : 'd', `${isOther ? name : 'f'}${index}`, {
      ...look,
      ino: index,
      ...(isOther && other),
    });
  }
  return files;
}

const OTHERS = [
  ['f', { mtimeMs: 2 }],
  ['f', { ctimeMs: 2 }],
  ['f', { size: 2 }],
  ['f', { ino: -1 }],
  ['f', { mode: 0o755 }],
  ['F', {}],
] as const;

test('each file of very many counts in what is remembered of a folder', () => {
  const signature = (files: FoundFiles): string => signatureOf({ files, others: [] });
  const before = signature(manyFiles(2100));
  assert.equal(signature(manyFiles(2100)), before);
  assert.notEqual(signature(manyFiles(2099)), before);
  for (const index of [0, 1, 255, 256, 999, 1000, 1023, 1024, 2047, 2048, 2099])
    for (const [name, other] of OTHERS)
      assert.notEqual(
        signature(manyFiles(2100, index, other, name)),
        before,
        `${index} ${name} ${JSON.stringify(other)}`,
      );
  const none = new FoundFiles();
  const link = (target: string, path = 'l'): string =>
    signatureOf({ files: none, others: [{ kind: 'symlink', path, target }] });
  assert.equal(new Set([link('a'), link('b'), link('a', 'm')]).size, 3);
  const folder = (path: string): string =>
    signatureOf({ files: none, others: [{ kind: 'directory', path }] });
  assert.equal(new Set([folder('d'), folder('e'), signature(none)]).size, 3);
  // More than is taken at once.
  const links = (first: string): string =>
    signatureOf({
      files: none,
      others: Array.from({ length: 3000 }, (_, index) => ({
        kind: 'symlink',
        path: String(index).padStart(40, '0'),
        target: index === 0 ? first : 'all',
      })),
    });
  assert.notEqual(links('a'), links('b'));
});

test('two folders whose names are the same in another place are not the same', () => {
  const signature = (...names: readonly (readonly [folder: string, name: string])[]): string => {
    const files = new FoundFiles();
    for (const [folder, name] of names) files.add(folder, name, look);
    return signatureOf({ files, others: [] });
  };
  const all = [
    signature(['', 'a'], ['', 'b']),
    signature(['', 'a'], ['b', 'a']),
    signature(['a', 'b'], ['', 'b']),
    signature(['', 'a'], ['a', 'b']),
    signature(['a', 'a'], ['a', 'b']),
    signature(['', 'ab'], ['', '']),
  ];
  assert.equal(new Set(all).size, all.length);
});

test('what is listed of a folder is found again by name, with the same stat data', () => {
  const digest = (index: number): Digest => hash('sha256', String(index)) as Digest;
  const files = manyFiles(1500);
  const digests = files.paths.map((_, index) => digest(index));
  const list = (unsettled?: ReadonlySet<number>): FileList =>
    new FileList(Buffer.concat(listFiles(files, digests, unsettled)));
  const all = (now: FoundFiles, known = list()): (Digest | undefined)[] => {
    const digestOf = known.matching(now);
    return now.paths.map((_, index) => digestOf(index));
  };
  assert.deepEqual(all(files), digests);
  for (const index of [0, 31, 32, 63, 64, 999, 1499])
    for (const [name, other] of OTHERS)
      assert.deepEqual(
        all(manyFiles(1500, index, other, name)),
        digests.map((known, at) => (at === index ? undefined : known)),
        `${index} ${name} ${JSON.stringify(other)}`,
      );
  assert.deepEqual(
    all(files, list(new Set([7, 1499]))),
    digests.map((known, at) => (at === 7 || at === 1499 ? undefined : known)),
  );
  const fewer = new FoundFiles();
  for (const index of [3, 2]) fewer.add('', `f${index}`, { ...look, ino: index });
  assert.deepEqual(all(fewer), [digest(3), digest(2)]);
  assert.deepEqual(all(fewer, new FileList(Buffer.concat(listFiles(new FoundFiles(), [])))), [
    undefined,
    undefined,
  ]);
});
