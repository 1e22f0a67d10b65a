// What stays on a remote, what goes first, and which records of runs are believed.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { openRunRecords, type OpenRemote } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import { listRemoteGarbage, removeRemoteGarbage } from '../../../src/run/run.ts';
import { memoryRemote } from '../../cache/remote/memory-remote.ts';
import { makeStore } from '../../cache/store-space.ts';
import { layouts } from '../../layouts.ts';
import { digest, entryOf, exchangeWith, layout } from './records.ts';

test('a signed record of a run is believed for its own key alone', async () => {
  const entry = entryOf({ a: { digest: digest('d'), size: 1 } });
  const [one, other] = [digest('1'), digest('2')];
  const remote = Object.assign(memoryRemote(), { key: 'secret', trust: false });
  let refused = 0;
  const records = openRunRecords(remote as never, layout.runs, () => (refused += 1))!;
  assert.equal(await records.save(one, entry), true);
  assert.equal(await records.save(one, entry), false);
  assert.deepEqual(await records.find(one), entry.outs);
  const [at] = [...remote.files.keys()];
  remote.files.set(at!.replace(/1{2}\/1+$/, `22/${'2'.repeat(62)}`), remote.files.get(at!)!);
  assert.equal(await records.find(other), undefined);
  assert.equal(refused, 1);
});

test('what is young, of an unknown age, or named by an experiment stays on a remote; records of runs go first', async () => {
  const remote = memoryRemote();
  remote.files.set('exps/one.json', Buffer.from(JSON.stringify({ locks: [`sha256: ${digest('e')}`] })));
  // Each goes with what it names, signed or not.
  const record = `${layout.runs.records}/11/${'1'.repeat(62)}`;
  const entry = entryOf({ a: { digest: digest('a'), size: 1 } });
  remote.files.set(record, Buffer.from(layout.runs.record(entry)));
  const signing = Object.assign(Object.create(remote) as object, { key: 'secret', trust: false });
  await openRunRecords(signing as never, layout.runs)!.save(digest('2'), entry);
  const signed = `${layout.runs.records}/22/${'2'.repeat(62)}`;
  const times = { a: 1000, b: 5000, c: NaN, d: 1000, e: 1000 };
  const files = Object.entries(times).map(([digit, time]) => {
    const { [0]: shard, [1]: rest } = /^(..)(.*)$/.exec(digest(digit))!.slice(1);
    return { key: `${layout.objects}/${shard}/${rest}`, size: 1, time };
  });
  const listing = {
    ...remote,
    async *list(folder: string) {
      if (folder === layout.objects) yield files;
      else yield* remote.list!(folder);
    },
  };
  const { items, young } = await listRemoteGarbage({
    remote: listing,
    layout,
    jobs: 1,
    needed: new Set([digest('d')]),
    grace: 2000,
    now: 6000,
  } as unknown as Parameters<typeof listRemoteGarbage>[0]);
  assert.deepEqual(
    items.map(({ key }) => key),
    [record, signed, files[0]!.key],
  );
  assert.equal(young, 2);
});

test('of a folder that is needed all files stay on a remote; a record that lacks one of its outputs goes', async (t) => {
  const [space, remote] = [makeStore(t), memoryRemote()];
  for (const name of ['f/1', 'f/2']) space.write(name, name);
  const { digest: of, ...folder } = await space.keep('f');
  const files = space.store.entries({ digest: of, ...folder })!.map((entry) => entry as Content);
  const keyOf = (name: Digest): string => `${layout.objects}/${name.slice(0, 2)}/${name.slice(2)}`;
  for (const name of [of, ...files.map((file) => file.digest)]) {
    remote.files.set(keyOf(name), readFileSync(space.object(name)));
    rmSync(space.object(name));
  }
  remote.files.set(keyOf(digest('a')), Buffer.from('of no use'));
  const record = `${layout.runs.records}/11/${'1'.repeat(62)}`;
  const entry = entryOf({ a: files[0]!, b: { digest: digest('b'), size: 1 } });
  remote.files.set(record, Buffer.from(layout.runs.record(entry)));
  const { vaultOf } = exchangeWith(space, remote);
  const options = { remote, layout, vaultOf, jobs: 2, needed: new Set([of]), grace: 0, now: 10 };
  const list = (): ReturnType<typeof listRemoteGarbage> =>
    listRemoteGarbage(options as unknown as Parameters<typeof listRemoteGarbage>[0]);
  const { items, kept } = await list();
  assert.deepEqual([items.map(({ key }) => key), kept.objects], [[record, keyOf(digest('a'))], 3]);
  rmSync(space.object(of), { force: true });
  remote.files.set(keyOf(of), Buffer.from('damaged'));
  await assert.rejects(list(), /its manifest on the remote 'memory' is damaged/);
});

test('what DVC wrote of runs counts like our own records', async () => {
  const { dvc } = layouts;
  const remote = memoryRemote();
  const content = { digest: 'a'.repeat(32) as Digest, size: 1 };
  const { runs, objects } = dvc;
  const entry = entryOf({ a: content });
  const record = `${runs.foreign!.folder(digest('1'))}/${runs.foreign!.file(entry).name}`;
  const object = `${objects}/aa/${'a'.repeat(30)}`;
  remote.files.set(record, Buffer.from(runs.record(entry)));
  remote.files.set(object, Buffer.from('a'));
  const listed = async (grace: number): Promise<readonly string[]> => {
    const options = { remote, layout: dvc, jobs: 1, needed: new Set(), grace, now: 10 };
    const { items } = await listRemoteGarbage(options as unknown as Parameters<typeof listRemoteGarbage>[0]);
    return items.map(({ key }) => key);
  };
  assert.deepEqual(await listed(5), [record, object]);
  assert.deepEqual(await listed(10), [], 'young');
});

test('what names others goes from a remote before them', async () => {
  const removed: (readonly string[])[] = [];
  const remove = async (keys: readonly string[]): Promise<void> => void removed.push(keys);
  const file = { size: 1, time: 1 };
  const items = ['a', 'b.dir', 'c'].map((key) => ({ ...file, key, kind: 'object' as const }));
  const remote = { ...memoryRemote(), remove } as unknown as OpenRemote;
  await removeRemoteGarbage([...items, { ...file, key: 'run', kind: 'record' }], { remote, jobs: 2 });
  assert.deepEqual(removed, [['run'], ['b.dir'], ['a', 'c']]);

  // Of more than a call takes, none is left.
  const many = Array.from({ length: 1001 }, (_, index) => ({
    ...file,
    key: `${index}`,
    kind: 'object' as const,
  }));
  await removeRemoteGarbage(many, { remote, jobs: 2 });
  assert.deepEqual(
    removed.slice(3).flat(),
    many.map(({ key }) => key),
  );
});
