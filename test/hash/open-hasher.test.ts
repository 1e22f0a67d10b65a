// What the digest of a file or a folder is, and what has none.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { makeSpace } from './space.ts';
import { md5, sha256 } from './digests.ts';

const withCode = (code: string) => (error: unknown) =>
  error instanceof PipeError && error.problems[0]?.code === code;

test('a file is its bytes, whatever their number', async (t) => {
  const space = makeSpace(t);
  for (const size of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (4 << 20) + 1]) {
    const data = Buffer.alloc(size, 'pipe');
    const path = space.write(`f${size}`, data);
    assert.deepEqual(await space.hasher().look(path), { digest: sha256(data), size });
    assert.deepEqual(await space.hasher('md5').look(path), { digest: md5(data), size });
  }
});

test('what is not there is undefined, also below a file and behind a dangling link', async (t) => {
  const space = makeSpace(t);
  space.write('file', 'x');
  symlinkSync('nowhere', space.path('link'));
  for (const name of ['none', 'file/below', 'none/below', 'link'])
    assert.equal(await space.hasher().look(space.path(name)), undefined);
});

test('the executable bit of a file is told, and a link to a file is followed', async (t) => {
  const space = makeSpace(t);
  space.write('run', 'x', 0o755);
  symlinkSync('run', space.path('link'));
  const expected = { digest: sha256('x'), size: 1, isexec: true };
  assert.deepEqual(await space.hasher().look(space.path('run')), expected);
  assert.deepEqual(await space.hasher().look(space.path('link')), expected);
  chmodSync(space.path('run'), 0o674);
  assert.equal((await space.hasher().look(space.path('run')))?.isexec, undefined, 'that of the owner counts');
});

test('a directory is its names, contents, executable bits, empty folders and links', async (t) => {
  const space = makeSpace(t);
  const build = (at: string, change: (path: (name: string) => string) => void = () => undefined): string => {
    space.write(`${at}/a`, 'ab');
    space.write(`${at}/sub/b`, 'c');
    mkdirSync(space.path(`${at}/empty`));
    symlinkSync('sub/b', space.path(`${at}/link`));
    change((name) => space.path(`${at}/${name}`));
    return space.path(at);
  };
  const look = async (path: string): Promise<string | undefined> => (await space.hasher().look(path))?.digest;
  const plain = await look(build('plain'));
  assert.match(plain!, /^[0-9a-f]{64}\.dir$/);
  assert.equal(await look(build('again')), plain);
  const others = [
    build('bytes', (path) => writeFileSync(path('a'), 'aB')),
    build('shifted', (path) => (writeFileSync(path('a'), 'a'), writeFileSync(path('sub/b'), 'bc'))),
    build('name', (path) => renameSync(path('a'), path('A'))),
    build('mode', (path) => chmodSync(path('a'), 0o755)),
    build('folder', (path) => mkdirSync(path('empty2'))),
    build('no-folder', (path) => rmSync(path('empty'), { recursive: true })),
    build(
      'empty-file',
      (path) => (rmSync(path('empty'), { recursive: true }), writeFileSync(path('empty'), '')),
    ),
    build('target', (path) => (rmSync(path('link')), symlinkSync('./sub/b', path('link')))),
    build('file', (path) => (rmSync(path('link')), writeFileSync(path('link'), 'c'))),
  ];
  const digests = await Promise.all(others.map(look));
  assert.equal(new Set([plain, ...digests]).size, others.length + 1);
});

test('a directory counts its files and bytes, and its tree is sorted', async (t) => {
  const space = makeSpace(t);
  for (const name of ['a', 'a-b', 'a.d/x', 'a0', 'ad/y', '\u{1F600}/z', '\uFFEE'])
    space.write(`d/${name}`, name);
  const { content, entries, manifest } = await space.hasher().tree(space.path('d'));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ['a', 'a-b', 'a.d/x', 'a0', 'ad/y', '\uFFEE', '\u{1F600}/z'],
  );
  assert.deepEqual(content, {
    digest: `${sha256(manifest)}.dir`,
    size: 1 + 3 + 5 + 2 + 4 + 6 + 3,
    nfiles: 7,
  });
});

