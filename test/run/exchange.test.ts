// Which outputs go to which remote, and what of an experiment is on a remote once it is named there.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import type { PipeError } from '../../src/base/base.ts';
import { openRunRecords, openVaults, type OpenRemote } from '../../src/cache/cache.ts';
import type { ExperimentRecord } from '../../src/experiment/experiment.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { formatLock, ownRules, pipeFormat } from '../../src/own/own.ts';
import {
  compareWith,
  dataElsewhere,
  fetchLists,
  fetchRecorded,
  fetchResult,
  leftOut,
  listRemoteGarbage,
  openExchange,
  openPull,
  outsByRemote,
  pullExperiments,
  push,
  pushExperiments,
  recordsOfParts,
  removeRemoteGarbage,
  sendSource,
  type ExperimentOut,
  type StageRecord,
} from '../../src/run/run.ts';
import { BLANK_RECORD } from '../blank-record.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';
import { makeStore, type StoreSpace } from '../cache/store-space.ts';
import { layouts } from '../layouts.ts';
import { patchFs } from '../patched-fs.ts';
import { makeOut, makeStage } from '../show/stages.ts';

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
  // The same bytes are two outputs.
  assert.deepEqual(shared([record({ a: ['1'], b: ['1'] })]), { main: 'a b' });
  const kept = record({ a: ['1', { cache: false }], b: ['2', { push: false }], c: ['3'] });
  assert.deepEqual(shared([kept]), { main: 'c' });
  assert.deepEqual(shared([kept], { pushed: false }), { main: 'b c' });
  const imported = record({ a: ['1'] }, undefined, { kind: 'repository' });
  assert.deepEqual(shared([imported]), {});
  assert.deepEqual(shared([imported], {}, { remotes: new Map() }), {}, 'it needs no remote');
  assert.throws(() => shared([imported], { asked: 'nowhere' }), /nowhere/);
  const cloud = record({ a: ['1'], b: ['2'] });
  const [first, ...others] = cloud.entry!.outs;
  const entry = { ...cloud.entry!, outs: [{ ...first!, cloud: true as const }, ...others] };
  assert.deepEqual(shared([{ ...cloud, entry }]), { main: 'b' });
  assert.deepEqual(shared([record({ a: ['1'] }, undefined, { kind: 'url' })]), { main: 'a' });
});

