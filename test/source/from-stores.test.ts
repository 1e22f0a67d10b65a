// What is brought from a store or a folder is one version of it, whole, whatever happens there meanwhile.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openFolderSource, openRemoteSource, openSource } from '../../src/source/source.ts';
import { PipeError, type WorkspacePath } from '../../src/base/base.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';
import { KEYS, refuse, startBucket } from '../cache/remote/s3/bucket-server.ts';
import { startSourceServer } from '../e2e/source-server.ts';
import { makeSpace } from '../hash/space.ts';
import { ALL, opened } from './opened.ts';

/** A store whose files have versions, as a bucket does. */
function bucket(): MemoryRemote & { readonly put: (key: string, text: string) => void } {
  const etags = new Map<string, string>();
  const remote = memoryRemote();
  const own = {
    ...remote,
    put(key: string, text: string) {
      remote.files.set(key, Buffer.from(text));
      etags.set(key, `etag of ${text}`);
    },
    version: async (key: string) => {
      const bytes = remote.files.get(key);
      return bytes && { size: bytes.length, etag: etags.get(key)! };
    },
    async *list(folder: string) {
      for await (const page of remote.list!(folder))
        yield page.toReversed().map((file) => ({ ...file, etag: etags.get(file.key)! }));
    },
  };
  // The methods of the remote ask itself.
  Object.defineProperty(own, 'beforeRead', { set: (work: (key: string) => void) => (remote.beforeRead = work) });
  return own;
} // prettier-ignore

const sourceIn = (remote: MemoryRemote, key: string): ReturnType<typeof openRemoteSource> =>
  openRemoteSource({ open: async () => remote, key, shown: `s3://bucket/${key}`, rules: dvcContent });

test('a folder of a store is what is below its name, whatever the order in which that is listed', async (t) => {
  const [remote, space] = [bucket(), makeSpace(t)];
  remote.put('data/b', '22');
  remote.put('data/a/x', '1');
  remote.put('data/', '');
  remote.put('database', 'another');
  const source = sourceIn(remote, 'data');
  const content = await source.download(space.path('d'), ALL);
  assert.deepEqual([content.size, content.nfiles], [3, 2]);
  assert.deepEqual(await source.look(), content);
  assert.equal(readFileSync(space.path('d/a/x'), 'utf8') + readFileSync(space.path('d/b'), 'utf8'), '122');
  assert.throws(() => statSync(space.path('d/ase')), { code: 'ENOENT' });
  assert.equal((await sourceIn(remote, 'data/b').look())!.digest, 'etag of 22');
  await sourceIn(remote, 'data/b').download(space.path('b'), ALL);
  assert.equal(readFileSync(space.path('b'), 'utf8'), '22');
  assert.equal(await sourceIn(remote, 'dat').look(), undefined);
});

test('a folder of a store that changes while it comes is that of the later version alone', async (t) => {
  const [remote, space] = [bucket(), makeSpace(t)];
  remote.put('data/gone', '1');
  remote.put('data/stays', '2');
  const source = sourceIn(remote, 'data');
  const before = await source.look();
  let isChanged = false;
  const change = (): void => {
    if (isChanged) return;
    isChanged = true;
    queueMicrotask(() => {
      remote.files.delete('data/gone');
      remote.put('data/stays', '3');
    });
  };
  remote.beforeRead = change;
  const content = await source.download(space.path('d'), { ...ALL, jobs: 1 });
  assert.notEqual(content.digest, before!.digest);
  assert.deepEqual(content, await source.look());
  assert.throws(() => statSync(space.path('d/gone')), { code: 'ENOENT' });
  assert.equal(readFileSync(space.path('d/stays'), 'utf8'), '3');

  // The same for files that are handed over one by one.
  isChanged = false;
  remote.put('data/gone', '1');
  mkdirSync(space.path('aside'));
  const taken = await source.visit(
    space.path('aside'),
    async (path) => ({ digest: readFileSync(path, 'utf8') as never, size: statSync(path).size }),
    { jobs: 1 },
  );
  assert.deepEqual(
    taken.entries.map((entry) => [entry.path, entry.kind === 'file' && entry.digest]),
    [['stays', '3']],
  );
  // Each goes once it was handed over, and has its own digest; in the list names are spelled as Python does it.
  const left: number[] = [];
  remote.put('data/sé', '4');
  const two = await source.visit(space.path('aside'), async (path) => {
    left.push(readdirSync(space.path('aside')).length);
    return { digest: readFileSync(path, 'utf8') as never, size: 1 };
  }, { jobs: 1 }); // prettier-ignore
  assert.deepEqual(
    two.entries.map((entry) => [entry.path, entry.kind === 'file' && entry.digest]),
    [
      ['stays', '3'],
      ['sé', '4'],
    ],
  );
  assert.deepEqual(left, [1, 1]);
  // Of several at once each is in a file of its own.
  const atOnce = await source.visit(space.path('aside'), async (path) => {
    await setImmediate();
    return { digest: readFileSync(path, 'utf8') as never, size: 1 };
  }, { jobs: 2 }); // prettier-ignore
  assert.deepEqual(atOnce.entries, two.entries);
  const list = `[{"etag": "etag of 3", "relpath": "stays"}, {"etag": "etag of 4", "relpath": "s\\u00e9"}]`;
  assert.equal(two.version.digest, `${hash('md5', list)}.dir`);
});

