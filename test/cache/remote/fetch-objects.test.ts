// What a fetch leaves in the cache, whatever happens on the remote between two requests.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findDirectory } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import { patchFs } from '../../patched-fs.ts';
import type { MemoryRemote } from './memory-remote.ts';
import { damage, layout, setting, type TakeBody } from './two-caches.ts';

test('a folder whose list only the remote has is completed there, as far as the cache can', async (t) => {
  const { here, remote, folder, keyOf, push, pushBy } = await setting(t);
  const [one, two] = here.store.entries(folder)! as unknown as [Content, Content];
  await push(folder);
  rmSync(here.object(folder.digest));
  rmSync(here.object(two.digest));
  remote.files.delete(keyOf(one.digest));
  assert.equal((await pushBy({ dry: true }, folder)).objects, 1);
  const { objects, present, failed } = await push(folder);
  assert.deepEqual([objects, present, failed.size], [1, 2, 0]);
  assert.equal(String(remote.files.get(keyOf(one.digest))), 'first');

  remote.files.delete(keyOf(two.digest));
  assert.deepEqual((await push(folder)).failed.get(folder.digest), { kind: 'missing', digest: two.digest });
  remote.files.set(keyOf(folder.digest), Buffer.from('[]'));
  assert.equal((await push(folder)).failed.get(folder.digest)!.kind, 'corrupt');
});

test('what was fetched has its name, or is not there at all', async (t) => {
  const { there, remote, file, folder, keyOf, push, fetch } = await setting(t);
  await push(file, folder);
  const one = await fetch(file);
  assert.deepEqual([one.objects, one.bytes, one.failed.size], [1, file.size, 0]);
  assert.equal(readFileSync(there.object(file.digest), 'utf8'), 'the file');
  // A disk that takes a part of a piece gets the rest of it.
  rmSync(there.object(file.digest));
  const unpatch = patchFs(t, 'writeSync', (real) => ((to: number, from: Buffer, offset = 0) => real(to, from, offset, Math.min(from.length - offset, 2))) as never); // prettier-ignore
  assert.equal((await fetch(file)).failed.size, 0);
  unpatch();
  assert.equal(readFileSync(there.object(file.digest), 'utf8'), 'the file');

  // Another list of files is as well formed, but none of this folder.
  const list = remote.files.get(keyOf(folder.digest))!;
  remote.files.set(keyOf(folder.digest), Buffer.from(String(list).replace('two', 'two too')));
  assert.equal((await fetch(folder)).failed.get(folder.digest)!.kind, 'corrupt');
  assert.ok(!existsSync(there.object(folder.digest)));
  remote.files.set(keyOf(folder.digest), list);

  const [bad] = [...remote.files].find(([, bytes]) => String(bytes) === 'second')!;
  const right = remote.files.get(bad)!;
  for (const damaged of ['SECOND', 'secon', 'second and more']) {
    remote.files.set(bad, Buffer.from(damaged));
    const { failed } = await fetch(folder);
    assert.deepEqual([...failed].map(([digest, { kind }]) => [digest, kind]), [[folder.digest, 'corrupt']]); // prettier-ignore
    // More than there can be is not even written down.
    const why = JSON.stringify(failed.get(folder.digest));
    assert.equal(/longer than it can be/.test(why), damaged.length > 6, why);
    assert.deepEqual(there.list('cache/objects').length, 2, 'the file, and the right one of the folder');
    assert.ok(!existsSync(there.object(folder.digest)));
  }
  remote.files.delete(bad);
  assert.equal((await fetch(folder)).failed.get(folder.digest)!.kind, 'missing');
  remote.files.set(bad, right);
  assert.equal((await fetch(folder)).failed.size, 0);
  assert.equal(await there.store.restore(folder, there.path('out')), 'restored');
  assert.equal(readFileSync(there.path('out/two'), 'utf8'), 'second');
  assert.ok(remote.files.has(keyOf(folder.digest)));

  // A list that is here already promises nothing about its files.
  for (const { digest } of there.store.entries(folder) as unknown as readonly Content[]) {
    const [key, object] = [keyOf(digest), there.object(digest)];
    const bytes = remote.files.get(key)!;
    rmSync(object);
    remote.files.delete(key);
    const { failed, objects, present } = await fetch(folder);
    assert.deepEqual([...failed].map(([name, { kind }]) => [name, kind]), [[folder.digest, 'missing']]); // prettier-ignore
    assert.deepEqual([objects, present], [0, 2]);
    remote.files.set(key, Buffer.from('damaged'));
    assert.equal((await fetch(folder, file)).failed.get(folder.digest)!.kind, 'corrupt');
    remote.files.set(key, bytes);
    assert.deepEqual([(await fetch(folder)).objects, readFileSync(object)], [1, bytes]);
  }
});

