// What of sources and of records of runs is on a remote once it is named there.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openRunRecords } from '../../../src/cache/cache.ts';
import { leftOut, push, sendSource, type StageRecord } from '../../../src/run/run.ts';
import { memoryRemote, type MemoryRemote } from '../../cache/remote/memory-remote.ts';
import { makeStore } from '../../cache/store-space.ts';
import { patchFs } from '../../patched-fs.ts';
import { digest, entryOf, exchangeWith, layout, recording, stageOf } from './records.ts';

test('the files of a source are safe on a remote before the list that names them is there', async (t) => {
  const [space, remote] = [makeStore(t), Object.assign(memoryRemote(), { list: undefined })];
  space.write('a', 'first');
  space.write('d', '22');
  const { digest } = await space.keep('a');
  const object = `${layout.objects}/${digest.slice(0, 2)}/${digest.slice(2)}`;
  remote.files.set(object, Buffer.from('a part of it'));
  const source = {
    async visit(_folder: string, take: (path: string, isCopy: boolean) => Promise<object>) {
      const file = { kind: 'file', path: 'a', ...(await take(space.path('a'), true)) };
      return {
        isFolder: true,
        entries: [
          file,
          { kind: 'directory', path: 'b' },
          { kind: 'symlink', path: 'c', target: 'a' },
          { kind: 'file', path: 'd', ...(await take(space.path('d'), true)) },
        ],
      };
    },
  } as unknown as Parameters<typeof sendSource>[0];
  const { content } = await sendSource(source, 'memory', exchangeWith(space, remote));
  assert.deepEqual([content.size, content.nfiles, remote.settled], [7, 2, [2, 3]]);
  assert.match(content.digest, /\.dir$/);
  assert.deepEqual(readdirSync(space.path('placing')), [], 'nothing is left of what was on its way');
  assert.equal(String(remote.files.get(object)), 'first', 'of another size than the file');
  const program = {
    visit: async (_: string, take: (path: string, isCopy: boolean) => Promise<object>) => ({
      isFolder: false,
      version: 'v7',
      entries: [{ kind: 'file', path: 'a', isexec: true, ...(await take(space.path('a'), true)) }],
    }),
  } as unknown as typeof source;
  const sent = await sendSource(program, 'memory', exchangeWith(space, remote));
  assert.deepEqual(sent, { content: { digest, size: 5, isexec: true }, version: 'v7' });

  // Looked for together, each is found by its own name; and the push is announced until it ends.
  const listing = memoryRemote();
  listing.files.set(object, Buffer.from('first'));
  const { digest: of } = await space.keep('d');
  listing.files.set(`${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`, Buffer.from('22'));
  let wasWorking = false;
  const isWorking = (): boolean =>
    [...listing.files].some(
      ([key, text]) => key.startsWith('pipe/pushes/') && String(text).includes('"working":true'),
    );
  listing.beforeWrite = (key) => void (wasWorking ||= !key.startsWith('pipe/') && isWorking());
  const together = {
    visit: async (_: string, take: (path: string, isCopy: boolean) => Promise<object>) => ({
      isFolder: true,
      entries: await Promise.all(
        ['a', 'd'].map(async (path) => ({ kind: 'file', path, ...(await take(space.path(path), true)) })),
      ),
    }),
  } as unknown as typeof source;
  await sendSource(together, 'memory', exchangeWith(space, listing));
  const names = listing.written.filter((key) => !key.startsWith('pipe/'));
  assert.deepEqual([names.length, names.includes(object), wasWorking, isWorking()], [1, false, true, false]);
});

test('a source that changes within a tick of the clock while it is sent is not recorded, and its wrong object goes', async (t) => {
  const remote = Object.assign(memoryRemote(), {
    list: undefined,
    remove: async (keys: readonly string[]) => keys.forEach((key) => remote.files.delete(key)),
  });
  const space = makeStore(t);
  space.write('a', 'first');
  // The file system has no finer clock.
  const frozen = statSync(space.path('a'), { bigint: true });
  frozen.mtimeNs = BigInt(Date.now() + 60_000) * 1_000_000n;
  patchFs(t, 'statSync', (real) => ((...args: Parameters<typeof statSync>) => String(args[0]) === space.path('a') ? frozen : real(...args)) as typeof real); // prettier-ignore
  remote.beforeWrite = () => space.write('a', 'other');
  const source = {
    visit: async (_: string, take: (path: string, isCopy: boolean) => Promise<object>) => ({
      isFolder: false,
      entries: [{ kind: 'file', path: 'a', ...(await take(space.path('a'), false)) }],
    }),
  } as unknown as Parameters<typeof sendSource>[0];
  await assert.rejects(sendSource(source, 'memory', exchangeWith(space, remote)), /'.*a' /);
  assert.deepEqual([...remote.files.keys()], []);
  // One whose time says that it changed is not even read again.
  space.write('old', 'old');
  utimesSync(space.path('old'), 1000, 1000);
  remote.beforeWrite = () => {
    writeFileSync(space.path('old'), 'new');
    utimesSync(space.path('old'), 2000, 2000);
  };
  const changing = {
    visit: async (_: string, take: (path: string, isCopy: boolean) => Promise<object>) => ({
      isFolder: false,
      entries: [{ kind: 'file', path: 'old', ...(await take(space.path('old'), false)) }],
    }),
  } as unknown as typeof source;
  await assert.rejects(sendSource(changing, 'memory', exchangeWith(space, remote)), /'.*old' /);
  assert.deepEqual([...remote.files.keys()], []);
});

