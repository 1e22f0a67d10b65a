// What push and fetch leave on a remote and in the cache, whatever happens there between two requests.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fetchObjects, openVaults, pushObjects } from '../../../src/cache/cache.ts';
import type { Content, Digest } from '../../../src/hash/hash.ts';
import { layouts } from '../../layouts.ts';
import { makeStore, type StoreSpace } from '../store-space.ts';
import { memoryRemote, type MemoryRemote } from './memory-remote.ts';

const layout = layouts.pipe;

interface Setting {
  readonly here: StoreSpace;
  readonly remote: MemoryRemote;
  readonly file: Content;
  readonly folder: Content;
  readonly keyOf: (digest: Digest) => string;
  readonly push: (...contents: readonly Content[]) => ReturnType<typeof pushObjects>;
  /** Into another, empty cache. */
  readonly there: StoreSpace;
  readonly fetch: (...contents: readonly Content[]) => ReturnType<typeof fetchObjects>;
}

async function setting(t: TestContext): Promise<Setting> {
  const [here, there] = [makeStore(t), makeStore(t)];
  const remote = memoryRemote();
  here.write('file', 'the file');
  here.write('out/one', 'first');
  here.write('out/two', 'second');
  const options = ({ dir, files, path }: StoreSpace): Parameters<typeof fetchObjects>[1] => ({
    remote,
    layout,
    vaultOf: openVaults({ dir, layout, hasher: files, scratch: path('scratch') }),
    jobs: 2,
  });
  const file = await here.keep('file');
  return {
    here,
    there,
    remote,
    file,
    folder: await here.keep('out'),
    keyOf: (digest) => options(here).vaultOf(file).key(digest),
    push: (...contents) => pushObjects(contents, { ...options(here), force: false, dry: false }),
    fetch: (...contents) => fetchObjects(contents, options(there)),
  };
}

test('a push sends the files before the manifest that names them, and each once', async (t) => {
  const { remote, file, folder, keyOf, push } = await setting(t);
  const first = await push(folder, file, folder);
  assert.deepEqual([first.objects, first.present, first.failed.size], [4, 0, 0]);
  assert.equal(remote.written.at(-1), keyOf(folder.digest));
  const again = await push(folder, file);
  assert.deepEqual([again.objects, again.present, remote.written.length], [0, 4, 4]);
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

test('what was fetched has its name, or is not there at all', async (t) => {
  const { there, remote, file, folder, keyOf, push, fetch } = await setting(t);
  await push(file, folder);
  const one = await fetch(file);
  assert.deepEqual([one.objects, one.bytes, one.failed.size], [1, file.size, 0]);
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
});

test('what came before the remote failed is kept', async (t) => {
  const { there, remote, file, folder, push, fetch } = await setting(t);
  await push(file, folder);
  let count = 0;
  remote.beforeRead = () => {
    // The manifest and one file come.
    if ((count += 1) > 2) throw new Error('offline');
  };
  await assert.rejects(fetch(folder), /offline/);
  assert.equal(there.list('cache/objects').length, 1);
});

/** No process has this number. */
const DEAD = 4_194_305;

test('a large object whose fetch was killed: only the rest comes, if it is of the same version', async (t) => {
  const { there, remote, file, keyOf, fetch } = await setting(t);
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
    for (const { start, end } of lacking.ranges.toReversed())
      for (let at = start; at < end; at += 1 << 20) {
        if (given >= most) throw new Error('cut off');
        const piece = bytes.subarray(at, Math.min(end, at + (1 << 20)));
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

  await interrupted(DEAD);
  assert.equal(await fetched(), bytes.length - (20 << 20));
  assert.deepEqual(left(), []);

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
});
