// Which outputs go to which remote, and what of an experiment is on a remote once it is named there.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { PipeError } from '../../src/base/base.ts';
import { openRunRecords, openVaults, type OpenRemote } from '../../src/cache/cache.ts';
import type { ExperimentRecord } from '../../src/experiment/experiment.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { formatLock, pipeFormat } from '../../src/own/own.ts';
import {
  listRemoteGarbage,
  outsByRemote,
  pullExperiments,
  pushExperiments,
  removeRemoteGarbage,
  sendSource,
  type ExperimentOut,
  type StageRecord,
} from '../../src/run/run.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';
import { makeStore, type StoreSpace } from '../cache/store-space.ts';
import { layouts } from '../layouts.ts';

const layout = layouts.pipe;
const digest = (digit: string): Digest => digit.repeat(64) as Digest;

type Out = Partial<StageRecord['stage']['outs'][0]>;

/** @param outs by path: its digest, and how it is declared. */
const record = (
  outs: Readonly<Record<string, readonly [digit: string, declared?: Out]>>,
  revision?: string,
  origin?: object,
): StageRecord => {
  const all = Object.entries(outs);
  const stage = {
    origin,
    address: 's',
    place: { file: 'pipeline.yaml' },
    outs: all.map(([path, [, declared]]) => ({ path, cache: true, push: true, remote: null, ...declared })),
  };
  const entry = { outs: all.map(([path, [digit]]) => ({ path, content: { digest: digest(digit), size: 1 } })) };
  return { stage, entry, ...(revision !== undefined && { revision }) } as unknown as StageRecord;
}; // prettier-ignore

const REMOTES = { remote: 'main', remotes: new Map(['main', 'far'].map((name) => [name, { url: name }])) };

function shared(records: readonly StageRecord[], options: object = {}, remotes: object = REMOTES): unknown {
  const workspace = { project: { config: { remotes } }, layout } as unknown as Parameters<typeof outsByRemote>[2];
  const found = outsByRemote(records, { asked: undefined, pushed: true, ...options }, workspace);
  return Object.fromEntries(
    [...found].map(([name, list]) => [
      name,
      list.map(({ out, revision }) => `${out.path}${revision === undefined ? '' : `@${revision}`}`).join(' '),
    ]),
  );
} // prettier-ignore

test('an output goes to its own remote, the others to the one that is asked for, or the default', () => {
  const own = record({ a: ['1'], b: ['2', { remote: 'far' }] });
  assert.deepEqual(shared([own]), { main: 'a', far: 'b' });
  assert.deepEqual(shared([own], { asked: 'far' }), { far: 'a b' });
  assert.deepEqual(shared([own], { asked: 'main' }), { main: 'a' });
  const kept = record({ a: ['1', { cache: false }], b: ['2', { push: false }], c: ['3'] });
  assert.deepEqual(shared([kept]), { main: 'c' });
  assert.deepEqual(shared([kept], { pushed: false }), { main: 'b c' });
  const imported = record({ a: ['1'] }, undefined, { kind: 'repository' });
  assert.deepEqual(shared([imported]), {});
  assert.deepEqual(shared([record({ a: ['1'] }, undefined, { kind: 'url' })]), { main: 'a' });
});

test('what a revision names goes to each of its remotes once, and not where the workspace has it', () => {
  const records = [
    record({ a: ['1'] }),
    record({ a: ['1'], b: ['1', { remote: 'far' }], c: ['2'] }, 'v1'),
    record({ c: ['2'], d: ['3', { remote: 'unknown' }] }, 'v2'),
  ];
  assert.deepEqual(shared(records), { main: 'a c@v1', far: 'b@v1' });
});

test('no remote, or one that is not declared, is a mistake that is named', () => {
  const one = [record({ a: ['1'] })];
  assert.throws(() => shared(one, { asked: 'nowhere' }), /nowhere/);
  const own = [record({ a: ['1', { remote: 'nowhere' }] })];
  for (const asked of [undefined, 'main'])
    assert.throws(
      () => shared(own, { asked }),
      ({ problems }: PipeError) =>
        /'a' of 's'/.test(String(problems[0]!.facts)) && problems[0]!.place !== undefined,
    );
  assert.throws(() => shared([], {}, { remotes: new Map() }), /remote/);
  assert.deepEqual(shared([], { idle: true }, { remotes: new Map() }), {});
});