test('a folder of this machine comes with its links, its programs and its empty folders', async (t) => {
  const space = makeSpace(t);
  space.write('from/one', '1');
  space.write('from/in/tool', '#!', 0o755);
  mkdirSync(space.path('from/empty'));
  symlinkSync('../one', space.path('from/in/link'));
  const open = (): ReturnType<typeof openFolderSource> =>
    openFolderSource(space.path('from'), 'from', space.hasher());
  const seen: number[] = [];
  const content = await open().download(space.path('to'), {
    ...ALL,
    onProgress: (bytes) => seen.push(bytes),
  });
  assert.deepEqual(await space.hasher().look(space.path('to')), content);
  assert.deepEqual([seen.length, seen.at(-1)], [2, 3]);
  assert.equal(readlinkSync(space.path('to/in/link')), '../one');
  assert.ok(statSync(space.path('to/empty')).isDirectory());
  const isProgram = (name: string): boolean => (statSync(space.path(name)).mode & 0o111) !== 0;
  assert.deepEqual([isProgram('to/in/tool'), isProgram('to/one')], [true, false]);
  const modes = ['to/in/tool', 'to/one'].map((name) => statSync(space.path(name)).mode & 0o777);
  assert.deepEqual(modes, [0o777 & ~process.umask(), 0o666 & ~process.umask()]);
  await open().download(space.path('plain'), { modes: false });
  assert.equal(isProgram('plain/in/tool'), false);

  // What was there before goes: the second version is not laid over the first.
  chmodSync(space.path('from/in/tool'), 0o644);
  writeFileSync(space.path('from/two'), '2');
  await open().download(space.path('to'), ALL);
  assert.equal(isProgram('to/in/tool'), false);
});

