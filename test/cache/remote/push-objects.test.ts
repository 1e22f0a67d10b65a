// What a push leaves on a remote, whatever happens there between two requests.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { inParallel } from '../../../src/base/base.ts';
import { Damaged, fetchObjects, openRunRecords, openVaults, pushObjects } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import { layouts } from '../../layouts.ts';
import { makeStore } from '../store-space.ts';
import { memoryRemote } from './memory-remote.ts';
import { damage, setting, type TakeBody } from './two-caches.ts';

test('a push sends the files before the manifest that names them, and each once', async (t) => {
  const { remote, file, folder, keyOf, push } = await setting(t);
  const first = await push(folder, file, folder);
  assert.deepEqual([first.objects, first.present, first.failed.size], [4, 0, 0]);
  assert.equal(remote.written.at(-1), keyOf(folder.digest));
  const again = await push(folder, file);
  assert.deepEqual([again.objects, again.present, remote.written.length], [0, 4, 4]);
  Object.assign(remote, {
    sizes: async (keys: readonly string[]) => new Map(keys.map((key) => [key, 'unknown'])),
  });
  assert.deepEqual(
    [(await push(folder, file)).present, remote.written.length],
    [4, 4],
    'also where no size is said',
  );
});

test('a push replaces what has another length there', async (t) => {
  const { remote, file, keyOf, push } = await setting(t);
  for (const damaged of ['', 'the fil', 'the file and more']) {
    remote.files.set(keyOf(file.digest), Buffer.from(damaged));
    assert.equal((await push(file)).objects, 1, damaged);
    assert.equal(String(remote.files.get(keyOf(file.digest))), 'the file');
  }
});

test('what somebody else writes during a push stays only where it is the same', async (t) => {
  const { remote, file, keyOf, push } = await setting(t);
  const key = keyOf(file.digest);
  for (const [theirs, writes] of [
    ['the file', 0],
    ['THE FILE', 1],
    ['the file, longer', 1],
    ['the', 1],
  ] as const) {
    remote.files.clear();
    remote.written.length = 0;
    remote.beforeWrite = () => {
      if (!remote.files.has(key)) remote.files.set(key, Buffer.from(theirs));
    };
    assert.equal((await push(file)).failed.size, 0);
    assert.equal(String(remote.files.get(key)), 'the file', theirs);
    assert.equal(remote.written.length, writes, theirs);
  }
});

test('a folder that lacks a file is not named there; the rest goes', async (t) => {
  const { here, remote, file, folder, keyOf, push } = await setting(t);
  const lost = here.store.entries(folder)!.find(({ path }) => path === 'one') as unknown as Content;
  rmSync(here.object(lost.digest));
  const { failed, objects } = await push(folder, file);
  assert.deepEqual([...failed.keys()], [folder.digest]);
  assert.equal(objects, 2);
  assert.ok(!remote.files.has(keyOf(folder.digest)));
});

test('a push makes safe what it wrote, also where it fails; a dry one writes nothing, a forced one everything', async (t) => {
  const { here, remote, file, folder, push, pushBy } = await setting(t);
  const dry = await pushBy({ dry: true }, file);
  assert.deepEqual([dry.objects, dry.bytes, remote.files.size], [1, 8, 0]);
  await push(file, folder);
  assert.deepEqual(remote.settled.slice(-2), [3, 4]);
  const forced = await pushBy({ force: true }, file);
  assert.deepEqual([forced.objects, remote.written.length], [1, 5]);
  rmSync(here.object(file.digest));
  assert.equal((await pushBy({ force: true }, file)).present, 1, 'what only the remote has is there');
  remote.files.clear();
  let count = 0;
  remote.beforeWrite = () => {
    if ((count += 1) > 1) throw new Error('offline');
  };
  await assert.rejects(pushBy({ jobs: 1 }, folder), /offline/);
  assert.equal(remote.settled.at(-1), 6);
  assert.equal(count, 2, 'nothing is begun after a failure');
}); // prettier-ignore

