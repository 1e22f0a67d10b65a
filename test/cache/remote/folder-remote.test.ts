import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { bodyToText, openFolderRemote, type Listed } from '../../../src/cache/cache.ts';
import { PipeError } from '../../../src/base/base.ts';
import { makeSpace } from '../../hash/space.ts';

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString();

test('files and texts are written, found and read; nothing is left aside', async (t) => {
  const space = makeSpace(t);
  space.write('file', 'content');
  const remote = openFolderRemote({ name: 'nas', folder: space.path('remote/deep') });
  assert.equal(await remote.size('a/b'), undefined);
  await remote.write('a/b', { path: space.path('file'), size: 7 }, false);
  await remote.write('c', { text: 'x' }, false);
  await remote.settle();
  assert.equal(await remote.size('a/b'), 7);
  assert.equal(text(await remote.read('a/b', (body) => bodyToText(body, 10))), 'content');
  assert.equal(await remote.read('a/none', (body) => bodyToText(body, 10)), undefined);
  // What would be below a file is not there.
  assert.deepEqual(
    [await remote.size('c/x'), await remote.read('c/x', (body) => bodyToText(body, 10))],
    [undefined, undefined],
  );
  assert.deepEqual(readdirSync(space.path('remote/deep/tmp')), []);
  assert.equal(statSync(space.path('remote/deep/a/b')).mode & 0o777, 0o444);
});

test(
  'a file is flushed before it has its name, and the name afterwards',
  { skip: !existsSync('/proc/self') },
  async (t) => {
    const space = makeSpace(t);
    const remote = openFolderRemote({ name: 'nas', folder: space.path('remote') });
    const target = space.path('remote/a/b');
    const handle = await open(space.root);
    const flushed: string[] = [];
    t.mock.method(Object.getPrototypeOf(handle) as FileHandle, 'sync', async function (this: FileHandle) {
      flushed.push(`${readlinkSync(`/proc/self/fd/${this.fd}`)} ${existsSync(target)}`);
    });
    await handle.close();
    await remote.write('a/b', { text: 'x' }, false);
    assert.deepEqual(
      flushed.map((line) => line.replace(/[^/]*\.tmp /, ' ')),
      [`${space.path('remote/tmp')}/ false`],
    );
    await remote.write('c/d', { text: 'x' }, false);
    await remote.settle();
    assert.deepEqual(
      flushed.slice(2),
      ['a', 'c'].map((name) => `${space.path(`remote/${name}`)} true`),
    );
  },
);

test('a large file comes in pieces, whole', async (t) => {
  const space = makeSpace(t);
  const bytes = Buffer.alloc((3 << 20) + 17, 'abc');
  space.write('file', bytes);
  const remote = openFolderRemote({ name: 'nas', folder: space.root });
  assert.deepEqual(await remote.read('file', (body) => bodyToText(body, bytes.length)), bytes);
});

test('a file replaces what is there, a folder too', async (t) => {
  const space = makeSpace(t);
  const remote = openFolderRemote({ name: 'nas', folder: space.path('remote') });
  space.write('remote/a/inside', 'damage');
  assert.equal(await remote.size('a'), -1);
  assert.equal(await remote.read('a', (body) => bodyToText(body, 10)), undefined);
  await remote.write('a', { text: 'one' }, true);
  await remote.write('a', { text: 'two' }, true);
  assert.equal(readFileSync(space.path('remote/a'), 'utf8'), 'two');
});

test('a folder that is not there is no empty remote', async (t) => {
  const space = makeSpace(t);
  const remote = openFolderRemote({ name: 'nas', folder: space.path('unmounted') });
  const isUnreachable = (error: unknown): boolean =>
    error instanceof PipeError && error.problems[0]?.code === 'remote-unreachable';
  await assert.rejects(
    remote.read('a', (body) => bodyToText(body, 10)),
    isUnreachable,
  );
  const other = openFolderRemote({ name: 'nas', folder: space.path('unmounted') });
  await assert.rejects(other.list!('')[Symbol.asyncIterator]().next(), isUnreachable);
});

test('several writers make the same folders at once', async (t) => {
  const space = makeSpace(t);
  for (let round = 0; round < 40; round += 1) {
    const folder = space.path(`remote-${round}`);
    const writers = ['a', 'b', 'c', 'd'].map(
      (name) => [name, openFolderRemote({ name: 'nas', folder })] as const,
    );
    await Promise.all(
      writers.map(([name, remote]) => remote.write(`deep/objects/sha256/${name}/0`, { text: name }, true)),
    );
    assert.deepEqual(readdirSync(join(folder, 'deep/objects/sha256')), ['a', 'b', 'c', 'd']);
  }
});

test('a group that may write into the folder may write into all that is made there', async (t) => {
  const space = makeSpace(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  for (const [name, mode, expected] of [
    ['team', 0o2775, 0o2770],
    ['own', 0o755, 0o700],
    ['open', 0o777, 0o700],
  ] as const) {
    mkdirSync(space.path(name));
    chmodSync(space.path(name), mode);
    await openFolderRemote({ name, folder: space.path(name) }).write('a/b/c', { text: 'x' }, false);
    for (const made of ['tmp', 'a', 'a/b'])
      assert.equal(statSync(space.path(`${name}/${made}`)).mode & 0o7777, expected, `${name}/${made}`);
  }
});

test('where no folder can be made, the write fails', { skip: !existsSync('/proc/self') }, async () => {
  const remote = openFolderRemote({ name: 'nas', folder: '/proc/none/deep' });
  await assert.rejects(remote.write('a', { text: 'x' }, true), /failed to|does not let us/);
});

test('what dead pushes left aside goes after a week', async (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('tmp'));
  const old = new Date(Date.now() - 8 * 86_400_000);
  writeFileSync(space.path('tmp/1-a-1.tmp'), '');
  utimesSync(space.path('tmp/1-a-1.tmp'), old, old);
  const young = new Date(Date.now() - 6 * 86_400_000);
  writeFileSync(space.path('tmp/2-a-1.tmp'), '');
  utimesSync(space.path('tmp/2-a-1.tmp'), young, young);
  await openFolderRemote({ name: 'nas', folder: space.root }).write('a', { text: 'x' }, true);
  assert.deepEqual(readdirSync(space.path('tmp')), ['2-a-1.tmp']);
});

