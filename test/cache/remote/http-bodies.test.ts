// Bodies of HTTP: cut off, slow, in parts, or never there.

import assert from 'node:assert/strict';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import test from 'node:test';
import { bodyToText, openHttpRemote, type Remote } from '../../../src/cache/cache.ts';
import { makeSpace } from '../../hash/space.ts';
import { startFileServer } from './file-server.ts';
import { fails } from './fails.ts';
import { open, read, retries, waits } from './http-opened.ts';

test('a body that is cut off is read again from its start', async (t) => {
  const server = await startFileServer(t);
  server.files.set('x', Buffer.from('whole'));
  let left = 2;
  server.answer = (_, response) => {
    if (left-- <= 0) return false;
    response.writeHead(200, { 'content-length': '5' });
    response.write('who', () => response.destroy());
    return true;
  };
  assert.equal(await read(open(server.url), 'x'), 'whole');
  left = Infinity;
  await assert.rejects(read(open(server.url), 'x'), fails('remote-failed', /cut off/));
});

test('what the taker throws is not tried again', async (t) => {
  const server = await startFileServer(t);
  server.files.set('x', Buffer.alloc(100));
  const remote = open(server.url);
  await assert.rejects(
    remote.read('x', (body) => bodyToText(body, 99)),
    { message: '' },
  );
  assert.equal(server.requests.length, 1);
  assert.deepEqual(waits, []);
  // What is not wanted any more does not come on.
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  server.answer = (_, response) => response.once('close', resolve).write(Buffer.alloc(200));
  await assert.rejects(
    remote.read('x', (body) => bodyToText(body, 99)),
    { message: '' },
  );
  await ended;
});

test('nothing waits for a server once it has answered, or is gone', async (t) => {
  const server = await startFileServer(t);
  const remote = open(server.url);
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  assert.equal(await remote.size('none'), undefined);
  assert.equal(timers(), before);
  server.answer = (_, response) => Boolean(response.destroy());
  await assert.rejects(remote.size('none'), fails('remote-failed'));
  assert.equal(timers(), before);
});

test('a server that says nothing is not waited for without end', async (t) => {
  const server = await startFileServer(t);
  const remote = open(server.url);
  await remote.size('x');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let arrived = Promise.withResolvers<void>();
  server.answer = () => {
    arrived.resolve();
    return true;
  };
  const failing = assert.rejects(read(remote, 'x'), fails('remote-failed', /silent for 30 s/));
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await arrived.promise;
    arrived = Promise.withResolvers();
    t.mock.timers.tick(30_000);
  }
  await failing;
});

const slow = { bytes: 1000, seconds: 0.2 };

function openSlow(url: string): Remote {
  retries.length = 0;
  const wait = (): Promise<void> => Promise.resolve();
  const onRetry = (reason: string): void => void retries.push(reason);
  return openHttpRemote({
    name: 'server',
    url: new URL(url),
    headers: {},
    method: 'PUT',
    pace: slow,
    wait,
    onRetry,
  });
}

test('a server that drips is given up', async (t) => {
  const server = await startFileServer(t);
  server.answer = (_, response) => {
    response.write('x');
    const drip = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(drip));
    return true;
  };
  const reading = read(openSlow(server.url), 'x');
  await assert.rejects(reading, fails('remote-failed', /in 0\.2 s|for 0\.2 s/));
  assert.equal(retries.length, 3);
  // On a busy machine not even a byte of some attempt is read in that time.
  assert.match(retries.join(), /only \d+ bytes in 0\.2 s/);
});

test('a server that does not take what is sent is given up, too', async (t) => {
  const sockets: Socket[] = [];
  const server = createNetServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const path = makeSpace(t).write('large', Buffer.alloc(32 << 20));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const writing = openSlow(url).write('x', { path, size: 32 << 20 }, true);
  await assert.rejects(writing, fails('remote-failed', /0\.2 s/));
});

test('a file whose bytes go away while it is sent is no fault of the server', async (t) => {
  const server = await startFileServer(t);
  const missing = { path: makeSpace(t).path('gone'), size: 5 };
  await assert.rejects(open(server.url).write('x', missing, true), { code: 'ENOENT' });
  assert.deepEqual(waits, []);
});