test('what is damaged here is not sent, be it a file or the list of a folder', async (t) => {
  const { here, remote, file, folder, push, pushBy } = await setting(t);
  damage(here.object(folder.digest));
  damage(here.object(file.digest));
  const dry = await pushBy({ dry: true }, folder);
  assert.equal(dry.failed.get(folder.digest)?.kind, 'corrupt');
  assert.ok(existsSync(here.object(folder.digest)), 'a dry push changes nothing');
  const { failed, objects } = await push(folder, file);
  assert.deepEqual([...failed.values()].map(({ kind }) => kind), ['corrupt', 'corrupt']);
  assert.deepEqual([objects, remote.files.size], [0, 0]);
  assert.ok(!existsSync(here.object(folder.digest)) && !existsSync(here.object(file.digest)), 'set aside');
  // Too large to be in memory at once.
  here.write('large', 'x'.repeat((256 << 10) + 1));
  const large = await here.keep('large');
  damage(here.object(large.digest));
  assert.deepEqual([...(await push(large)).failed.values()].map(({ kind }) => kind), ['corrupt']);
  assert.deepEqual([remote.files.size, existsSync(here.object(large.digest))], [0, false]);
  // A remote that hashes what it sends is given the digest, and finds it out.
  const again = await here.keep('large');
  const sent: object[] = [];
  const hashing = { checks: true, write: async (_: string, source: object) => (sent.push(source), Promise.reject(new Damaged())) };
  const found = await pushBy({ remote: { ...remote, ...hashing } }, again);
  assert.deepEqual([...found.failed.values()].map(({ kind }) => kind), ['corrupt']);
  assert.partialDeepStrictEqual(sent, [{ unchecked: true, checksum: { algorithm: 'sha256', hex: again.digest } }]);
  assert.ok(!existsSync(here.object(again.digest)), 'set aside');
  const { failed: lost } = await push(folder, file);
  assert.deepEqual([...lost.values()].map(({ kind }) => kind), ['missing', 'missing']);
  // Garbage collection beside a push.
  const gone = await here.keep('file');
  Object.assign(remote, { sizes: async () => (rmSync(here.object(gone.digest), { force: true }), new Map()) });
  assert.deepEqual([...(await push(gone)).failed.values()].map(({ kind }) => kind), ['missing']);
}); // prettier-ignore

test('the same digest of DVC 2 and of DVC 3 is two objects, each where its version has it', async (t) => {
  const space = makeStore(t, { layout: 'dvc' });
  const remote = memoryRemote();
  const text = 'a\r\nb\n';
  const [plain, legacy] = [hash('md5', 'a\nb\n') as Digest, { legacy: true } as const];
  const at = (folder: string): string => space.path(`cache/${folder}${plain.slice(0, 2)}/${plain.slice(2)}`);
  const [ours, theirs] = [at('files/md5/'), at('')];
  for (const [path, bytes] of [[ours, 'a\nb\n'], [theirs, text]] as const) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const both = [{ digest: plain, size: 4 }, { digest: plain, size: 4, ...legacy }];
  const options = {
    remote,
    layout: layouts.dvc,
    vaultOf: openVaults({ dir: space.dir, layout: layouts.dvc, hasher: space.files, scratch: space.path('scratch') }),
    jobs: 1,
    force: false,
    dry: false,
  };
  assert.equal((await pushObjects(both, options)).objects, 2);
  assert.deepEqual([...remote.files.values()].map(String).sort(), ['a\nb\n', text].sort());
  for (const wanted of [both, both.toReversed()]) {
    for (const path of [ours, theirs]) rmSync(path);
    assert.equal((await fetchObjects(wanted, options)).failed.size, 0);
    assert.deepEqual([readFileSync(ours, 'utf8'), readFileSync(theirs, 'utf8')], ['a\nb\n', text]);
  }
  // A size that is not recorded is none.
  const ourKey = options.vaultOf(both[0]!).key(plain);
  remote.files.delete(ourKey);
  assert.equal((await pushObjects([{ digest: plain, size: 0 }], options)).objects, 1);
  assert.equal(String(remote.files.get(ourKey)), 'a\nb\n');
  rmSync(ours);
  assert.equal((await fetchObjects([{ digest: plain, size: 0 }], options)).failed.size, 0);
  assert.equal(readFileSync(ours, 'utf8'), 'a\nb\n');
  // What is no such text is not sent, and not kept.
  damage(theirs);
  remote.files.clear();
  assert.deepEqual([...(await pushObjects(both.slice(1), options)).failed.values()].map(({ kind }) => kind), ['corrupt']);
  assert.deepEqual([remote.files.size, existsSync(theirs)], [0, false]);
  const key = options.vaultOf(both[1]!).key(plain);
  remote.files.set(key, Buffer.from('A\nB\n'));
  assert.equal((await fetchObjects(both.slice(1), options)).failed.size, 1);
  assert.equal(existsSync(theirs), false);
}); // prettier-ignore