test('files are listed, with their sizes and times', async (t) => {
  const space = makeSpace(t);
  for (const [name, time] of [
    ['one', 1],
    ['three', 3],
    ['two', 2],
    ['four.tmp', 4],
  ] as const) {
    space.write(`runs/${name}`, '');
    utimesSync(space.path(`runs/${name}`), time, time);
  }
  const { list } = openFolderRemote({ name: 'nas', folder: space.root });
  space.write('runs/below/five', 'abc');
  utimesSync(space.path('runs/below/five'), 5, 5);
  const listed = async (folder: string): Promise<readonly unknown[]> => {
    const files: Listed[] = [];
    for await (const page of list!(folder)) files.push(...page);
    return files.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, size, time }) => [key, size, time]);
  };
  const runs = [
    ['runs/below/five', 3, 5000],
    ['runs/one', 0, 1000],
    ['runs/three', 0, 3000],
    ['runs/two', 0, 2000],
  ];
  assert.deepEqual(await listed('runs'), runs);
  assert.deepEqual(await listed(''), runs);
  assert.deepEqual(await listed('none'), []);
});

test('many files are looked for at once, and removed', async (t) => {
  const space = makeSpace(t);
  for (const name of ['one', 'two']) space.write(`a/${name}`, name);
  const remote = openFolderRemote({ name: 'nas', folder: space.root });
  assert.deepEqual(
    await remote.sizes(['a/one', 'a/none', 'a/two'], 2),
    new Map([
      ['a/one', 3],
      ['a/two', 3],
    ]),
  );
  await remote.remove!(['a/none', 'a/one']);
  assert.deepEqual([...(await remote.sizes(['a/one', 'a/two'], 2)).keys()], ['a/two']);
});

test('a write that fails leaves nothing aside, and says what failed', async (t) => {
  const space = makeSpace(t);
  const folder = space.path('remote');
  const fault = (step: string): void => {
    if (step === 'rename on remote') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  const remote = openFolderRemote({ name: 'nas', folder, fault });
  await assert.rejects(remote.write('a', { text: 'x' }, true), /failed to write objects/);
  assert.deepEqual(readdirSync(space.path('remote/tmp')), []);
  for (const [code, pattern] of [['EROFS', /does not let us write/], ['EDQUOT', /failed to write/]] as const) {
    const failing = openFolderRemote({ name: 'nas', folder, fault: () => { throw Object.assign(new Error('x'), { code }); } });
    const said = (error: unknown): boolean => error instanceof PipeError && pattern.test(error.message) && (code !== 'EDQUOT' || /no space/.test(JSON.stringify(error.problems)));
    await assert.rejects(failing.write('a', { text: 'x' }, true), said, code);
  }
  symlinkSync('loop', space.path('remote/loop'));
  await assert.rejects(remote.list!('loop')[Symbol.asyncIterator]().next(), /failed to list files/);
  await assert.rejects(remote.read('loop', (body) => bodyToText(body, 1)), /failed to read objects/);
  assert.equal(await remote.size('loop'), -1);
}); // prettier-ignore

test('what is no file is not read, and not waited for', { timeout: 20_000 }, async (t) => {
  const space = makeSpace(t);
  execFileSync('mkfifo', [space.path('pipe')]);
  const remote = openFolderRemote({ name: 'nas', folder: space.root });
  assert.equal(await remote.read('pipe', (body) => bodyToText(body, 1)), undefined);
  assert.equal(await remote.size('pipe'), -1);
});

test('parts of a file, of the version that is meant', async (t) => {
  const space = makeSpace(t);
  const bytes = Buffer.alloc((2 << 20) + 3, 'abcdefg');
  space.write('file', bytes);
  const { readParts } = openFolderRemote({ name: 'nas', folder: space.root });
  const came = Buffer.alloc(bytes.length);
  const take = (start: number, piece: Uint8Array): void => came.set(piece, start);
  let version: string | undefined;
  const lacking = { size: bytes.length, version, onVersion: (own: string | undefined) => void (version = own) };
  const ranges = [{ start: 0, end: 5 }, { start: 7, end: 1 << 20 }, { start: (1 << 20) + 9, end: bytes.length }];
  assert.equal(await readParts!('file', { ...lacking, ranges }, take), 'read');
  const expected = Buffer.from(bytes);
  for (const gap of [[5, 7], [1 << 20, (1 << 20) + 9]] as const) expected.fill(0, ...gap);
  assert.ok(came.equals(expected));
  assert.equal(version, String(statSync(space.path('file')).mtimeMs));
  assert.equal(await readParts!('file', { ...lacking, ranges, version }, take), 'read');
  assert.equal(await readParts!('file', { ...lacking, ranges, version: 'other' }, take), 'unfit');
  assert.equal(await readParts!('file', { ...lacking, ranges, size: 9 }, take), 'unfit');
  assert.equal(await readParts!('none', { ...lacking, ranges }, take), 'missing');
}); // prettier-ignore
