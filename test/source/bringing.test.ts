// What is brought from a server, a store or a folder is one version of it, whole, whatever happens there meanwhile.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test, type TestContext } from 'node:test';
import { openFolderSource, openHttpSource, openRemoteSource, openSource } from '../../src/source/source.ts';
import type { WorkspacePath } from '../../src/base/base.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';
import { startSourceServer } from '../e2e/source-server.ts';
import { makeSpace } from '../hash/space.ts';

const ALL = { modes: true };

async function httpSetting(t: TestContext): Promise<{
  readonly server: Awaited<ReturnType<typeof startSourceServer>>;
  readonly download: (name: string) => Promise<string>;
  readonly ranges: () => readonly (string | undefined)[];
}> {
  const [server, space] = [await startSourceServer(t), makeSpace(t)];
  return {
    server,
    async download(name) {
      const url = new URL(`${server.url}${name}`);
      const source = openHttpSource({ url, headers: {}, wait: async () => undefined });
      await source.download(space.path(name), ALL);
      return readFileSync(space.path(name), 'utf8');
    },
    ranges: () => server.asked.filter(({ method }) => method === 'GET').map(({ headers }) => headers.range),
  };
}

// More than the system holds on the way, so that a part was read before the connection ended.
const TEXT = Array.from({ length: 500_000 }, (_, at) => `${at}`.padStart(9)).join('\n');
const CUT = 3_000_000;

for (const [what, etag, answer, asked] of [
  ['sends the rest', '"v1"', undefined, [undefined, 'bytes']],
  ['begins again in place of the rest', '"v1"', { status: 200 }, [undefined, 'bytes']],
  [
    'sends another part than the rest',
    '"v1"',
    { status: 206, range: 'bytes 5-9/10' },
    [undefined, 'bytes', 'bytes'],
  ],
  ['has only a weak ETag', 'W/"v1"', { status: 200 }, [undefined, undefined]],
] as const)
  // prettier-ignore
  test(`after an interruption a server that ${what} gives the whole file, once`, async (t) => {
    const { server, download, ranges } = await httpSetting(t);
    server.files.set('big', TEXT);
    server.headers.set('big', { etag });
    let gets = 0;
    server.answer = (request, response) => {
      if (request.method !== 'GET') return false;
      gets += 1;
      if (gets === 1) {
        response.writeHead(200, { 'content-length': TEXT.length, etag });
        response.write(TEXT.slice(0, CUT), () => response.socket!.end());
        return true;
      }
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      if (answer?.status === 206 && gets === 2) {
        response.writeHead(206, { 'content-range': answer.range, etag }).end(TEXT.slice(0, 5));
        return true;
      }
      if (answer?.status === 200) response.writeHead(200, { 'content-length': TEXT.length, etag }).end(TEXT);
      else
        response
          .writeHead(206, { 'content-range': `bytes ${start}-${TEXT.length - 1}/${TEXT.length}`, etag })
          .end(TEXT.slice(start));
      return true;
    };
    assert.ok((await download('big')) === TEXT, 'the bytes are those of the file');
    assert.deepEqual(
      ranges().map((range) => range && 'bytes'),
      asked,
    );
  });

test('what an old replica sent before an interruption is no part of the file', async (t) => {
  const { server, download } = await httpSetting(t);
  server.files.set('big', 'short');
  server.headers.set('big', { etag: '"v2"' });
  let isFirst = true;
  server.answer = (request, response) => {
    if (request.method !== 'GET' || !isFirst) return false;
    isFirst = false;
    response.writeHead(200, { 'content-length': TEXT.length, etag: '"v1"' });
    response.write(TEXT.slice(0, CUT), () => response.socket!.end());
    return true;
  };
  assert.equal(await download('big'), 'short');
});

test('a file of a server that changes each time is brought as none', async (t) => {
  const { server, download } = await httpSetting(t);
  let version = 0;
  server.answer = (request) => {
    if (request.method === 'GET') version += 1;
    server.files.set('moving', `version ${version}`);
    return false;
  };
  await assert.rejects(download('moving'), /changed each time while it was downloaded/);
});

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
});

test('a folder of this machine comes with its links, its programs and its empty folders', async (t) => {
  const space = makeSpace(t);
  space.write('from/one', '1');
  space.write('from/in/tool', '#!', 0o755);
  mkdirSync(space.path('from/empty'));
  symlinkSync('../one', space.path('from/in/link'));
  const open = (): ReturnType<typeof openFolderSource> =>
    openFolderSource(space.path('from'), 'from', space.hasher());
  const content = await open().download(space.path('to'), ALL);
  assert.deepEqual(await space.hasher().look(space.path('to')), content);
  assert.equal(readlinkSync(space.path('to/in/link')), '../one');
  assert.ok(statSync(space.path('to/empty')).isDirectory());
  const isProgram = (name: string): boolean => (statSync(space.path(name)).mode & 0o111) !== 0;
  assert.deepEqual([isProgram('to/in/tool'), isProgram('to/one')], [true, false]);
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