const experiment = (name: string, outs: Readonly<Record<string, Content>>): ExperimentRecord => ({
  name,
  state: 'done',
  overlays: [],
  targets: [],
  started: '2026-01-01T00:00:00.000Z',
  stages: new Map(),
  params: new Map(),
  metrics: new Map(),
  locks: new Map([['pipeline.lock', lockOf(outs)]]),
});

/** @param declared of the outputs, by path; the others have what is usual. */
const declaring =
  (declared: Readonly<Record<string, Out>> = {}) =>
  ({ locks }: ExperimentRecord): readonly ExperimentOut[] =>
    [...locks.values()].flatMap((text) =>
      [...pipeFormat.parse(text, 'a lock file').entries.values()].flatMap(({ outs }) =>
        outs.map(({ path, content }) => ({ content, push: true, remote: null, ...declared[path] })),
      ),
    );

test('an experiment is named on a remote once all that it names is there', async (t) => {
  const [space, remote] = [makeStore(t), memoryRemote()];
  space.write('a', 'first');
  space.write('b', 'second');
  const contents = { a: await space.keep('a'), b: await space.keep('b') };
  const exchange = exchangeWith(space, remote);
  const outsOf = declaring();
  const push = async (records: readonly ExperimentRecord[], force = false): Promise<unknown> => {
    const { names, present, problems } = await pushExperiments(records, force, outsOf, exchange);
    return [names, present, problems.map(({ code }) => code)];
  };
  const [whole, half] = [experiment('whole', { a: contents.a }), experiment('half', contents)];
  rmSync(space.object(contents.b.digest));
  assert.deepEqual(await push([half, whole]), [['whole'], [], ['exp-lost']]);
  const records = (): readonly string[] => [...remote.files.keys()].filter((key) => key.startsWith('exps/'));
  assert.deepEqual(records(), ['exps/whole.json']);
  assert.ok(remote.written.indexOf('exps/whole.json') > remote.written.findIndex((key) => key.startsWith('objects/'))); // prettier-ignore
  assert.deepEqual(await push([whole]), [[], ['whole'], []]);

  // Another one of this name stays, unless it is forced.
  const other = { ...whole, overlays: ['lr=2'] };
  assert.deepEqual(await push([other]), [[], [], ['exp-exists']]);
  assert.doesNotMatch(String(remote.files.get('exps/whole.json')), /lr=2/);
  assert.deepEqual(await push([other], true), [['whole'], [], []]);

  rmSync(space.object(contents.a.digest));
  const pulled: string[] = [];
  const pull = async (own: ExperimentRecord | undefined, force = false): Promise<unknown> => {
    const here = new Map(own && [[own.name, own]]);
    const { names, present, problems } = await pullExperiments([], force, here, outsOf, exchange, (one) =>
      pulled.push(`${one.name} ${one.overlays.join()}`),
    );
    return [names, present, problems.map(({ code }) => code)];
  };
  assert.deepEqual(await pull(other), [[], ['whole'], []]);
  assert.deepEqual(await pull(whole), [[], [], ['exp-exists']]);
  assert.deepEqual(pulled, []);
  assert.deepEqual(await pull(undefined), [['whole'], [], []]);
  assert.deepEqual(await pull(whole, true), [['whole'], [], []]);
  assert.deepEqual(pulled, ['whole lr=2', 'whole lr=2']);
  assert.equal(await space.store.restore(contents.a, space.path('back')), 'restored');

  // A record that is on both sides promises its objects, too.
  const stored = [...remote.files.keys()].find((key) => key.startsWith('objects/'))!;
  remote.files.delete(stored);
  assert.deepEqual(await push([other]), [[], ['whole'], []]);
  assert.ok(remote.files.has(stored), 'what the remote lost is sent again');
  rmSync(space.object(contents.a.digest));
  assert.deepEqual(await pull(other), [[], ['whole'], []]);
  assert.ok(existsSync(space.object(contents.a.digest)), 'what the cache lost is fetched again');

  rmSync(space.object(contents.a.digest));
  remote.files.delete(stored);
  for (const own of [undefined, other]) assert.deepEqual(await pull(own), [[], [], ['exp-lost']]);
  assert.equal(pulled.length, 2, 'no record whose objects the remote lacks');
});

