import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { bodyToText, openFolderRemote } from '../../../src/cache/cache.ts';
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
  assert.deepEqual(readdirSync(space.path('remote/deep/tmp')), []);
  assert.equal(statSync(space.path('remote/deep/a/b')).mode & 0o777, 0o444);
});

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
  await assert.rejects(
    remote.read('a', (body) => bodyToText(body, 10)),
    (error: unknown) => error instanceof PipeError && error.problems[0]?.code === 'remote-unreachable',
  );
});

test('what dead pushes left aside goes after a week', async (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('tmp'));
  const old = new Date(Date.now() - 8 * 86_400_000);
  writeFileSync(space.path('tmp/1-a-1.tmp'), '');
  utimesSync(space.path('tmp/1-a-1.tmp'), old, old);
  writeFileSync(space.path('tmp/2-a-1.tmp'), '');
  await openFolderRemote({ name: 'nas', folder: space.root }).write('a', { text: 'x' }, true);
  assert.deepEqual(readdirSync(space.path('tmp')), ['2-a-1.tmp']);
});

test('files are listed, the newest first', async (t) => {
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
  assert.deepEqual(await list!('runs'), ['three', 'two', 'one']);
  assert.deepEqual(await list!('none'), []);
});