test('what a revision names goes to each of its remotes once, and not where the workspace has it', () => {
  const records = [
    record({ a: ['1'] }),
    record({ a: ['1'], b: ['1', { remote: 'far' }], c: ['2'] }, 'v1'),
    record({ c: ['2'], d: ['3', { remote: 'unknown' }] }, 'v2'),
  ];
  assert.deepEqual(shared(records), { main: 'a c@v1', far: 'b@v1' });
  // What DVC 2 recorded has its objects elsewhere.
  const [now, before] = [record({ a: ['1'] }), record({ a: ['1'] }, 'v1')];
  const [locked] = before.entry!.outs;
  const legacy = {
    ...before.entry!,
    outs: [{ ...locked!, content: { ...locked!.content, legacy: true as const } }],
  };
  assert.deepEqual(shared([now, { ...before, entry: legacy }]), { main: 'a a@v1' });
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

test('of each object that an output needs, where it is and how large', async (t) => {
  const [space, remote] = [makeStore(t), memoryRemote()];
  const texts = {
    same: '1',
    new: '22',
    gone: '333',
    lost: '4444',
    cut: '55555',
    'cut-gone': '666666',
    empty: '',
  };
  const folder = { 'f/1': '1', 'f/2': '2' };
  for (const [name, text] of Object.entries({ ...texts, ...folder })) space.write(name, text);
  const contents: Record<string, Content> = {};
  for (const name of [...Object.keys(texts), 'f']) contents[name] = await space.keep(name);
  const keyOf = (of: Digest): string => `${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`;
  const has = (name: string, text: string): void =>
    void remote.files.set(keyOf(contents[name]!.digest), Buffer.from(text));
  for (const name of ['same', 'gone'] as const) has(name, texts[name]);
  for (const name of ['cut', 'cut-gone']) has(name, '5');
  has('f', 'the list');
  for (const name of ['gone', 'lost', 'cut-gone', 'empty']) rmSync(space.object(contents[name]!.digest));
  // What is in the place of an empty file is not that file.
  writeFileSync(space.object(contents['empty']!.digest), 'x');
  const compared = async (to: MemoryRemote): Promise<unknown> => {
    const outs = Object.entries(contents).map(([path, content]) => ({ out: { path }, content }));
    const list = await compareWith(outs as unknown as Parameters<typeof compareWith>[0], exchangeWith(space, to).transfer(to as never)); // prettier-ignore
    return Object.fromEntries(
      list.map(({ out, objects }) => [
        out.out.path,
        objects.map(({ state, size, path }) =>
          [state, size, ...(path === undefined ? [] : [path])].join(' '),
        ),
      ]),
    );
  };
  assert.deepEqual(await compared(remote), {
    same: [],
    new: ['new 2'],
    gone: ['deleted 3'],
    lost: ['missing 4'],
    cut: ['new 5'],
    'cut-gone': ['deleted 1'],
    empty: ['missing 0'],
    f: ['new 221', 'new 1 2'],
  });
  // A remote that does not say how large its files are has them.
  const silent: MemoryRemote = {
    ...remote,
    sizes: async (keys) => new Map(keys.flatMap((key) => (remote.files.has(key) ? [[key, 'unknown']] : []))),
  };
  const { cut, gone, same } = (await compared(silent)) as Readonly<Record<string, unknown>>;
  assert.deepEqual({ cut, gone, same }, { cut: [], gone: ['deleted 3'], same: [] });
});

test('data that no remote of ours has is named where neither the workspace nor the cache has it', async () => {
  const [recorded, other] = [digest('1'), digest('2')];
  const titleOf = async (
    cmd: string | null,
    locked: object | undefined,
    there: Digest | undefined,
    stored: boolean,
    from: object = {},
  ): Promise<string | undefined> => {
    const stage = { cmd, address: 's', deps: [], ...from, outs: [{ path: 'o', at: 'o' }], place: {} };
    const workspace = {
      layout,
      locks: {
        entry: () =>
          locked && {
            outs: [
              { path: 'n', ...plain },
              { path: 'o', ...locked },
            ],
          },
      },
      contents: { get: async () => there && { digest: there, size: 1 } },
      store: { has: () => stored },
    };
    const [stages, place] = [[stage], workspace] as unknown as Parameters<typeof dataElsewhere>;
    const [problem, ...more] = await dataElsewhere(stages, place);
    assert.deepEqual(more, []);
    const [, source] = problem?.facts?.[0] ?? [];
    const said = problem && /is (.*), and cannot be fetched: (.*)$/.exec(problem.title)!.slice(1);
    return said && [...said, ...(source === undefined ? [] : [source])].join(': ');
  };
  const cloud = { cloud: true, content: { digest: recorded, size: 1 } };
  const checksum = { content: { digest: 'etag', size: 1 } };
  const plain = { content: { digest: recorded, size: 1 } };
  const version = 'it is recorded as a version in cloud storage';
  assert.equal(await titleOf(null, cloud, undefined, false), `missing: ${version}`);
  assert.equal(await titleOf('x', cloud, other, false), `not as recorded: ${version}`);
  for (const [there, stored] of [
    [undefined, true],
    [other, true],
    [recorded, false],
  ] as const)
    assert.equal(await titleOf(null, cloud, there, stored), undefined);
  // A checksum of elsewhere says nothing of what is here.
  assert.equal(await titleOf('x', checksum, undefined, true), 'missing: no digest of it is recorded');
  assert.equal(await titleOf('x', checksum, other, false), undefined);
  // What was never imported has no record; what was never run is not elsewhere.
  assert.equal(await titleOf(null, undefined, undefined, false), 'missing: no digest of it is recorded');
  assert.equal(await titleOf('x', undefined, undefined, false), undefined);
  // Where it came from: the files elsewhere, else the repository, without what is secret in its URL.
  const imported = 'missing: it was imported without its data';
  const origin = { origin: { url: 'https://me:hush@host/r' } };
  const deps = { deps: [{ at: 's3://b/x' }, { at: 's3://b/y' }] };
  const sourceOf = (from: object): ReturnType<typeof titleOf> =>
    titleOf(null, undefined, undefined, false, from);
  assert.equal(await sourceOf({ ...deps, ...origin }), `${imported}: s3://b/x, s3://b/y`);
  assert.match((await sourceOf(origin))!, new RegExp(`^${imported}: https://[^:]*host/r$`));
  for (const cmd of ['x', null]) assert.equal(await titleOf(cmd, plain, undefined, false), undefined);
  // Each output, of each stage.
  const stages = ['s', 't'].map((address) => ({
    cmd: null,
    address,
    deps: [],
    outs: ['o', 'p'].map((path) => ({ path, at: path })),
    place: {},
  }));
  const workspace = {
    layout,
    locks: {
      entry: () => ({
        outs: [
          { path: 'o', ...cloud },
          { path: 'p', ...checksum },
        ],
      }),
    },
    contents: { get: async () => undefined },
    store: { has: () => false },
  };
  const all = await dataElsewhere(...([stages, workspace] as unknown as Parameters<typeof dataElsewhere>));
  assert.deepEqual(
    all.map(({ title }) => /^'.' of '.'/.exec(title)![0]),
    ["'o' of 's'", "'p' of 's'", "'o' of 't'", "'p' of 't'"],
  );
});

const experiment = (name: string, outs: Readonly<Record<string, Content>>): ExperimentRecord => ({
  ...BLANK_RECORD,
  name,
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
  assert.deepEqual(await push([other, half]), [[], [], ['exp-exists', 'exp-lost']]);
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

  // A record in the place of another one is none of that name.
  remote.files.set('exps/alias.json', remote.files.get('exps/whole.json')!);
  const alias = await pullExperiments(['alias'], false, new Map(), outsOf, exchange, () => assert.fail());
  assert.deepEqual(
    alias.problems.map(({ code }) => code),
    ['exp-unreadable'],
  );
  remote.files.delete('exps/alias.json');
  const none = await pullExperiments(['none'], false, new Map(), outsOf, exchange, () => assert.fail());
  assert.deepEqual(
    none.problems.map(({ code }) => code),
    ['exp-unknown'],
  );
  const unlisted = exchangeWith(space, { ...remote, list: undefined, tryList: undefined } as never);
  await assert.rejects(
    pullExperiments([], false, new Map(), outsOf, unlisted, () => assert.fail()),
    /cannot list its files/,
  );

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

test('outputs of an experiment go to their own remote, with the record; those with `push: false` nowhere', async (t) => {
  const [space, main, far] = [makeStore(t), memoryRemote(), memoryRemote()];
  for (const name of ['a', 'b', 'c']) space.write(name, name);
  const contents = { a: await space.keep('a'), b: await space.keep('b'), c: await space.keep('c') };
  const exchange = exchangeWith(space, main, far);
  const outsOf = declaring({ b: { remote: 'far' }, c: { push: false } });
  const isNamed = ({ files }: MemoryRemote): boolean => files.has('exps/e.json');
  const isAnnounced = ({ files }: MemoryRemote): boolean =>
    [...files].some(
      ([key, text]) => key.startsWith('pipe/pushes/') && String(text).includes('"working":true'),
    );
  for (const remote of [main, far])
    remote.beforeWrite = (key) => {
      // Garbage collection on both sees what comes, and where the record is looked for, it comes last.
      if (!key.startsWith('pipe/')) assert.ok(isAnnounced(main) && isAnnounced(far), key);
      if (key.startsWith('exps/')) assert.equal(isNamed(far), remote === main);
    };
  const { objects, bytes } = await pushExperiments([experiment('e', contents)], false, outsOf, exchange);
  assert.deepEqual([objects, bytes], [2, 2]);
  for (const { files, written, settled } of [main, far]) {
    assert.ok(written.slice(0, settled.at(-1)).includes('exps/e.json'), 'safe before the push ends');
    assert.ok(!isAnnounced({ files } as MemoryRemote));
  }
  const keyOf = ({ digest }: Content): string => `${layout.objects}/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const kept = ({ files }: MemoryRemote): readonly string[] =>
    [...files.keys()].filter((key) => !key.startsWith('pipe/')).sort();
  assert.deepEqual(kept(main), ['exps/e.json', keyOf(contents.a)]);
  assert.deepEqual(kept(far), ['exps/e.json', keyOf(contents.b)]);
  for (const content of Object.values(contents)) rmSync(space.object(content.digest));
  const pulled = await pullExperiments(['e'], false, new Map(), outsOf, exchange, () => undefined);
  assert.deepEqual([pulled.names, pulled.objects, pulled.problems], [['e'], 2, []]);

  // Where one of them has lost the record, or has another, that counts as well.
  main.files.delete('exps/e.json');
  const changed = { ...experiment('e', contents), overlays: ['lr=2'] };
  const refused = await pushExperiments([changed], false, outsOf, exchange);
  assert.deepEqual([refused.names, refused.problems.map(({ code }) => code)], [[], ['exp-exists']]);
  const again = await pushExperiments([experiment('e', contents)], false, outsOf, exchange);
  assert.deepEqual([again.names, again.present], [['e'], []]);
  assert.ok(main.files.has('exps/e.json'));
  const readOnly = exchangeWith(space, main, Object.assign(Object.create(far) as MemoryRemote, { name: 'far', readOnly: true })); // prettier-ignore
  await assert.rejects(pushExperiments([changed], true, outsOf, readOnly), /'far' is declared as read-only/);

  // What one of them lacks leaves the record out everywhere.
  space.write('new', 'new');
  const lost = { a: await space.keep('new'), b: contents.b };
  rmSync(space.object(lost.a.digest));
  const { problems } = await pushExperiments([experiment('lost', lost)], false, outsOf, exchange);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['exp-lost'],
  );
  for (const { files } of [main, far]) assert.ok(!files.has('exps/lost.json'));

  // Ages are by the clock of the remote, whatever ours says.
  far.files.set('pipe/gc/other', Buffer.from('{}'));
  await assert.rejects(pushExperiments([experiment('e', contents)], false, outsOf, exchange), /is busy/);
  for (const remote of [main, far]) assert.ok(!isAnnounced(remote));
});

/** A stage with its record. */
const stageOf = (name: string, outs: Readonly<Record<string, readonly [Content, Out?]>>): StageRecord =>
  ({
    stage: {
      address: name,
      cmd: 'x',
      deps: [{}],
      params: [],
      place: {},
      outs: Object.entries(outs).map(([path, [, declared]]) => ({ path, at: path, cache: true, push: true, remote: null, metric: false, plot: false, ...declared })),
    },
    entry: { ...entryOf(Object.fromEntries(Object.entries(outs).map(([path, [content]]) => [path, content]))), cmd: name },
  }) as unknown as StageRecord; // prettier-ignore

/** @param results by stage: what the run cache has for its inputs. */
function recording(
  exchange: Parameters<typeof push>[2],
  records: readonly StageRecord[],
  store: StoreSpace['store'],
): Parameters<typeof push>[2] {
  const entries = new Map<unknown, LockEntry>(records.map(({ stage, entry }) => [stage, entry!]));
  return {
    ...exchange,
    workspace: {
      ...exchange.workspace,
      store,
      locks: { entry: (stage: unknown) => entries.get(stage) },
      contents: { get: async () => undefined },
      runCache: { find: (key: Digest) => [...entries.values()].find(({ cmd }) => digest(String(cmd)) === key)?.outs },
      rules: { runKey: ({ cmd }: LockEntry) => digest(String(cmd)), hasWholeRunKey: () => true },
    },
  } as unknown as Parameters<typeof push>[2];
} // prettier-ignore

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

test('results of earlier runs are fetched for stages whose inputs are known, each output from its own remote', async (t) => {
  const signing = { key: 'secret', trust: false, permitSigning: () => undefined };
  const [near, far] = [Object.assign(memoryRemote(), signing), Object.assign(memoryRemote(), signing)];
  const space = makeStore(t);
  const contents: Record<string, Content> = {};
  for (const name of ['in', 'a', 'b', 'old', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'lost']) {
    space.write(name === 'l' ? 'l/x' : name, name);
    if (name === 'l') symlinkSync('x', space.path('l/link'));
    contents[name] = await space.keep(name);
    const kept = readFileSync(space.object(contents[name].digest));
    const { digest: of } = contents[name];
    rmSync(space.object(of));
    const { files } = /[gh]/.test(name) ? far : near;
    if (name !== 'lost') files.set(`${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`, kept);
  }
  const of = (...names: readonly string[]): Record<string, Content> =>
    Object.fromEntries(names.map((name) => [name, contents[name]!]));
  const stages = [
    makeStage('first', { deps: ['in'], outs: ['a', 'b'] }),
    makeStage('second', { deps: ['b'], outs: ['c'] }),
    makeStage('other', { deps: ['in'], outs: ['d'] }),
    makeStage('after', { deps: ['d'], outs: ['e'] }),
    { ...makeStage('locked', { deps: ['in'] }), outs: ['f', 'g', 'h'].map((path) => makeOut(path, { remote: path === 'f' ? null : 'far' })) },
    makeStage('third', { deps: ['in'], outs: ['i'] }),
    makeStage('fourth', { deps: ['i'], outs: ['j'] }),
    makeStage('lost', { deps: ['in'], outs: ['lost'] }),
    // Of one of its dependencies it is not known what it will be.
    makeStage('both', { deps: ['in', 'd'], outs: ['k'] }),
    // Nor what the link in a folder will lead to.
    makeStage('linked', { deps: ['in'], outs: ['l'] }),
    makeStage('behind', { deps: ['l'], outs: ['m'] }),
  ]; // prettier-ignore
  const inputsOf = (name: string, deps: Record<string, Content>): Omit<LockEntry, 'outs'> => ({
    cmd: `make ${name}`,
    wdir: '.',
    env: {},
    deps: Object.entries(deps).map(([path, content]) => ({ path, content })),
    params: new Map(),
  });
  const keyOf = (name: string, deps: Record<string, Content>): Digest => {
    const outs = stages.find(({ address }) => address === (name as never))!.outs.map(({ path }) => path);
    return ownRules.runKey({ ...inputsOf(name, deps), outs });
  };
  const there = openRunRecords(near as never, layout.runs)!;
  const save = (name: string, deps: Record<string, Content>, outs: Record<string, Content>) =>
    there.save(keyOf(name, deps), { ...inputsOf(name, deps), outs: entryOf(outs).outs });
  // A record can name the outputs in any order.
  await save('first', of('in'), of('b', 'a'));
  await save('second', of('b'), of('c'));
  await save('other', of('in'), { z: contents['d']! });
  // Of what the workspace has for an output that is to be made.
  await save('after', of('d'), of('e'));
  await save('fourth', of('i'), of('j'));
  await save('lost', of('in'), of('lost'));
  await save('both', of('in', 'd'), of('k'));
  await save('linked', of('in'), of('l'));
  await save('behind', of('l'), of('m'));
  const locked = new Map<string, LockEntry>([
    ['locked', { ...inputsOf('locked', of('in')), outs: entryOf(of('f', 'g', 'h')).outs }],
    ['first', { ...inputsOf('other', of('in')), outs: entryOf({ a: contents['old']!, b: contents['old']! }).outs }],
  ]); // prettier-ignore
  const kept = new Map([[keyOf('third', of('in')), entryOf(of('i')).outs]]);
  const exchange = exchangeWith(space, near, far);
  const warned: string[] = [];
  const workspace = {
    ...exchange.workspace,
    project: { ...exchange.workspace.project, params: () => new Map() },
    locks: { entry: ({ address }: { address: string }) => locked.get(address), folder: () => '.' },
    contents: {
      input: async (at: string) => (at === 'b' ? contents['old'] : contents[at]),
      get: async (at: string) => (at === 'a' ? contents['a'] : at === 'b' ? contents['old'] : undefined),
    },
    store: space.store,
    runCache: {
      find: (key: Digest) => kept.get(key),
      save: (key: Digest, { outs }: LockEntry) => void kept.set(key, outs),
    },
    rules: ownRules,
  };
  const { runs } = await fetchRecorded(stages, { runCache: true, verify: false, revisions: [] }, {
    ...exchange,
    workspace,
    asked: 'main',
    warn: ({ code }: { code: string }) => warned.push(code),
  } as unknown as typeof exchange);
  assert.deepEqual([runs, warned], [4, ['remote-missing']]);
  const has = Object.keys(contents).filter((name) => space.store.has(contents[name]!));
  assert.deepEqual(has, ['a', 'b', 'old', 'c', 'f', 'g', 'h', 'j', 'l']);
  assert.equal(kept.size, 5);
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

test('the result of a stage comes whole: each output from its own remote, that of another run from one', async (t) => {
  const [space, near, far] = [makeStore(t), Object.assign(memoryRemote(), { key: 'secret', trust: false }), memoryRemote()];
  const contents: Record<string, Content> = {};
  const keyOf = ({ digest: of }: Content): string => `${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`;
  const put = (remote: MemoryRemote, name: string): void => {
    space.write(name, name);
    remote.files.set(keyOf(contents[name]!), Buffer.from(name));
  };
  for (const name of ['a', 'b', 'c', 'other']) {
    space.write(name, name);
    contents[name] = await space.keep(name);
    rmSync(space.object(contents[name].digest));
  }
  const { a, b, c } = contents as Record<'a' | 'b' | 'c', Content>;
  for (const name of ['b', 'c']) put(near, name);
  put(far, 'a');
  const record = stageOf('1', { a: [a, { remote: 'far' }], b: [b], c: [c] });
  const warned: string[] = [];
  const saved: Digest[] = [];
  const resultOf = async (one: StageRecord, more: object = {}, { cmd = '7', own, there }: { cmd?: string; own?: LockEntry['outs']; there?: Content } = {}): Promise<unknown> => {
    const exchange = recording(exchangeWith(space, near, far), [one], space.store);
    const { workspace } = exchange;
    const runCache = { find: () => own, save: (key: Digest) => saved.push(key) };
    const locks = { entry: () => one.entry };
    const rules = { ...workspace.rules, needsObjects: true, counts: () => true };
    const given = { ...exchange, ...more, warn: ({ code }: { code: string }) => warned.push(code), workspace: { ...workspace, runCache, locks, rules, contents: { get: async () => there } } };
    const found = await fetchResult(one.stage, { cmd, wdir: '.', env: {}, deps: [], params: new Map(), outs: one.stage.outs.map(({ path }) => path) }, given as never);
    return found && [found.record, ...found.outs.map(({ path, content }) => `${path} ${space.store.has(content)}`)];
  };
  // It never runs: what is recorded is meant.
  const frozen = { ...record, stage: { ...record.stage, frozen: true } } as StageRecord;
  const all = ['a true', 'b true', 'c true'];
  assert.deepEqual(await resultOf(frozen, { asked: 'main' }), [false, ...all]);
  rmSync(space.object(c.digest));
  near.files.delete(keyOf(c));
  assert.equal(await resultOf(frozen), undefined, 'one of them is not there');
  assert.deepEqual([warned, saved], [[], []], 'what was not pushed is normal');

  // Another run had these inputs.
  const unrecorded = { ...stageOf('1', { b: [b], c: [c] }), entry: undefined } as StageRecord;
  assert.equal(await resultOf(unrecorded), undefined);
  await openRunRecords(near as never, layout.runs)!.save(digest('7'), entryOf({ b, c }));
  assert.equal(await resultOf(unrecorded), undefined);
  assert.equal(warned.length, 1, 'a record whose objects are not there');
  put(near, 'c');
  rmSync(space.object(b.digest), { force: true });
  assert.deepEqual(await resultOf(unrecorded), [true, 'b true', 'c true']);
  assert.deepEqual(saved, [digest('7')]);
  const otherwise = { ...stageOf('1', { b: [b] }), entry: undefined } as StageRecord;
  assert.equal(await resultOf(otherwise), undefined, 'of other outputs');
  // What is recorded counts where the stage would run as it was recorded.
  const pair = (more: object = {}): StageRecord => {
    const one = stageOf('1', { b: [b], c: [c] });
    return { ...one, stage: { ...one.stage, deps: [], ...more } };
  };
  const came = ['b true', 'c true'];
  assert.deepEqual(await resultOf(pair()), undefined, 'it reads nothing, and had another command');
  assert.deepEqual(await resultOf(pair(), {}, { cmd: '1' }), [false, ...came]);
  assert.deepEqual(await resultOf(pair({ alwaysChanged: true }), {}, { cmd: '1' }), undefined);
  const changed = stageOf('1', { b: [b], c: [c] });
  assert.deepEqual(await resultOf(changed), [true, ...came]);
  assert.deepEqual(await resultOf(changed, {}, { own: changed.entry!.outs }), [false, ...came], 'known here');
  near.files.delete(keyOf(b));
  assert.deepEqual(await resultOf(pair({ frozen: true })), [false, ...came], 'the cache has it');
  // What is in its place is enough for what the cache does not keep.
  const kept = (declared: Out): StageRecord => {
    const one = stageOf('1', { b: [b, declared] });
    return { ...one, stage: { ...one.stage, frozen: true } };
  };
  rmSync(space.object(b.digest));
  assert.deepEqual(await resultOf(kept({ cache: false }), {}, { there: b }), [false, 'b false']);
  assert.equal(await resultOf(kept({ cache: false }), {}, { there: c }), undefined);
  assert.equal(await resultOf(kept({}), {}, { there: b }), undefined);
  const metric = { ...stageOf('1', { b: [b, { cache: false, metric: true }], c: [c] }), entry: undefined } as StageRecord;
  assert.equal(await resultOf(metric, {}, { there: b }), undefined, 'to be restored it has to be in the cache');
  put(near, 'b');
  assert.deepEqual(await resultOf(metric, {}, { there: b }), [true, ...came]);
  rmSync(space.object(b.digest));
  warned.length = 0;
  near.files.set(keyOf(b), Buffer.from('B'));
  assert.equal(await resultOf(kept({})), undefined);
  assert.equal(warned.length, 1, 'damage is said');
  const elsewhere = { ...kept({}), entry: entryOf({ b: { digest: 'etag' as Digest, size: 1 } }) };
  assert.equal(await resultOf(elsewhere), undefined);
  assert.equal(warned.length, 1);
  put(near, 'b');
  const apart = { ...stageOf('1', { b: [b], c: [c, { remote: 'far' }] }), entry: undefined } as StageRecord;
  assert.equal(await resultOf(apart), undefined, 'on several remotes there is no record');
}); // prettier-ignore

test('the lists of several folders come, each from the remote of its output', async (t) => {
  const [space, near, far] = [makeStore(t), memoryRemote(), memoryRemote()];
  const contents: Content[] = [];
  for (const [name, remote] of [['f', near], ['g', far], ['h', near]] as const) {
    space.write(`${name}/x`, name);
    const content = await space.keep(name);
    const list = space.object(content.digest);
    remote.files.set(`${layout.objects}/${content.digest.slice(0, 2)}/${content.digest.slice(2)}`, readFileSync(list));
    rmSync(list);
    contents.push(content);
  }
  const [f, g, h] = contents as [Content, Content, Content];
  const record = stageOf('1', { f: [f], g: [g, { remote: 'far' }], h: [h] });
  const exchange = recording(exchangeWith(space, near, far), [record], space.store);
  const parts = record.stage.outs.map((out) => ({ stage: record.stage, out, at: `${out.path}/x` }));
  await fetchLists(parts as never, { ...exchange, asked: 'main' });
  assert.deepEqual(contents.map((content) => existsSync(space.object(content.digest))), [true, true, true]);
}); // prettier-ignore

test('what a remote lacks, what is damaged there, and what was not to be pushed are three things', async (t) => {
  const [space, remote] = [makeStore(t), memoryRemote()];
  const contents: Record<string, Content> = {};
  for (const name of ['whole', 'lost', 'damaged', 'unpushed', 'damaged too']) {
    space.write(name, name);
    const { digest: of } = (contents[name] = await space.keep(name));
    rmSync(space.object(of));
    const key = `${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`;
    if (name === 'whole') remote.files.set(key, Buffer.from(name));
    if (name.startsWith('damaged')) remote.files.set(key, Buffer.from(name.toUpperCase()));
  }
  const isKept = (name: string): boolean => name === 'unpushed' || name === 'damaged too';
  const outs = Object.entries(contents).map(([name, content]) => [name, [content, { push: !isKept(name) }]]);
  const record = stageOf('1', Object.fromEntries(outs) as Parameters<typeof stageOf>[1]);
  const exchange = recording(exchangeWith(space, remote), [record], space.store);
  const asked = { runCache: false, verify: false, revisions: [] };
  const { remotes } = await fetchRecorded([record.stage], asked, exchange);
  const named = (list: readonly { readonly title: string }[]): readonly string[] =>
    list.map(({ title }) => / of '|for '([^']+)'/.exec(title.replace(/have all of/, 'for'))![1]!);
  assert.deepEqual(
    remotes.map(({ missing, problems, unpushed, transferred }) => [named(missing), named(problems), unpushed.map(({ out }) => out.path), transferred.objects]),
    [[['lost'], ['damaged', 'damaged too'], ['unpushed'], 1]],
  ); // prettier-ignore
  assert.ok(space.store.has(contents['whole']!) && !space.store.has(contents['damaged']!));
});

test('a part of a folder is its files, recorded one by one; with links among them it is the whole', async (t) => {
  const space = makeStore(t);
  for (const name of [
    'f/in/a',
    'f/in/deep/b',
    'f/in2/c',
    'f/in2/deep/g',
    'f/linked/d',
    'real/e',
    'real/deep/g',
  ])
    space.write(name, name);
  chmodSync(space.path('f/in/a'), 0o755);
  symlinkSync('../in/a', space.path('f/linked/l'));
  const content = await space.keep('f');
  const record = stageOf('1', { f: [content] });
  const { stage, entry } = record;
  const parts = (at: string, recorded?: object, now = entry): readonly StageRecord[] => {
    const workspace = {
      project: { root: space.root },
      locks: { entry: () => now },
      store: space.store,
    } as unknown as Parameters<typeof recordsOfParts>[1];
    const part = { stage, out: stage.outs[0]!, at, ...(recorded && { recorded }) };
    return recordsOfParts([part] as unknown as Parameters<typeof recordsOfParts>[0], workspace);
  };
  const named = (list: readonly StageRecord[]): unknown =>
    list.map((one) => {
      assert.deepEqual(one.stage.outs.map(({ path }) => path), one.entry!.outs.map(({ path }) => path));
      return one.entry!.outs.map(({ path, content: { size, isexec } }) => `${path} ${size}${isexec ? ' x' : ''}`);
    }); // prettier-ignore
  const whole = [[`f ${content.size}`]];
  assert.deepEqual(named(parts('f/in')), [['f/in/a 6 x', 'f/in/deep/b 11']]);
  assert.deepEqual(named(parts('f/linked')), whole);
  assert.throws(() => parts('f/none'), /'f\/none' is not in the output 'f'/);
  assert.deepEqual(parts('f/none', { entry, revision: 'v1' }), []);
  assert.deepEqual(named(parts('f/in', { entry, revision: 'v1' })), [['f/in/a 6 x', 'f/in/deep/b 11']]);
  // Of DVC 2 its files are, too.
  const older = {
    ...entry!,
    outs: entry!.outs.map((out) => ({ ...out, content: { ...out.content, legacy: true as const } })),
  };
  assert.deepEqual(
    parts('f/in', undefined, older)[0]!.entry!.outs.map(({ content: { legacy } }) => legacy),
    [true, true],
  );
  // A version in cloud storage is no folder of the cache.
  const cloud = { ...entry!, outs: entry!.outs.map((out) => ({ ...out, cloud: true as const })) };
  assert.deepEqual(named(parts('f/in', undefined, cloud)), whole);
  // In the workspace a folder of it is a link now: its files would be written to where that leads.
  rmSync(space.path('f/in2'), { recursive: true });
  symlinkSync('../real', space.path('f/in2'));
  for (const at of ['f/in2/c', 'f/in2/deep/g']) assert.deepEqual(named(parts(at)), whole);
});

test('of a fetch what no remote is declared for is named if it is not here, and what revisions have comes, too', async (t) => {
  const [space, remote] = [makeStore(t), memoryRemote()];
  const contents: Record<string, Content> = {};
  for (const name of ['here', 'gone', 'before']) {
    space.write(name, name);
    contents[name] = await space.keep(name);
  }
  const { here, gone, before } = contents as Record<'here' | 'gone' | 'before', Content>;
  const keyOf = ({ digest: of }: Content): string => `${layout.objects}/${of.slice(0, 2)}/${of.slice(2)}`;
  remote.files.set(keyOf(before), Buffer.from('before'));
  for (const content of [gone, before]) rmSync(space.object(content.digest));
  const record = stageOf('1', { here: [here], gone: [gone] });
  const exchange = recording(exchangeWith(space, remote), [record], space.store);
  const asked = { runCache: false, verify: false, revisions: [] };
  const withoutRemotes = (of: typeof exchange): typeof exchange => {
    const project = { ...of.workspace.project, config: { remotes: { remotes: new Map() } } };
    return { ...of, workspace: { ...of.workspace, project } } as unknown as typeof exchange;
  };
  const alone = await fetchRecorded([record.stage], asked, withoutRemotes(exchange));
  assert.deepEqual(alone.remoteless.map(({ title }) => /^'(\w+)'/.exec(title)![1]), ['gone']);
  // Data that is elsewhere needs no remote.
  const data = stageOf('2', { far: [{ digest: 'etag' as Digest, size: 1 }] });
  const far = { ...data, stage: { ...data.stage, cmd: null } } as StageRecord;
  const none = await fetchRecorded([far.stage], asked, withoutRemotes(recording(exchange, [far], space.store)));
  assert.deepEqual([none.remotes, none.elsewhere.map(({ code }) => code)], [[], ['data-elsewhere']]);
  await assert.rejects(fetchRecorded([], asked, withoutRemotes(exchange)), /no remote/);

  const earlier = { ...stageOf('1', { before: [before] }), revision: 'v1' };
  const { remotes } = await fetchRecorded([record.stage], { ...asked, revisions: [earlier] }, exchange);
  assert.deepEqual(remotes.map(({ transferred }) => transferred.objects), [1]);
  assert.ok(space.store.has(before));
}); // prettier-ignore

test('in a cache of DVC an object is there whatever size is recorded of it, if none is', async (t) => {
  const { dvc } = layouts;
  const [space, remote] = [makeStore(t, { layout: 'dvc' }), memoryRemote()];
  space.write('a', 'some');
  const content = await space.keep('a');
  remote.files.set(`${dvc.objects}/${content.digest.slice(0, 2)}/${content.digest.slice(2)}`, Buffer.from('some'));
  const { dir, files: hasher, path } = space;
  const vaultOf = openVaults({ dir, layout: dvc, hasher, scratch: path('scratch') });
  const outs = [content, { ...content, size: 0 }].map((one) => ({ out: { path: 'a' }, content: one }));
  const list = await compareWith(outs as never, { remote, layout: dvc, vaultOf, jobs: 1 });
  assert.deepEqual(list.map(({ objects }) => objects), [[], []]);
}); // prettier-ignore

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

test('experiments go to no remote that is the cache, and are listed by their names', async (t) => {
  const [space, main, far] = [makeStore(t), memoryRemote(), memoryRemote()];
  space.write('a', 'a');
  const contents = { a: await space.keep('a') };
  const exchange = exchangeWith(space, main, far);
  const outsOf = declaring({ a: { remote: 'far' } });
  const remoteForCopies = async (name: string): Promise<OpenRemote> => {
    if (name === 'far') throw new Error('it is the cache itself');
    return exchange.remoteForCopies(name, 'warn');
  };
  const named = { ...exchange, remote: async (name: string) => Object.assign(await exchange.remote(name), { name }) };
  await assert.rejects(pushExperiments([experiment('e', contents)], false, outsOf, { ...named, remoteForCopies }), /the cache itself/);
  assert.deepEqual([main.written, far.written], [[], []]);
  // A remote lists in its own order, and by whole names or those from the folder on.
  const names = ['z', 'b', 'exps'];
  await pushExperiments(names.map((name) => experiment(name, contents)), false, outsOf, named);
  for (const prefix of ['exps/', '']) {
    const listing = { ...main, async *list() { yield names.map((name) => ({ key: `${prefix}${name}.json`, size: 1, time: 1 })); } };
    const pulled = await pullExperiments([], false, new Map(), outsOf, { ...named, remote: async (name: string) => (name === 'far' ? far : listing) } as unknown as typeof exchange, () => undefined);
    assert.deepEqual(pulled.names, ['b', 'exps', 'z'], prefix);
  }
}); // prettier-ignore

test('a remote that fails is named once in a run, and not asked again', async (t) => {
  const [space, server] = [makeStore(t), await startFileServer(t)];
  server.answer = (_, response) => Boolean(response.writeHead(403).end());
  const one = stageOf('1', { a: [{ digest: digest('a'), size: 1 }] });
  const frozen = { ...one, stage: { ...one.stage, frozen: true } } as StageRecord;
  const { workspace } = recording(exchangeWith(space, memoryRemote()), [frozen], space.store);
  const remotes = { remotes: new Map([['main', { url: server.url, folder: space.root, place: () => undefined }]]) };
  const rules = { ...workspace.rules, needsObjects: true };
  const project = { ...workspace.project, config: { remotes } };
  const warned: string[] = [];
  const pull = await openPull({ ...workspace, rules, project, hasher: space.files, locks: { entry: () => frozen.entry } } as never, { dir: space.dir, scratch: space.path('scratch'), warn: ({ code }) => warned.push(code) }, () => undefined);
  const fetch = (): Promise<boolean> => pull.fetch(frozen.stage, { cmd: '1', wdir: '.', env: {}, deps: [], params: new Map(), outs: ['a'] });
  assert.equal(await fetch(), false);
  const asked = server.requests.length;
  assert.ok(asked > 0);
  assert.equal(await fetch(), false);
  assert.deepEqual([server.requests.length, warned], [asked, ['remote-refused']]);
  await pull.close();
}); // prettier-ignore

test('a remote is opened once, with the asked number of transfers before its own, and closed whatever others do', async (t) => {
  const space = makeStore(t);
  const place = (): undefined => undefined;
  const declared = { folder: space.root, place };
  const remotes = new Map<string, object>([
    ['near', { ...declared, url: space.path('near') }],
    ['odd', { ...declared, url: 'odd://x' }],
  ]);
  const open = (jobs?: number): ReturnType<typeof openExchange> =>
    openExchange({ layout, hasher: space.files, project: { root: space.root, config: { remotes: { remotes } } } } as never, { dir: space.dir, scratch: space.path('scratch'), warn: ({ title }) => assert.fail(title), ...(jobs !== undefined && { jobs }) });
  const exchange = open(3);
  const near = await exchange.remote('near');
  assert.equal(await exchange.remote('near'), near);
  assert.deepEqual([exchange, open()].map((one) => one.transfer({ ...near, jobs: 2 }).jobs), [3, 2]);
  await assert.rejects(exchange.remote('odd'), /odd/);
  const closed = t.mock.method(near, 'close');
  await exchange.close();
  assert.equal(closed.mock.callCount(), 1);
}); // prettier-ignore

function exchangeWith(
  space: StoreSpace,
  remote: MemoryRemote,
  far = remote,
): Parameters<typeof pushExperiments>[3] {
  const { root, dir, files: hasher, path } = space;
  const vaultOf = openVaults({ dir, layout, hasher, scratch: path('scratch') });
  const open = async (name: string): Promise<MemoryRemote> => (name === 'far' ? far : remote);
  return {
    asked: undefined,
    workspace: {
      project: { root, config: { remotes: REMOTES } },
      folders: { placing: path('placing') },
      layout,
      rules: ownRules,
    },
    remote: open,
    remoteForCopies: open,
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