test('what came before the remote failed is kept', async (t) => {
  const { there, remote, file, folder, push, fetch } = await setting(t);
  await push(file, folder);
  const before = process.listeners('exit');
  let count = 0;
  let atEnd: readonly string[] = [];
  const read: typeof remote.read = remote.read.bind(remote);
  const meanwhile: Pick<typeof remote, 'read'> = {
    async read(key, take) {
      // The manifest and one file come.
      if ((count += 1) <= 2) return read(key, take);
      // As if the process ended then: this comes before whatever removes what is unfinished.
      for (let turn = 0; turn < 500 && atEnd.length === 0; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        const [first] = process.listeners('exit');
        if (!before.includes(first!)) first!(130);
        atEnd = there.list('cache/objects').filter((name) => !name.endsWith('.tmp'));
      }
      throw new Error('offline');
    },
  };
  Object.assign(remote, meanwhile);
  await assert.rejects(fetch(folder), /offline/);
  assert.equal(atEnd.length, 1);
  assert.equal(there.list('cache/objects').length, 1);
});

const MB = 1 << 20;
/** No process has this number. */
const DEAD = 4_194_305;

test('a large object whose fetch was killed: only the rest comes, if it is of the same version', async (t) => {
  const { there, remote, file, keyOf, fetch, fetchBy } = await setting(t);
  const bytes = Buffer.alloc((32 << 20) + 5, 'abcdefg');
  const large = { ...file, digest: hash('sha256', bytes) as Digest, size: bytes.length };
  remote.files.set(keyOf(large.digest), bytes);
  const object = there.object(large.digest);
  let version = 'one';
  let most = Infinity;
  let given = 0;
  const readParts: MemoryRemote['readParts'] = async (_, lacking, take) => {
    if ((lacking.version ?? version) !== version) return 'unfit';
    lacking.onVersion(version);
    assert.ok(lacking.ranges.every(({ start, end }) => start < end));
    const starts = lacking.ranges.flatMap(({ start, end }) =>
      Array.from({ length: Math.ceil((end - start) / MB) }, (_, index) => start + index * MB),
    );
    // Every second piece first: gaps are left.
    for (const at of [1, 0].flatMap((rest) => starts.filter((start) => (start / MB) % 2 === rest))) {
      if (given >= most) throw new Error('cut off');
      const piece = bytes.subarray(at, at + MB);
      take(at, piece);
      given += piece.length;
    }
    return 'read';
  };
  Object.assign(remote, { readParts });
  const left = (): readonly string[] => readdirSync(dirname(object)).filter((name) => name.endsWith('.tmp'));
  /** What this process leaves belongs to another one afterwards. */
  const interrupted = async (pid: number): Promise<string> => {
    rmSync(object, { force: true });
    [most, given] = [20 << 20, 0];
    await assert.rejects(fetch(large), /cut off/);
    const [name] = left();
    const folder = join(dirname(object), name!.replace(/\.\d+-/, `.${pid}-`));
    renameSync(join(dirname(object), name!), folder);
    const [header, ...lines] = readFileSync(join(folder, 'received'), 'utf8').split('\n');
    const owner = { ...(JSON.parse(header!) as object), pid, ...(pid === DEAD && { started: '0' }) };
    writeFileSync(join(folder, 'received'), [JSON.stringify(owner), ...lines].join('\n'));
    [most, given] = [Infinity, 0];
    return folder;
  };
  const fetched = async (): Promise<number> => {
    assert.equal((await fetch(large)).failed.size, 0);
    assert.equal(hash('sha256', readFileSync(object)), large.digest);
    return given;
  };

  // Of several the one that has most, wherever it is among them; what came before counts as moved.
  const best = await interrupted(DEAD);
  for (const token of ['00000000', 'ffffffff']) {
    const worse = best.replace(/-[0-9a-f]{8}-/, `-${token}-`);
    cpSync(best, worse, { recursive: true });
    const lines = readFileSync(join(worse, 'received'), 'utf8').split('\n');
    writeFileSync(join(worse, 'received'), `${lines.slice(0, -4).join('\n')}\n`);
  }
  const restoreOrder = patchFs(
    t,
    'readdirSync',
    (real) =>
      ((...args: Parameters<typeof real>) =>
        (real(...args) as unknown as string[]).sort()) as unknown as typeof real,
  );
  const moved: number[] = [];
  await fetchBy({ onProgress: ({ bytes }: { bytes: { done: number } }) => moved.push(bytes.done) }, large);
  restoreOrder();
  assert.equal(given, bytes.length - (20 << 20));
  assert.deepEqual([Math.max(...moved), left()], [bytes.length, []]);

  // One that still runs goes on by itself.
  const running = await interrupted(process.pid);
  assert.equal(await fetched(), bytes.length);
  rmSync(running, { recursive: true });

  await interrupted(DEAD);
  version = 'two';
  assert.equal(await fetched(), bytes.length);

  writeFileSync(join(await interrupted(DEAD), 'bytes'), 'X', { flag: 'r+' });
  assert.equal(await fetched(), 2 * bytes.length - (20 << 20));
  assert.deepEqual(left(), []);

  writeFileSync(join(await interrupted(DEAD), 'received'), '{"host');
  assert.equal(await fetched(), bytes.length);

  // What a power cut took away comes again.
  for (const name of left()) rmSync(join(dirname(object), name), { recursive: true });
  truncateSync(join(await interrupted(DEAD), 'bytes'), 12 * MB);
  assert.equal(await fetched(), bytes.length);

  // So does what belongs to another user.
  const theirs = await interrupted(DEAD);
  const getuid = t.mock.method(process as { getuid: () => number }, 'getuid', () => 12_345);
  assert.equal(await fetched(), bytes.length);
  getuid.mock.restore();
  rmSync(theirs, { recursive: true });

  // The bytes of another remote are not continued, and all that is of no use goes.
  for (const name of left()) rmSync(join(dirname(object), name), { recursive: true });
  const other = await interrupted(DEAD);
  const record = readFileSync(join(other, 'received'), 'utf8').replace(/"url":"[^"]*"/, '"url":"elsewhere"');
  writeFileSync(join(other, 'received'), record);
  const short = `${other.slice(0, -'.tmp'.length)}0.tmp`;
  cpSync(other, short, { recursive: true });
  const others = record.replace('"url":"elsewhere"', `"url":"${remote.url}"`);
  writeFileSync(join(short, 'received'), others.replace(/"size":\d+/, '"size":34000000'));
  assert.equal(await fetched(), bytes.length);
  assert.deepEqual(left(), []);

  rmSync(object);
  bytes[0] = 0;
  assert.equal([...(await fetch(large)).failed.values()][0]!.kind, 'corrupt');
  assert.deepEqual([left(), existsSync(object)], [[], false]);
  Object.assign(remote, { readParts: undefined, read: (_: string, take: TakeBody) => take(twice()) });
  assert.equal([...(await fetch(large)).failed.values()][0]!.kind, 'corrupt');
  assert.deepEqual([left(), existsSync(object)], [[], false]);

  async function* twice(): AsyncGenerator<Uint8Array> {
    for (const _ of [1, 2]) yield bytes;
  }
});

