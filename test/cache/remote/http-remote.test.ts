// A server of HTTP as a remote: what is asked of it, and what its answers mean.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { makeSpace } from '../../hash/space.ts';
import { startFileServer } from './file-server.ts';
import { fails } from './fails.ts';
import { open, read, waits } from './http-opened.ts';

test('files and texts are written, found and read', async (t) => {
  const server = await startFileServer(t);
  const space = makeSpace(t);
  writeFileSync(space.path('file'), 'content');
  const remote = open(`${server.url}base/dir`);
  assert.equal(remote.url, `${server.url}base/dir/`);
  assert.equal(await remote.size('a/b'), undefined);
  assert.equal(await read(remote, 'a/b'), undefined);
  let sent = 0;
  const source = { path: space.path('file'), size: 7, onSent: (bytes: number) => (sent += bytes) };
  assert.equal(await remote.write('a/b', source, false), 'written');
  assert.equal(sent, 7);
  assert.equal(await remote.write('empty', { text: '' }, true), 'written');
  assert.deepEqual([...server.files.keys()], ['base/dir/a/b', 'base/dir/empty']);
  assert.equal(await remote.size('a/b'), 7);
  assert.equal(await read(remote, 'a/b'), 'content');
  assert.equal(await read(remote, 'empty'), '');
  assert.equal(server.requests.find(({ method }) => method === 'PUT')!.headers['content-length'], '7');
  assert.ok(server.requests.every(({ headers }) => headers['accept-encoding'] === 'identity'));
});

test('a file says its length before it is sent, and asks not to replace another', async (t) => {
  const server = await startFileServer(t);
  const remote = open(server.url);
  await remote.write('x', { text: 'four' }, false);
  await remote.write('x', { text: 'four' }, true);
  const [careful, forced] = server.requests.map(({ headers }) => headers);
  assert.equal(careful!['content-length'], '4');
  assert.equal(careful!['if-none-match'], '*');
  assert.equal(forced!['if-none-match'], undefined);
  for (const status of [200, 204]) {
    server.answer = (_, response) => Boolean(response.writeHead(status).end());
    assert.equal(await remote.write('x', { text: 'four' }, true), 'written');
  }
  server.answer = (_, response) => Boolean(response.writeHead(412).end());
  assert.equal(await remote.write('x', { text: 'four' }, false), 'exists');
  await assert.rejects(remote.write('x', { text: 'four' }, true), fails('remote-refused', /412/));
});

test('credentials go with every request, and another method where it is set', async (t) => {
  const server = await startFileServer(t);
  const remote = open(server.url, { authorization: 'Bearer t' }, 'POST');
  await remote.size('x');
  await read(remote, 'x');
  await remote.write('x', { text: 'x' }, true);
  assert.deepEqual(
    server.requests.map(({ method, headers }) => [method, headers.authorization]),
    [
      ['HEAD', 'Bearer t'],
      ['GET', 'Bearer t'],
      ['POST', 'Bearer t'],
    ],
  );
});

test('a busy server is asked again, each time later, and no more than four times', async (t) => {
  const server = await startFileServer(t);
  let left = 3;
  server.answer = (_, response) => left-- > 0 && Boolean(response.writeHead(503).end());
  const remote = open(server.url);
  await remote.write('x', { text: 'x' }, true);
  assert.equal(waits.length, 3);
  assert.ok(waits[0]! < waits[2]!, String(waits));
  for (const status of [429, 500, 502, 503, 504]) {
    const waiting = open(server.url);
    server.requests.length = 0;
    server.answer = (_, response) => Boolean(response.writeHead(status).end('busy'));
    await assert.rejects(read(waiting, 'x'), fails('remote-failed', new RegExp(`status ${status}`)));
    assert.equal(server.requests.length, 4);
  }
});

