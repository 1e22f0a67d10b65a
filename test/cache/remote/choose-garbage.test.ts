// What may go from a remote: nothing that is needed, young, or named by a record that stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRemoteGarbage, directoriesToRead, type RemoteRecord } from '../../../src/cache/cache.ts';
import type { Digest } from '../../../src/hash/hash.ts';

const NOW = 1000;
const [OLD, YOUNG] = [0, NOW];

type Times = Readonly<Record<string, number>>;

/** @param times of objects by their digests. */
function remoteOf(
  times: Times,
  records: readonly RemoteRecord[],
  needed: readonly string[],
): Parameters<typeof directoriesToRead>[0] {
  const objects = new Map(
    Object.entries(times).map(([digest, time]) => [
      digest as Digest,
      { digest: digest as Digest, key: digest, size: 1, time },
    ]),
  );
  const isYoung = ({ time }: { readonly time: number }): boolean => time === YOUNG;
  return { objects, records, needed: new Set(needed as Digest[]), isYoung };
}

/** @param folders files of each directory, by the digest of its manifest. */
function garbageOf(
  times: Times,
  records: readonly RemoteRecord[],
  needed: readonly string[],
  folders: Readonly<Record<string, readonly string[]>> = {},
): ReturnType<typeof chooseRemoteGarbage> {
  const some = remoteOf(times, records, needed);
  const read = directoriesToRead(some);
  const directories = new Map(read.map((digest) => [digest, (folders[digest] ?? []) as readonly Digest[]]));
  return chooseRemoteGarbage({ ...some, directories });
}

const chosen = (...some: Parameters<typeof garbageOf>): readonly string[] =>
  garbageOf(...some).items.map(({ kind, key }) => `${kind} ${key}`);

const record = (key: string, outs: readonly string[] | undefined, more: Partial<RemoteRecord> = {}): RemoteRecord => ({
  key,
  size: 1,
  time: OLD,
  outs: outs as readonly Digest[] | undefined,
  digests: (outs ?? []) as readonly Digest[],
  ...more,
}); // prettier-ignore

test('what is needed stays, with the files of its folders; manifests go before files', () => {
  const times = { a: OLD, b: OLD, 'd.dir': OLD, 'e.dir': OLD, f: OLD, g: OLD };
  const folders = { 'd.dir': ['a', 'f'], 'e.dir': ['g'] };
  assert.deepEqual(chosen(times, [], ['d.dir'], folders), ['object e.dir', 'object b', 'object g']);
  const { kept, young } = garbageOf({ ...times, y: YOUNG }, [], ['d.dir'], folders);
  assert.deepEqual({ kept, young }, { kept: { objects: 4, bytes: 4 }, young: 1 });
});

test('the lists of folders are read that are needed, young or named by a record', () => {
  const times = { a: YOUNG, 'b.dir': OLD, 'c.dir': OLD, 'd.dir': OLD, 'e.dir': YOUNG };
  const read = directoriesToRead(remoteOf(times, [record('r', ['f', 'd.dir'])], ['a', 'c.dir']));
  assert.deepEqual(new Set(read), new Set(['c.dir', 'd.dir', 'e.dir']));
});

test('what is young stays, with the files of its folders', () => {
  const times = { a: OLD, 'd.dir': YOUNG, b: YOUNG, c: OLD };
  assert.deepEqual(chosen(times, [], [], { 'd.dir': ['a'] }), ['object c']);
});

test('an old record goes where a part of it goes; else it stays', () => {
  const records = [record('whole', ['a']), record('half', ['a', 'b']), record('empty', ['lost'])];
  assert.deepEqual(chosen({ a: OLD, b: OLD }, records, ['a', 'lost']), [
    'record half',
    'record empty',
    'object b',
  ]);
  const folders = { 'd.dir': ['a', 'lost'] };
  assert.deepEqual(chosen({ a: OLD, 'd.dir': OLD }, [record('folder', ['d.dir'])], ['d.dir'], folders), [
    'record folder',
  ]);
});

test('a young record, and one that cannot be read, keep all that they name', () => {
  const folders = { 'd.dir': ['a'] };
  const times = { a: OLD, b: OLD, 'd.dir': OLD };
  const young = record('young', ['d.dir'], { time: YOUNG });
  assert.deepEqual(chosen(times, [young], [], folders), ['object b']);
  const unread = record('newer', undefined, { digests: ['d.dir' as Digest] });
  assert.deepEqual(chosen(times, [unread], [], folders), ['object b']);
});