test('parts of a large file: of one version, each where it was cut off', async (t) => {
  const server = await startFileServer(t);
  const bytes = Buffer.alloc(2000, 'abcdefghijk');
  const came = Buffer.alloc(2000);
  const take = (start: number, piece: Uint8Array): void => came.set(piece, start);
  let etag = '"one"';
  let most = Infinity;
  let isKnown = true;
  server.answer = ({ headers }, response) => {
    const [, start = '0', end = '1999'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    const isPart = isKnown && headers.range !== undefined && (headers['if-range'] ?? etag) === etag;
    const part = isPart ? bytes.subarray(Number(start), Number(end) + 1) : bytes;
    response.writeHead(isPart ? 206 : 200, { etag, 'content-length': part.length, ...(isPart && { 'content-range': `bytes ${start}-${end}/2000` }) });
    if (part.length <= most) response.end(part);
    else response.write(part.subarray(0, most), () => response.destroy());
    return true;
  };
  let version: string | undefined;
  const parts = (more: object = {}): Promise<unknown> => open(server.url).readParts!('x', {
    size: 2000,
    ranges: [{ start: 3, end: 1500 }, { start: 1600, end: 2000 }],
    version: undefined,
    onVersion: (own) => void (version = own),
    ...more,
  }, take);
  assert.equal(await parts(), 'read');
  assert.equal(version, '"one"');
  const expected = Buffer.from(bytes).fill(0, 0, 3).fill(0, 1500, 1600);
  assert.ok(came.equals(expected));
  came.fill(0);
  most = 800;
  assert.equal(await parts({ version }), 'read');
  assert.equal(retries.length, 1);
  assert.ok(came.equals(expected));
  most = Infinity;
  etag = '"two"';
  assert.equal(await parts({ version }), 'unfit');
  const [honest] = [server.answer];
  server.answer = (request, response, asked) => {
    delete request.headers['if-range'];
    return honest(request, response, asked);
  };
  assert.equal(await parts({ version }), 'unfit', 'a part of another version');
  server.answer = honest;
  isKnown = false;
  assert.equal(await parts(), 'unfit');
  assert.equal(await parts({ ranges: [{ start: 0, end: 2000 }] }), 'read');
  assert.ok(came.equals(bytes));
  assert.equal(await parts({ ranges: [{ start: 0, end: 2001 }], size: 2001 }), 'unfit');
  isKnown = true;
  etag = 'W/"weak"';
  await parts();
  assert.equal(version, undefined, 'a weak tag names no bytes');
  server.answer = (_, response) => Boolean(response.writeHead(206, { 'content-range': 'bytes 9-10/2000' }).end('xx'));
  assert.equal(await parts({ ranges: [{ start: 0, end: 2 }] }), 'unfit', 'another part than was asked for');
  // In several pieces; the time of its last change where there is no tag.
  const large = Buffer.alloc(300_000, 'abcdefghijk');
  const time = 'Sat, 24 May 2014 00:00:00 GMT';
  server.answer = ({ headers }, response) => {
    const [, start = '0'] = /^bytes=(\d+)-/.exec(headers.range ?? '')!;
    response.writeHead(206, { 'last-modified': time, 'content-range': `bytes ${start}-299999/300000` }).end(large.subarray(Number(start)));
    return true;
  };
  const whole = Buffer.alloc(large.length);
  const toWhole = (start: number, piece: Uint8Array): void => whole.set(piece, start);
  const lacking = { size: large.length, ranges: [{ start: 3, end: large.length }], onVersion: (own: string | undefined) => void (version = own) };
  assert.equal(await open(server.url).readParts!('x', { ...lacking, version: undefined }, toWhole), 'read');
  assert.deepEqual([version, whole.subarray(3).equals(large.subarray(3))], [time, true]);
  assert.equal(await open(server.url).readParts!('x', { ...lacking, version: 'another time' }, toWhole), 'unfit');
  server.answer = (_, response) => Boolean(response.writeHead(206, { 'content-encoding': 'x', 'content-range': 'bytes 0-1/2000' }).end('xx'));
  assert.equal(await parts({ ranges: [{ start: 0, end: 2 }] }), 'unfit', 'bytes of another kind');
  for (const [status, expectedEnd] of [[404, 'missing'], [410, 'missing'], [412, 'unfit'], [416, 'unfit']] as const) {
    server.answer = (_, response) => Boolean(response.writeHead(status).end());
    assert.equal(await parts(), expectedEnd);
  }
  server.answer = (_, response) => Boolean(response.writeHead(403).end());
  await assert.rejects(parts(), fails('remote-refused', /403/));
}); // prettier-ignore
