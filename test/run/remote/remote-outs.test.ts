// Which outputs go to which remote, and where each of their objects is.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { PipeError } from '../../../src/base/base.ts';
import { openVaults } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import {
  compareWith,
  dataElsewhere,
  fetchRecorded,
  openExchange,
  openPull,
  outsByRemote,
  type StageRecord,
} from '../../../src/run/run.ts';
import { startFileServer } from '../../cache/remote/file-server.ts';
import { memoryRemote, type MemoryRemote } from '../../cache/remote/memory-remote.ts';
import { makeStore } from '../../cache/store-space.ts';
import { layouts } from '../../layouts.ts';
import { digest, exchangeWith, layout, type Out, recording, REMOTES, stageOf } from './records.ts';

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
