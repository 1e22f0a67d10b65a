// What of an experiment is on a remote once it is named there.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { OpenRemote } from '../../../src/cache/cache.ts';
import type { ExperimentRecord } from '../../../src/experiment/experiment.ts';
import type { Content } from '../../../src/hash/hash.ts';
import { formatLock, pipeFormat } from '../../../src/own/own.ts';
import { pullExperiments, pushExperiments, type ExperimentOut } from '../../../src/run/run.ts';
import { BLANK_RECORD } from '../../blank-record.ts';
import { memoryRemote, type MemoryRemote } from '../../cache/remote/memory-remote.ts';
import { makeStore } from '../../cache/store-space.ts';
import { entryOf, exchangeWith, layout, type Out } from './records.ts';

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

const lockOf = (outs: Readonly<Record<string, Content>>): string =>
  formatLock({ entries: new Map([['s', entryOf(outs)]]), overlay: { files: [], set: [] } });
