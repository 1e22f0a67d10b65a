// What is brought from a server is one version of it, whole, whatever happens there meanwhile.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openFolderSource, openHttpSource, openRemoteSource } from '../../src/source/source.ts';
import { PipeError } from '../../src/base/base.ts';
import { ownLayout } from '../../src/own/own.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { memoryRemote } from '../cache/remote/memory-remote.ts';
import { startSourceServer } from '../e2e/source-server.ts';
import { makeSpace } from '../hash/space.ts';
import { ALL, opened } from './opened.ts';

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