test('devices, named pipes and sockets are refused, as a path and inside a directory', async (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('d'));
  execFileSync('mkfifo', [space.path('d/fifo')]);
  await assert.rejects(space.hasher().look('/dev/null'), withCode('not-a-file'));
  await assert.rejects(space.hasher().look(space.path('d/fifo')), withCode('not-a-file'));
  await assert.rejects(space.hasher().look(space.path('d')), withCode('not-a-file'));
});

test('names that would not come back as they are are refused', async (t) => {
  const space = makeSpace(t);
  space.write('drive/C:\\x', '');
  space.write('bytes/a', '');
  writeFileSync(Buffer.concat([Buffer.from(space.path('bytes/')), Buffer.from([0x61, 0xff])]), '');
  for (const name of ['drive', 'bytes'])
    await assert.rejects(space.hasher().look(space.path(name)), withCode('bad-name'));
});

test('more large files than there are threads are read at the same time', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  const size = (4 << 20) + 1;
  const paths = Array.from({ length: 6 }, (_, n) => space.write(`f${n}`, String(n)));
  for (const path of paths) truncateSync(path, size);
  const hasher = space.hasher();
  const found = await Promise.all(paths.map((path) => hasher.look(path)));
  assert.deepEqual([new Set(found.map((content) => content!.digest)).size, found[5]!.size], [6, size]);
});

test(
  'a file that is never the same twice is refused',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    // Its size is said to be 0, and something is read all the same.
    await assert.rejects(makeSpace(t).hasher().look('/proc/self/status'), withCode('file-changing'));
  },
);

test('a link inside a directory must stay in the project, also by way of others', async (t) => {
  const space = makeSpace(t);
  const refused = async (name: string): Promise<void> =>
    assert.rejects(space.hasher().look(space.path(name)), withCode('symlink-refused'));
  for (const [name, target] of Object.entries({
    absolute: '/etc/passwd',
    up: '../../x',
    own: space.path('x'),
  })) {
    mkdirSync(space.path(name));
    symlinkSync(target, space.path(`${name}/link`));
    await refused(name);
  }
  // Lexically inside, but `door` leads elsewhere.
  symlinkSync('/usr', space.path('door'));
  mkdirSync(space.path('chain'));
  symlinkSync('../door/bin', space.path('chain/link'));
  await refused('chain');
  mkdirSync(space.path('back'));
  symlinkSync('../door/..', space.path('back/link'));
  await refused('back');
});

test('DVC follows links to files, ignores those to folders, empty folders, executable bits and version control', async (t) => {
  const space = makeSpace(t);
  space.write('plain/a', 'x');
  space.write('plain/sub/b', 'y');
  space.write('elsewhere/b', 'y');
  space.write('other/a', 'x', 0o755);
  mkdirSync(space.path('other/sub'));
  symlinkSync('../../elsewhere/b', space.path('other/sub/b'));
  mkdirSync(space.path('other/empty'));
  space.write('other/.git/config', 'z');
  space.write('other/nested/.dvc/config', '');
  space.write('other/nested/file', 'z');
  symlinkSync('../elsewhere', space.path('other/folder'));
  symlinkSync('..', space.path('other/sub/circle'));
  const hasher = space.hasher('md5');
  assert.deepEqual(await hasher.look(space.path('other')), await hasher.look(space.path('plain')));
  assert.deepEqual(hasher.leftOut(space.path('other')).toSorted(), [
    '.git',
    'folder',
    'nested',
    'sub/circle',
  ]);

  symlinkSync('nowhere', space.path('other/dangling'));
  await assert.rejects(hasher.look(space.path('other')), withCode('symlink-refused'));
  rmSync(space.path('other/dangling'));
  space.write('other/.dvcignore', '*.tmp');
  await assert.rejects(hasher.look(space.path('other')), withCode('bad-name'));
});