test('records of runs are sent after all of their objects, for stages whose outputs are all there', async (t) => {
  const signing = { key: 'secret', trust: false, permitSigning: () => undefined };
  const [near, far] = [Object.assign(memoryRemote(), signing), Object.assign(memoryRemote(), signing)];
  const space = makeStore(t);
  for (const name of ['a', 'b', 'c', 'm', 'n']) space.write(name, name);
  const [a, b, c] = [await space.keep('a'), await space.keep('b'), await space.keep('c')];
  const [m, n] = [await space.keep('m'), await space.keep('n')];
  const metric = { cache: false, metric: true };
  const records = [
    stageOf('1', { a: [a], b: [b] }),
    stageOf('2', { a: [a], c: [c] }),
    stageOf('3', { a: [a], b: [b, { remote: 'far' }] }),
    stageOf('4', { a: [a], b: [b, { push: false }] }),
    stageOf('5', { b: [b, { remote: 'far' }] }),
    // Git has the metrics: for the record they are sent, too.
    stageOf('8', { a: [a], m: [m, metric], n: [n, metric] }),
    // Data, and a stage that runs each time, have no result to share.
    ...[{ cmd: null }, { alwaysChanged: true }].map((more, index): StageRecord => {
      const one = stageOf(String(6 + index), { a: [a] });
      return { ...one, stage: { ...one.stage, ...more } };
    }),
  ];
  rmSync(space.object(c.digest));
  const exchange = recording(exchangeWith(space, near, far), records, space.store);
  const request = { force: false, runCache: true, dry: false, revisions: [] };
  const stages = records.map(({ stage }) => stage);
  await push(stages, { ...request, dry: true }, exchange);
  assert.deepEqual([...near.files.keys(), ...far.files.keys()], [], 'a dry run sends no record, either');
  const done = await push(stages, request, exchange);
  const runsOn = ({ files }: MemoryRemote): readonly string[] =>
    [...files.keys()].filter((key) => key.startsWith('runs/')).map((key) => key.slice(5, 6));
  assert.deepEqual([runsOn(near), runsOn(far)], [['1', '8'], ['5']]);
  for (const { digest: of } of [m, n])
    assert.ok(near.files.has(`${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`));
  assert.deepEqual(
    done.map(({ runs, missing }) => [runs, missing.map(({ title }) => /^'(\w)'/.exec(title)![1])]),
    [
      [2, ['c']],
      [1, []],
    ],
  );
  for (const { written, settled } of [near, far]) {
    const kinds = written.filter((key) => !key.startsWith('pipe/')).map((key) => key.split('/')[0]);
    assert.ok(kinds.lastIndexOf('objects') < kinds.indexOf('runs'), 'objects before records');
    assert.ok(
      written.slice(0, settled.at(-1)).some((key) => key.startsWith('runs/')),
      'safe at the end',
    );
  }
  // Without a key nobody could trust them.
  const unsigned = recording(exchangeWith(space, Object.assign(memoryRemote(), { trust: false })), records, space.store); // prettier-ignore
  await assert.rejects(push(stages, request, unsigned), /without a key that signs them/);
  const second = Object.assign(memoryRemote(), { trust: false });
  const half = recording(exchangeWith(space, near, second), records, space.store);
  await assert.rejects(push(stages, request, half), /without a key that signs them/);
});

test('a push to a remote that is read-only sends nothing, to others either', async (t) => {
  const [space, near, far] = [
    makeStore(t),
    memoryRemote(),
    Object.assign(memoryRemote(), { readOnly: true }),
  ];
  space.write('a', 'a');
  const a = await space.keep('a');
  const records = [stageOf('1', { a: [a], b: [a, { remote: 'far' }], c: [a, { push: false }] })];
  const exchange = recording(exchangeWith(space, near, far), records, space.store);
  const request = { force: false, runCache: false, dry: false, revisions: [] };
  await assert.rejects(push([records[0]!.stage], request, exchange), /read-only/);
  assert.deepEqual([...near.files.keys(), ...far.files.keys()], []);
  far.readOnly = false;
  space.write('c', 'c');
  const c = await space.keep('c');
  const other = [stageOf('1', { a: [a], c: [c, { push: false }] })];
  await push([other[0]!.stage], request, recording(exchangeWith(space, near, far), other, space.store));
  const objects = [...near.files.keys()].filter((key) => key.startsWith(layout.objects));
  assert.deepEqual(objects, [`${layout.objects}/${a.digest.slice(0, 2)}/${a.digest.slice(2)}`]);
  const named = (asked: string | undefined, pushed: boolean): string =>
    leftOut([records[0]!.stage], { asked, pushed }, exchange.workspace)
      .map(({ out }) => out.path)
      .join(' ');
  assert.deepEqual([named('main', true), named('main', false), named(undefined, true)], ['b c', 'b', 'c']);
});

test('the record of a run says what the run gave, not what the lock file has since', async (t) => {
  const remote = Object.assign(memoryRemote(), { key: 'secret', trust: false, permitSigning: () => undefined });
  const space = makeStore(t);
  for (const name of ['run', 'since']) space.write(name, name);
  const [run, since] = [await space.keep('run'), await space.keep('since')];
  const record = stageOf('1', { a: [since] });
  const exchange = recording(exchangeWith(space, remote), [record], space.store);
  const { outs } = entryOf({ a: run });
  const workspace = { ...exchange.workspace, runCache: { find: () => outs } };
  const request = { force: false, runCache: true, dry: false, revisions: [] };
  await push([record.stage], request, { ...exchange, workspace } as unknown as typeof exchange);
  assert.deepEqual(await openRunRecords(remote as never, layout.runs)!.find(digest('1')), outs);
  for (const { digest: of } of [run, since])
    assert.ok(remote.files.has(`${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`));
}); // prettier-ignore