test('a server may say how long to wait, within reason', async (t) => {
  const server = await startFileServer(t);
  const soon = new Date(Date.now() + 5000).toUTCString();
  const answers = ['3', '86400', new Date(0).toUTCString()];
  server.answer = (_, response) =>
    answers.length > 0 && Boolean(response.writeHead(429, { 'retry-after': answers.shift() }).end());
  const remote = open(server.url);
  await remote.size('x');
  assert.deepEqual(waits, [3000, 10_000, 0]);
  answers.push(soon);
  await open(server.url).size('x');
  assert.ok(waits[0]! <= 5000, String(waits));
});

test('refusals are told with what to do, and not tried again', async (t) => {
  const server = await startFileServer(t);
  for (const [status, pattern] of [
    [401, /PIPE_REMOTE_SERVER_TOKEN/],
    [403, /PIPE_REMOTE_SERVER_USER/],
    [405, /PUT/],
    [409, /create_full_put_path/],
    [413, /client_max_body_size/],
    [507, /space/],
  ] as const) {
    server.requests.length = 0;
    server.answer = (_, response) => Boolean(response.writeHead(status).end());
    await assert.rejects(open(server.url).write('x', { text: 'x' }, true), fails('remote-refused', pattern));
    assert.equal(server.requests.filter(({ method }) => method === 'PUT').length, 1);
  }
});

test('a server that does not know HEAD, or tells no length', async (t) => {
  const server = await startFileServer(t);
  server.answer = (_, response) => Boolean(response.writeHead(405).end());
  assert.equal(await open(server.url).size('x'), undefined);
  server.answer = (_, response) => Boolean(response.writeHead(200, { 'transfer-encoding': 'chunked' }).end());
  assert.equal(await open(server.url).size('x'), 'unknown');
});

test('nobody there: told at once', async (t) => {
  const server = await startFileServer(t);
  const url = new URL(server.url);
  url.port = '1';
  await assert.rejects(read(open(url.href), 'x'), fails('remote-unreachable', /ECONNREFUSED/));
  assert.deepEqual(waits, []);
  await assert.rejects(read(open('http://no-such-host.invalid/'), 'x'), fails('remote-unreachable'));
  await assert.rejects(
    read(open('https://127.0.0.1/'), 'x'),
    fails('remote-unreachable', /127\.0\.0\.1:443/),
  );
  await assert.rejects(read(open('http://[::1]:1/'), 'x'), fails('remote-unreachable', /^(?!.*ENOTFOUND)/));
  // By way of a proxy only the proxy knows.
  process.env['NODE_USE_ENV_PROXY'] = '1';
  t.after(() => delete process.env['NODE_USE_ENV_PROXY']);
  await assert.rejects(read(open(url.href), 'x'), fails('remote-failed'));
});