test('what takes the place of an object that comes is set aside, even a folder', async (t) => {
  const { there, file, push, fetch } = await setting(t);
  await push(file);
  mkdirSync(join(there.object(file.digest), 'in'), { recursive: true });
  const { failed, objects } = await fetch(file);
  assert.deepEqual([failed.size, objects], [0, 1]);
  assert.equal(readFileSync(there.object(file.digest), 'utf8'), 'the file');
});

test('what was interrupted on its way is as if it had come at once', async (t) => {
  const { there, remote, file, folder, keyOf, push, fetchBy } = await setting(t);
  await push(file, folder);
  for (const key of remote.files.keys()) remote.cuts.set(key, 3);
  const seen: (readonly [number, number])[] = [];
  const onProgress = ({ bytes }: { bytes: { done: number; total?: number } }): void =>
    void (bytes.total !== undefined && seen.push([bytes.done, bytes.total]));
  remote.cuts.delete(keyOf(folder.digest));
  const { failed, objects, bytes } = await fetchBy({ onProgress }, file, folder);
  assert.deepEqual([failed.size, objects], [0, 4]);
  assert.equal(readFileSync(there.object(file.digest), 'utf8'), 'the file');
  assert.equal(await there.store.restore(folder, there.path('out')), 'restored');
  assert.ok(seen.every(([done, total]) => done <= total), JSON.stringify(seen));
  assert.deepEqual(seen.at(-1), [bytes, bytes]);
  // Only the list of the folder is lacking.
  rmSync(there.object(folder.digest));
  const { bytes: list } = await fetchBy({ onProgress }, folder);
  assert.deepEqual([list > 0, seen.at(-1)], [true, [list, list]]);
  // A `.dvc` file without a size.
  rmSync(there.object(file.digest));
  seen.length = 0;
  await fetchBy({ onProgress, layout: { ...layout, exactSizes: false } }, { ...file, size: 0 });
  assert.deepEqual(seen, []);
}); // prettier-ignore

test('what is damaged here is fetched where that is asked for, the list of a folder always', async (t) => {
  const { there, file, folder, push, fetch, fetchBy } = await setting(t);
  await push(file, folder);
  await fetch(file, folder);
  damage(there.object(file.digest));
  assert.equal((await fetch(file)).objects, 0);
  const verified = await fetchBy({ verify: true }, file, folder);
  assert.deepEqual([verified.objects, verified.present, verified.failed.size], [1, 3, 0]);
  assert.equal(readFileSync(there.object(file.digest), 'utf8'), 'the file');
  damage(there.object(folder.digest));
  assert.equal((await fetch(folder)).objects, 1);
  assert.equal(await there.store.restore(folder, there.path('out')), 'restored');
});

test('the files of a folder are those of its name, whatever the cache or the remote has under it', async (t) => {
  const { there, remote, file, folder, keyOf, push, fetch, options } = await setting(t);
  const names = async (): Promise<unknown> => (await findDirectory(folder, options))?.map(({ path }) => path);
  assert.equal(await names(), undefined);
  await push(file, folder);
  assert.deepEqual(await names(), ['one', 'two']);
  await fetch(folder);
  damage(there.object(folder.digest));
  assert.deepEqual(await names(), ['one', 'two']);
  damage(there.object(folder.digest));
  remote.files.set(keyOf(folder.digest), readFileSync(there.object(folder.digest)));
  assert.equal(await names(), undefined);
});