test('DVC ignores a .git of any kind, other such folders by way of links too, and what has a .dvc of any kind', async (t) => {
  const space = makeSpace(t);
  for (const [name, text] of Object.entries({
    'd/sub/f': 'f',
    'd/sub/.git': 'gitdir: elsewhere',
    'd/n/.hg': 'a file',
    'd/.dvc/config': '',
    'd/repository/.dvc': 'a file',
    'd/repository/z': 'z',
    'store/hg/h': 'h',
    'store/repository/.dvc/config': '',
    'store/repository/z': 'z',
  }))
    space.write(name, text);
  for (const [name, target] of Object.entries({
    'd/.hg': '../store/hg',
    'd/other': '../store/repository',
    'd/n/.git': 'nowhere',
    'd/sub/.hg': '../../store/hg/h',
  }))
    symlinkSync(target, space.path(name));
  // As DVC 3.67 records it.
  const { entries } = await space.hasher('md5').tree(space.path('d'));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ['n/.hg', 'sub/.hg', 'sub/f'],
  );
});

test('what belongs to git counts in an output of our own, not in a dependency', async (t) => {
  const space = makeSpace(t);
  space.write('d/sub/f', 'f');
  const look = async (view: 'input' | 'output') => {
    const looked = await space.hasher().lookAs(view, space.path('d'));
    return { digest: looked?.content.digest, plain: looked?.plain };
  };
  const clean = await look('input');
  assert.deepEqual(clean, await look('output'));
  assert.equal(clean.plain, true);
  for (const write of [
    () => space.write('d/sub/.git', 'gitdir: elsewhere'),
    () => (rmSync(space.path('d/sub/.git')), space.write('d/sub/.git/HEAD', 'x')),
    () => (rmSync(space.path('d/sub/.git'), { recursive: true }), symlinkSync('f', space.path('d/sub/.git'))),
  ]) {
    write();
    assert.deepEqual(await look('input'), { digest: clean.digest, plain: false });
    const output = await look('output');
    assert.notEqual(output.digest, clean.digest);
    assert.equal(output.plain, false);
    const { content } = (await space.hasher().lookAs('input', space.path('d')))!;
    assert.equal((await space.hasher().inputTree(space.path('d'))).content.digest, content.digest);
  }
});

test('ignore files above and inside a directory hide what they name', async (t) => {
  const space = makeSpace(t);
  const paths = async (): Promise<string[]> =>
    (await space.hasher().tree(space.path('d'))).entries.map(({ path }) => path);
  for (const name of ['a.log', 'b.txt', 'sub/c.log', 'sub/d.txt', 'sub/keep.log', 'tmp/x'])
    space.write(`d/${name}`, name);
  assert.equal((await paths()).length, 6);
  space.write('.pipeignore', '*.log\ntmp/\n');
  assert.deepEqual(await paths(), ['b.txt', 'sub/d.txt']);
  space.write('d/sub/.pipeignore', '!keep.log\n');
  assert.deepEqual(await paths(), ['b.txt', 'sub/.pipeignore', 'sub/d.txt', 'sub/keep.log']);
  rmSync(space.path('.pipeignore'));
  space.write('d/sub/.pipeignore', 'd.*\n');
  assert.deepEqual(await paths(), [
    'a.log',
    'b.txt',
    'sub/.pipeignore',
    'sub/c.log',
    'sub/keep.log',
    'tmp/x',
  ]);
});

test('a hasher notices that an ignore file changed', async (t) => {
  const space = makeSpace(t);
  const hasher = space.hasher();
  space.write('d/a', '');
  space.write('d/b', '');
  space.write('.pipeignore', 'a\n');
  assert.equal((await hasher.look(space.path('d')))?.nfiles, 1);
  space.write('.pipeignore', '');
  assert.equal((await hasher.look(space.path('d')))?.nfiles, 2);
  space.write('.pipeignore', 'b\n');
  assert.equal((await hasher.look(space.path('d')))?.nfiles, 1);
  rmSync(space.path('.pipeignore'));
  space.write('d/.pipeignore', '');
  assert.equal((await hasher.look(space.path('d')))?.nfiles, 3);
});

test('a large file reports how far it is while it is read', async (t) => {
  const space = makeSpace(t);
  const path = space.write('large', '');
  truncateSync(path, 100 << 20);
  const seen: number[] = [];
  const hasher = space.hasher('sha256', { onProgress: ({ bytes }) => seen.push(bytes >> 20) });
  await hasher.look(path);
  assert.deepEqual([...new Set(seen)], [32, 64, 96, 100]);
});
