// What is fetched: results of earlier runs, whole, each output from its own remote; lists and parts of folders.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { openRunRecords } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import type { LockEntry } from '../../../src/lock/lock.ts';
import { ownRules } from '../../../src/own/own.ts';
import {
  fetchLists,
  fetchRecorded,
  fetchResult,
  recordsOfParts,
  type StageRecord,
} from '../../../src/run/run.ts';
import { memoryRemote, type MemoryRemote } from '../../cache/remote/memory-remote.ts';
import { makeStore } from '../../cache/store-space.ts';
import { makeOut, makeStage } from '../../show/stages.ts';
import { digest, entryOf, exchangeWith, layout, type Out, recording, stageOf } from './records.ts';

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
