// What is brought from a server, a store or a folder is one version of it, whole, whatever happens there meanwhile.
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
import { open as openFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openFolderSource, openHttpSource, openRemoteSource, openSource } from '../../src/source/source.ts';
import { PipeError, type WorkspacePath } from '../../src/base/base.ts';
import { ownLayout } from '../../src/own/own.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { memoryRemote, type MemoryRemote } from '../cache/remote/memory-remote.ts';
import { KEYS, refuse, startBucket } from '../cache/remote/s3/bucket-server.ts';
import { startSourceServer } from '../e2e/source-server.ts';
import { makeSpace, type Space } from '../hash/space.ts';

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
      let done = 0;
      await source.download(space.path(name), { ...ALL, onProgress: (bytes) => (done = bytes) });
      assert.equal(done, statSync(space.path(name)).size, 'all bytes are reported');
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
  // Nor is a part of what is encoded: it counts other bytes.
  server.headers.set('big', { etag: '"v1"', 'content-encoding': 'identity' });
  server.files.set('big', TEXT);
  isFirst = true;
  const { answer } = server;
  server.answer = (request, response) => {
    response.setHeader('content-encoding', 'identity');
    return answer(request, response);
  };
  assert.equal(await download('big'), TEXT);
  const ranges = server.asked.filter(({ headers }) => headers.range !== undefined);
  assert.deepEqual(ranges.slice(1), []);
});