test('the files of a source are safe on a remote before the list that names them is there', async (t) => {
  const [space, remote] = [makeStore(t), Object.assign(memoryRemote(), { list: undefined })];
  space.write('a', 'first');
  const source = {
    async visit(_folder: string, take: (path: string, isCopy: boolean) => Promise<object>) {
      return {
        isFolder: true,
        entries: [{ kind: 'file', path: 'a', ...(await take(space.path('a'), true)) }],
      };
    },
  } as unknown as Parameters<typeof sendSource>[0];
  const { content } = await sendSource(source, 'memory', exchangeWith(space, remote));
  assert.deepEqual([content.nfiles, remote.settled], [1, [1, 2]]);
});

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
  // It goes with what it names.
  const record = `${layout.runs.records}/11/${'1'.repeat(62)}`;
  const entry = entryOf({ a: { digest: digest('a'), size: 1 } });
  remote.files.set(record, Buffer.from(layout.runs.record(entry)));
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
    [record, files[0]!.key],
  );
  assert.equal(young, 2);
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
});

test('outputs of an experiment go to their own remote, with the record; those with `push: false` nowhere', async (t) => {
  const [space, main, far] = [makeStore(t), memoryRemote(), memoryRemote()];
  for (const name of ['a', 'b', 'c']) space.write(name, name);
  const contents = { a: await space.keep('a'), b: await space.keep('b'), c: await space.keep('c') };
  const exchange = exchangeWith(space, main, far);
  const outsOf = declaring({ b: { remote: 'far' }, c: { push: false } });
  const { objects } = await pushExperiments([experiment('e', contents)], false, outsOf, exchange);
  assert.equal(objects, 2);
  const keyOf = ({ digest }: Content): string => `${layout.objects}/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const kept = ({ files }: MemoryRemote): readonly string[] =>
    [...files.keys()].filter((key) => !key.startsWith('pipe/')).sort();
  assert.deepEqual(kept(main), ['exps/e.json', keyOf(contents.a)]);
  assert.deepEqual(kept(far), ['exps/e.json', keyOf(contents.b)]);
  for (const content of Object.values(contents)) rmSync(space.object(content.digest));
  const pulled = await pullExperiments(['e'], false, new Map(), outsOf, exchange, () => undefined);
  assert.deepEqual([pulled.names, pulled.objects, pulled.problems], [['e'], 2, []]);
});

function exchangeWith(
  space: StoreSpace,
  remote: MemoryRemote,
  far = remote,
): Parameters<typeof pushExperiments>[3] {
  const { root, dir, files: hasher, path } = space;
  const vaultOf = openVaults({ dir, layout, hasher, scratch: path('scratch') });
  return {
    asked: undefined,
    workspace: {
      project: { root, config: { remotes: REMOTES } },
      folders: { placing: path('placing') },
      layout,
    },
    remote: async (name: string) => (name === 'far' ? far : remote),
    vaultOf,
    transfer: (to: OpenRemote) => ({ remote: to, layout, vaultOf, jobs: 1 }),
  } as unknown as Parameters<typeof pushExperiments>[3];
}

const lockOf = (outs: Readonly<Record<string, Content>>): string =>
  formatLock({ entries: new Map([['s', entryOf(outs)]]), overlay: { files: [], set: [] } });

const entryOf = (outs: Readonly<Record<string, Content>>): LockEntry => ({
  cmd: 'x',
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: Object.entries(outs).map(([path, content]) => ({ path, content })),
});