test('a certificate that nobody vouches for: told with what to do, and not tried again', async (t) => {
  const pem = readFileSync(join(import.meta.dirname, '../../../packages/mlflow/test/fixtures/localhost.pem'));
  const server = createServer({ key: pem, cert: pem }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(read(open(url), 'x'), fails('remote-unreachable', /NODE_EXTRA_CA_CERTS/));
  assert.deepEqual(waits, []);
});

test('a redirect is followed; another server never gets the credentials, not even by way of the first', async (t) => {
  const [first, second] = [await startFileServer(t), await startFileServer(t)];
  const secrets = { authorization: 'Bearer t', 'x-key': 'p' };
  second.files.set('other/x', Buffer.from('there'));
  first.files.set('back', Buffer.from('back'));
  const to = (location: string, status = 302) => {
    first.answer = (_, response, { path }) =>
      path === 'x' && Boolean(response.writeHead(status, { location }).end());
  };
  to(`${second.url}other/x`);
  assert.equal(await read(open(first.url, secrets), 'x'), 'there');
  const { headers } = second.requests.at(-1)!;
  assert.deepEqual([headers.authorization, headers['x-key']], [undefined, undefined]);
  assert.equal(first.requests[0]!.headers.authorization, 'Bearer t');

  to('/back', 307);
  assert.equal(await read(open(first.url, secrets), 'x'), 'back');
  assert.equal(first.requests.at(-1)!.headers['x-key'], 'p', 'the same server');

  to(`${second.url}bounce`);
  second.answer = (_, response) => Boolean(response.writeHead(302, { location: `${first.url}back` }).end());
  assert.equal(await read(open(first.url, secrets), 'x'), 'back');
  assert.equal(first.requests.at(-1)!.headers.authorization, undefined);

  // A file is sent on with its body, but never turned into a question.
  second.answer = () => false;
  const path = makeSpace(t).write('f', 'bytes');
  to(`${second.url}moved`, 307);
  assert.equal(await open(first.url, secrets).write('x', { path, size: 5 }, true), 'written');
  assert.equal(String(second.files.get('moved')), 'bytes');
  assert.equal(second.requests.at(-1)!.headers['x-key'], undefined);
  to(`${second.url}for-ever`, 308);
  assert.equal(await open(first.url, secrets).write('x', { path, size: 5 }, true), 'written');
  to(`${second.url}other/x`, 303);
  await assert.rejects(open(first.url).write('x', { path, size: 5 }, true), fails('remote-refused', /303/));

  to('file:///etc/passwd');
  await assert.rejects(read(open(first.url), 'x'), fails('remote-refused', /302/));
  to('/x');
  await assert.rejects(read(open(first.url), 'x'), fails('remote-unreachable', /without end/));
});

test('what may not be seen is not absent, what is absent is removed, and what is encoded has no length', async (t) => {
  const server = await startFileServer(t);
  const remote = open(server.url);
  server.files.set('x', Buffer.from('x'));
  await remote.remove!(['none', 'x']);
  assert.equal(server.files.size, 0);
  const status = (code: number, headers = {}): void => {
    server.answer = (_, response) => Boolean(response.writeHead(code, headers).end());
  };
  for (const gone of [404, 410]) {
    status(gone);
    assert.deepEqual([await remote.size('x'), await read(remote, 'x')], [undefined, undefined]);
    await remote.remove!(['x']);
    assert.equal((await remote.tryList!('')[Symbol.asyncIterator]().next()).done, true);
  }
  for (const refused of [400, 401, 403]) {
    status(refused);
    for (const asked of [() => remote.size('x'), () => read(remote, 'x'), () => remote.remove!(['x']), () => remote.tryList!('')[Symbol.asyncIterator]().next()])
      await assert.rejects(asked(), fails('remote-refused', new RegExp(`status ${refused}`)));
  }
  for (const refused of [405, 501]) {
    status(refused);
    await assert.rejects(remote.remove!(['x']), fails('remote-refused', /allow DELETE/));
    await assert.rejects(remote.tryList!('')[Symbol.asyncIterator]().next(), fails('remote-refused', /PROPFIND/));
  }
  status(206);
  await assert.rejects(read(remote, 'x'), fails('remote-refused', /206/));
  status(200, { 'content-length': '9', 'content-encoding': 'gzip' });
  assert.equal(await remote.size('x'), 'unknown');
}); // prettier-ignore

test('a signed URL stays signed, a name and a password in a redirect are for no one, and names are encoded', async (t) => {
  const server = await startFileServer(t);
  const path = makeSpace(t).write('f', 'bytes');
  const remote = open(`${server.url}base?sig=a%2Fb`);
  assert.equal(remote.url, `${server.url}base/`, 'the signature is not shown');
  const queries: (string | null)[] = [];
  server.answer = ({ url }) => {
    queries.push(new URL(url!, 'http://host').searchParams.get('sig'));
    return false;
  };
  await remote.write('a b/ü#1', { path, size: 5 }, true);
  assert.deepEqual([[...server.files.keys()], await read(remote, 'a b/ü#1'), queries], [['base/a b/ü#1'], 'bytes', ['a/b', 'a/b']]);
  server.files.set('there', Buffer.from('there'));
  server.answer = (_, response, { path: asked }) =>
    asked === 'x' && Boolean(response.writeHead(302, { location: server.url.replace('://', '://eve:pw@') + 'there' }).end());
  assert.equal(await read(open(server.url), 'x'), 'there');
  assert.equal(server.requests.at(-1)!.headers.authorization, undefined);
}); // prettier-ignore