test('of the records of DVC the newest counts, and only on a remote that is trusted', async () => {
  const key = '1'.repeat(64) as Digest;
  const remote = memoryRemote();
  const out = (digit: string): Content => ({ digest: digit.repeat(32) as Digest, size: 1 });
  const entry = { cmd: 'x', wdir: '.', env: {}, deps: [], params: new Map(), outs: [{ path: 'o', content: out('a') }] };
  const open = (more: object): ReturnType<typeof openRunRecords> =>
    openRunRecords(Object.assign(Object.create(remote) as object, { list, key: undefined, trust: false, ...more }) as never, layouts.dvc.runs);
  const times = new Map<string, number>();
  async function* list(folder: string): AsyncGenerator<readonly object[]> {
    for await (const page of remote.list!(folder)) yield page.map((file) => ({ ...file, time: times.get(file.key) ?? 1 }));
  }
  assert.equal(open({}), undefined);
  const trusted = open({ trust: true })!;
  assert.equal(await trusted.save(key, entry), true);
  assert.equal(await trusted.save(key, { ...entry, outs: [{ path: 'o', content: out('b') }] }), true);
  const records = [...remote.files.keys()];
  const written = remote.written.length;
  assert.equal(await trusted.save(key, { ...entry, outs: [{ path: 'o', content: out('b') }] }), false);
  assert.equal(remote.written.length, written, 'nothing is written twice');
  const own = records.find((path) => path.startsWith(layouts.dvc.runs.records))!;
  assert.equal(await open({ key: 'k' })!.find(key), undefined, 'without a signature');
  const believed = await open({ key: 'k', trust: true })!.find(key);
  assert.equal(believed![0]!.content.digest, out('b').digest, 'a signature is not asked for');
  remote.files.delete(own);
  const [older, newer] = records.filter((path) => path !== own);
  for (const [first, digit] of [[older!, 'a'], [newer!, 'b']] as const) {
    for (const path of [older!, newer!]) times.set(path, path === first ? 9 : 1);
    assert.equal((await trusted.find(key))![0]!.content.digest, out(digit).digest);
  }
  assert.equal(await open({ key: 'k' })!.find(key), undefined);
  const endless = async (_: string, take: TakeBody): Promise<unknown> => take(tooMuch());
  assert.equal(await open({ trust: true, read: endless })!.find(key), undefined, 'no record is so long');

  async function* tooMuch(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc((16 << 20) + 1);
  }
}); // prettier-ignore

test('a few at a time; the first failure ends it, once what was begun has come to its end', async () => {
  const [started, ended]: [number[], number[]] = [[], []];
  let most = 0;
  const working = inParallel([0, 1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    started.push(item);
    most = Math.max(most, started.length - ended.length);
    await new Promise(setImmediate);
    if (item === 4) await new Promise(setImmediate);
    ended.push(item);
    if (item === 3 || item === 4) throw new Error(`failed ${item}`);
  });
  await assert.rejects(working, /failed [34]/);
  const begun = new Set([0, 1, 2, 3, 4, 5]);
  assert.deepEqual([new Set(started), new Set(ended), most], [begun, begun, 3]);
  await inParallel([], 3, () => assert.fail('nothing to do'));
}); // prettier-ignore