test('a bucket that is busy is asked once where the question can stay open', async (t) => {
  const server = await startSourceServer(t);
  server.answer = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  const source = await openSource('s3://bucket/key' as WorkspacePath, 's3://bucket/key', {
    root: makeSpace(t).root,
    rules: dvcContent,
    env: { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    quick: true,
  });
  await assert.rejects(source.look(), /s3:\/\/bucket\/key/);
  assert.equal(server.asked.length, 1);
});

test('a bucket by its URL, with the credentials of this machine', async (t) => {
  const [server, space] = [await startBucket(t), makeSpace(t)];
  for (const key of ['d/one', 'd/in/two', 'd/']) server.objects.set(key, Buffer.from(key));
  const env = { HOME: space.root, AWS_ENDPOINT_URL: server.url, ...KEYS };
  const source = await opened(space, 's3://bucket/d/', { env });
  const content = await source.download(space.path('d'), ALL);
  assert.equal(readFileSync(space.path('d/in/two'), 'utf8'), 'd/in/two');
  assert.deepEqual(await source.look(), content);
  assert.equal((await (await opened(space, 's3://bucket/d/one', { env })).look())!.digest, hash('md5', 'd/one'));
  assert.equal(await (await opened(space, 's3://bucket/none', { env })).look(), undefined);
  server.answer = (_, response) => refuse(response, 403, 'AccessDenied');
  const failure: unknown = await source.look().catch((error: unknown) => error);
  assert.ok(failure instanceof PipeError);
  const [{ code, title, facts = [] }] = failure.problems as [PipeError['problems'][0]];
  assert.deepEqual([code, title], ['source-refused', `'s3://bucket/d/' cannot be read`]);
  assert.ok(!facts.some(([label]) => label === 'remote'));
}); // prettier-ignore

test('a whole bucket, or all that a remote has, is a folder, whatever a server answers for the bucket itself', async (t) => {
  const [server, space] = [await startBucket(t), makeSpace(t)];
  const env = { ...KEYS, AWS_ENDPOINT_URL_S3: server.url, HOME: space.root };
  server.objects.set('one', Buffer.from('1'));
  server.objects.set('in/two', Buffer.from('22'));
  server.objects.set('in/deep/three', Buffer.from('333'));
  // As consoles make a folder.
  server.objects.set('in/', Buffer.from(''));
  const place = (): undefined => undefined;
  const option = { value: server.url, folder: space.root, shared: false, place };
  const declared = {
    url: 's3://bucket/in',
    folder: space.root,
    place,
    options: new Map([['endpointurl', option]]),
  };
  const remotes = { remotes: new Map([['r', declared]]) };
  for (const [url, files] of [
    ['s3://bucket', { one: '1', 'in/two': '22', 'in/deep/three': '333' }],
    ['s3://bucket/', { one: '1', 'in/two': '22', 'in/deep/three': '333' }],
    ['s3://bucket/in/', { two: '22', 'deep/three': '333' }],
    ['remote://r', { two: '22', 'deep/three': '333' }],
    ['remote://r/', { two: '22', 'deep/three': '333' }],
    ['remote://r/deep', { three: '333' }],
  ] as const) {
    const source = await opened(space, url, { env, remotes });
    const { nfiles } = (await source.look())!;
    assert.equal(nfiles, Object.keys(files).length, url);
    await source.download(space.path('got'), ALL);
    for (const [name, text] of Object.entries(files))
      assert.equal(readFileSync(space.path(`got/${name}`), 'utf8'), text, url);
  }
});

test('names that lead out of the folder are refused, and what goes away while it comes is no file', async (t) => {
  const [remote, space] = [bucket(), makeSpace(t)];
  for (const name of ['../up', 'a//b', 'a/../../b']) {
    remote.files.clear();
    remote.put(`data/${name}`, 'x');
    await assert.rejects(sourceIn(remote, 'data').download(space.path('d'), ALL), /has a file with the name/);
    assert.ok(!existsSync(space.path('d')) && !existsSync(space.path('up')));
  }
  remote.files.clear();
  remote.put('data/one', '1');
  remote.beforeRead = (key) => remote.files.delete(key);
  await assert.rejects(sourceIn(remote, 'data').download(space.path('d'), ALL), /changed each time/);
  remote.beforeRead = () => undefined;
  await assert.rejects(sourceIn(remote, 'data').download(space.path('d'), ALL), /does not exist/);
  const unversioned = openRemoteSource({
    open: async () => memoryRemote(),
    key: 'x',
    shown: 'x',
    rules: dvcContent,
  });
  await assert.rejects(unversioned.look(), /which version of a file/);
});

test('what was interrupted comes whole, and is counted once; each connection is closed', async (t) => {
  const [remote, space] = [bucket(), makeSpace(t)];
  remote.put('data/one', '1234567');
  remote.put('data/two', '12345678');
  let closed = 0;
  Object.assign(remote, { close: async () => void (closed += 1) });
  for (const key of remote.files.keys()) remote.cuts.set(key, 3);
  const seen: number[] = [];
  await sourceIn(remote, 'data').download(space.path('d'), { ...ALL, onProgress: (bytes) => seen.push(bytes) });
  assert.deepEqual([readFileSync(space.path('d/one'), 'utf8'), readFileSync(space.path('d/two'), 'utf8')], ['1234567', '12345678']);
  assert.deepEqual([seen.at(-1), Math.max(...seen), closed], [15, 15, 1]);
}); // prettier-ignore

test('what cannot be reached is named without its password', async () => {
  for (const url of ['ssh://me:s3cret@127.0.0.1:1/x/y', 's3://me:s3cret@bucket/x'] as WorkspacePath[]) {
    const look = async (): Promise<unknown> =>
      (await openSource(url, url, { root: '/', rules: dvcContent, env: { PATH: '/none' } })).look();
    await assert.rejects(look, (error: unknown) => {
      assert.ok(error instanceof PipeError);
      assert.doesNotMatch(JSON.stringify(error.problems), /s3cret/);
      return true;
    });
  }
});