test('a server whose certificate nobody vouches for: what to do about that, not about the network', async (t) => {
  const pem = readFileSync(join(import.meta.dirname, '../../packages/mlflow/test/fixtures/localhost.pem'));
  const server = createServer({ key: pem, cert: pem }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  await assert.rejects(openHttpSource({ url, headers: {} }).look(), (error: unknown) => {
    assert.ok(error instanceof PipeError);
    const [{ code, hint } = { code: '' }] = error.problems;
    assert.equal(code, 'source-unreachable');
    assert.match(hint ?? '', /NODE_EXTRA_CA_CERTS/);
    return true;
  });
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

/** @param at a URL, or a path below the root. */
const opened = (space: Space, at: string, more: object = {}): ReturnType<typeof openSource> =>
  openSource(at as never, at, { root: space.root, rules: dvcContent, env: {}, ...more });

test('which place a URL means, and to whom its credentials go', async (t) => {
  const [server, space] = [await startSourceServer(t), makeSpace(t)];
  server.files.set('in/a b', 'text');
  space.write('data/one', '1');
  const sent = (): string | undefined => server.asked.at(-1)?.headers.authorization;
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const inUrl = await opened(space, `${server.url.replace('://', '://ada:p%40@')}in/a%20b`);
  assert.equal(inUrl.url, `${server.url}in/a%20b`);
  await inUrl.download(space.path('got'), ALL);
  assert.equal(readFileSync(space.path('got'), 'utf8'), 'text');
  assert.equal(sent(), basic('ada:p@'));
  // What encodes nothing is meant as it is written.
  await (await opened(space, `${server.url.replace('://', '://50%:100%25%@')}in/a%20b`)).look();
  assert.equal(sent(), basic('50%:100%25%'));

  const remote = (url: string, more: object = {}): object => ({ url, folder: space.root, place: () => undefined, ...more });
  const remotes = (web: object, others: object = {}): object => ({ remotes: new Map(Object.entries({ web, ...others })) });
  const web = remotes(remote(`${server.url}in/`));
  const env = { XDG_CONFIG_HOME: space.path('config'), PIPE_REMOTE_WEB_TOKEN: 't' };
  const before = server.asked.length;
  await assert.rejects(opened(space, 'remote://web/a b', { remotes: web, env }), /only the repository names this server/);
  assert.equal(server.asked.length, before);
  const named = { ...env, PIPE_REMOTE_WEB_HOST: server.url };
  assert.ok(await (await opened(space, 'remote://web/a b', { remotes: web, env: named })).look());
  assert.equal(sent(), 'Bearer t');
  const other = { ...named, PIPE_REMOTE_TOKEN: 'general', PIPE_REMOTE_WEB_TOKEN: '' };
  const two = remotes(remote(`${server.url}in`), { more: remote('/x') });
  await (await opened(space, 'remote://web/a b', { remotes: two, env: other })).look();
  assert.equal(sent(), undefined, 'what is for the default remote goes to no other');
  await (await opened(space, 'remote://web/a b', { remotes: web, env: other })).look();
  assert.equal(sent(), 'Bearer general', 'the only one is the default');

  // Without a tag the name counts, as it is written.
  server.headers.set('in/a b', {});
  const digestOf = async (at: string): Promise<unknown> => (await (await opened(space, at, { remotes: two, env: other })).look())?.digest;
  assert.equal(await digestOf('remote://web/a b'), await digestOf(`${server.url}in/a b`));
  assert.notEqual(await digestOf('remote://web/a b'), await digestOf(`${server.url}in/a%20b`));

  const look = async (at: string, more: object = {}): Promise<number | undefined> => (await (await opened(space, at, more)).look())?.size;
  assert.equal(await look('data/one'), 1);
  const rules = { rules: ownLayout.content };
  const without = await (await opened(space, 'data', rules)).look();
  space.write('data/.git/config', 'x');
  assert.deepEqual(await (await opened(space, 'data', rules)).look(), without, 'the repository that a folder is');
  assert.equal(await look(`file://${space.path('data/one')}`), 1);
  space.write('data of others/two', '22');
  assert.equal(await look(`file://${space.path('data%20of%20others/two')}`), 2);
  for (const url of ['data', space.path('data'), `file://${space.path('data')}`])
    assert.equal(await look('remote://web/one', { remotes: remotes(remote(url)) }), 1, url);
  assert.equal(await look('remote://web/one', { remotes: remotes(remote('../data', { folder: space.path('sub') })) }), 1);
  assert.equal(await look('remote://web/none', { remotes: remotes(remote('data')) }), undefined);
  const home = process.env['HOME'];
  t.after(() => { process.env['HOME'] = home; });
  process.env['HOME'] = space.root;
  assert.equal(await look('remote://web/one', { remotes: remotes(remote('~/data', { folder: '/' })) }), 1);
  await assert.rejects(opened(space, 'remote://wab/x', { remotes: web }), /no remote is called 'wab'/);
  const unsupported: unknown = await opened(space, 'ftp://ada:s3cret@host/x').catch((error: unknown) => error);
  assert.match(String(unsupported), /'ftp:\/\/' is not supported/);
  assert.doesNotMatch(String(unsupported), /s3cret/);
  await assert.rejects(opened(space, 'http://[x'), /is not a URL/);
  for (const wrong of ['http://ada:s3cret@[x', 'https://ada:pa/s3cret@host/x'])
    await assert.rejects(opened(space, wrong), (error: unknown) => error instanceof PipeError && !JSON.stringify(error.problems).includes('s3cret'), wrong);
}); // prettier-ignore

test('a disk that takes a part of each piece gets the rest of it', async (t) => {
  const { server, download } = await httpSetting(t);
  server.files.set('big', TEXT);
  const handle = await openFile(import.meta.filename);
  const shared = Object.getPrototypeOf(handle) as Record<'write', (...args: readonly unknown[]) => unknown>;
  const real = Object.getOwnPropertyDescriptor(shared, 'write')!.value as typeof shared.write;
  t.mock.method(shared, 'write', function few(this: object, bytes: Buffer, offset: number, length: number, at: number) {
    return real.apply(this, [bytes, offset, Math.min(length, 40_000), at]);
  });
  await handle.close();
  assert.ok((await download('big')) === TEXT);
}); // prettier-ignore

test('an answer that is no file is never taken for one', async (t) => {
  const [server, space] = [await startSourceServer(t), makeSpace(t)];
  server.files.set('x', 'text');
  const source = (quick = false): ReturnType<typeof openHttpSource> =>
    openHttpSource({ url: new URL(`${server.url}x`), headers: {}, wait: async () => undefined, quick });
  const download = (): Promise<unknown> => source().download(space.path('x'), ALL);
  const answering = (status: number, method?: string): void => {
    server.answer = (request, response) =>
      (method === undefined || request.method === method) && Boolean(response.writeHead(status).end('not the file'));
  };
  for (const status of [401, 403, 500, 501]) {
    answering(status, 'GET');
    server.asked.length = 0;
    await assert.rejects(download(), (error: unknown) => error instanceof PipeError && ['source-refused', 'source-unreachable'].includes(error.problems[0]!.code), String(status));
    assert.equal(server.asked.filter(({ method }) => method === 'GET').length, status === 500 ? 4 : 1, String(status));
    answering(status);
    await assert.rejects(source().look());
  }
  for (const status of [404, 410]) {
    answering(status);
    assert.equal(await source().look(), undefined);
    await assert.rejects(download(), (error: unknown) => error instanceof PipeError && error.problems[0]!.code === 'source-missing');
  }
  // What goes away before it is read is missing; a part that was not asked for is no file.
  answering(404, 'GET');
  await assert.rejects(download(), (error: unknown) => error instanceof PipeError && error.problems[0]!.code === 'source-missing');
  server.answer = ({ method }, response) => method === 'GET' && Boolean(response.writeHead(206, { 'content-range': 'bytes 0-3/9' }).end('text'));
  await assert.rejects(download(), (error: unknown) => error instanceof PipeError && error.problems[0]!.code === 'source-refused');
  assert.ok(!openHttpSource({ url: new URL('http://host/x?access_token=s3cret'), headers: {} }).url.includes('s3cret'));
  // A busy server is asked again; by a question that can stay open, once.
  let left = 2;
  server.answer = (_, response) => left-- > 0 && Boolean(response.writeHead(503).end());
  assert.equal((await source().look())?.size, 4);
  left = Infinity;
  server.asked.length = 0;
  await assert.rejects(source(true).look(), /cannot be reached/);
  assert.equal(server.asked.length, 1);
  // One that does not know HEAD, or says no length to it, is asked with GET.
  answering(405, 'HEAD');
  assert.equal((await source().look())?.size, 4);
  server.answer = (request, response) => request.method === 'HEAD' && Boolean(response.writeHead(200, { 'transfer-encoding': 'chunked' }).end());
  assert.equal((await source().look())?.size, 4);
  // What HEAD says and GET does not counts, too.
  server.headers.set('x', {});
  server.answer = (request, response) => request.method === 'HEAD' && Boolean(response.writeHead(200, { 'transfer-encoding': 'chunked', etag: '"tag"' }).end());
  assert.deepEqual(await source().look(), { digest: '"tag"', size: 4, checksum: 'checksum' });
}); // prettier-ignore

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

test('a program that is handed over stays one, and a file without a version has its bytes or its time', async (t) => {
  const space = makeSpace(t);
  space.write('tool', '#!', 0o755);
  const taken = await openFolderSource(space.path('tool'), 'tool', space.hasher()).visit('', async () => ({ digest: 'x' as never, size: 2 }), {});
  assert.deepEqual([taken.isFolder, taken.entries], [false, [{ kind: 'file', path: '', digest: 'x', size: 2, isexec: true }]]);
  space.write('in/text', '1');
  const copies: boolean[] = [];
  const plain = await openFolderSource(space.path('in/text'), 'text', space.hasher()).visit('', async (_, isCopy) => (copies.push(isCopy), { digest: 'y' as never, size: 1 }), {});
  assert.deepEqual(plain.entries, [{ kind: 'file', path: '', digest: 'y', size: 1 }]);
  space.write('in/words', '22');
  const both = await openFolderSource(space.path('in'), 'in', space.hasher()).visit('', async (path, isCopy) => (copies.push(isCopy), { digest: readFileSync(path, 'utf8') as never, size: statSync(path).size }), { jobs: 2 });
  assert.deepEqual(copies, [false, false, false], 'whoever has them may write to them');
  assert.deepEqual(both.entries.map((entry) => entry.kind === 'file' && [entry.path, entry.digest]), [['text', '1'], ['words', '22']]);
  const remote = memoryRemote();
  remote.files.set('data/a', Buffer.from('bytes'));
  const unnamed = { ...remote, version: async (key: string) => remote.files.has(key) ? { size: 5, time: 7 } : undefined };
  const look = (key: string, rules: typeof dvcContent): Promise<unknown> => openRemoteSource({ open: async () => unnamed, key, shown: key, rules }).look();
  assert.deepEqual(await look('data/a', dvcContent), { digest: hash('md5', 'bytes'), size: 5 });
  assert.deepEqual(await look('data/a', ownLayout.content), { digest: '7-5', size: 5, checksum: 'checksum' });
  const list = `[{"md5": "${hash('md5', 'bytes')}", "relpath": "a"}]`;
  assert.deepEqual(await look('data', dvcContent), { digest: `${hash('md5', list)}.dir`, size: 5, nfiles: 1 });
}); // prettier-ignore
