// Connections to a server: when one is used again, what ends it, and the ways through a proxy.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { bodyToText, openTransport } from '../../../../src/cache/cache.ts';
import { selfSigned } from '../certificate.ts';

type Options = Parameters<typeof openTransport>[0];
type Transport = ReturnType<typeof openTransport>;

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function open(t: TestContext, port: number, options: Partial<Options> = {}): Transport {
  const transport = openTransport({
    secure: false,
    hostname: '127.0.0.1',
    port,
    ca: undefined,
    verify: true,
    pace: { bytes: 0, seconds: 30 },
    connectSeconds: 5,
    env: {},
    ...options,
  });
  t.after(() => transport.close());
  return transport;
}

const get = async (transport: Transport, path = '/', length = 64 << 20, host = 'h'): Promise<string> => {
  // A connection is free a moment after its answer.
  await new Promise(setImmediate);
  const { body } = await transport.send({ method: 'GET', path, headers: { host } });
  return (await bodyToText(body, length)).toString();
};

const OK = 'HTTP/1.1 200 OK\r\n';

/** A server that answers the requests of a connection, as they are complete, by their path. @returns which came on which connection. */
async function scripted(
  t: TestContext,
  answers: Readonly<Record<string, (socket: Socket) => unknown>>,
): Promise<{ readonly port: number; readonly came: string[]; readonly heads: string[] }> {
  const came: string[] = [];
  const heads: string[] = [];
  let count = 0;
  const server = createServer((socket) => {
    const number = (count += 1);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        const path = / \/(\S*) /.exec(head)?.[1] ?? '';
        heads.push(head);
        came.push(`${number} ${path}`);
        answers[path]?.(socket);
      }
    });
  });
  return { port: await listening(t, server), came, heads };
}

test('a connection is used again where the server says so, and its answer has an end', async (t) => {
  const say = (text: string) => (socket: Socket) => socket.write(text);
  const large = Array.from({ length: 60_000 }, (_, index) => index).join();
  const server = await scripted(t, {
    plain: say(`${OK}content-length: 2\r\n\r\nok`),
    chunked: say(`${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`),
    large: say(`${OK}content-length: ${large.length}\r\n\r\n${large}`),
    closed: say(`${OK}connection: close\r\ncontent-length: 2\r\n\r\nok`),
    old: say(`HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok`),
    rest: (socket) => socket.end(`${OK}\r\n${large}`),
    more: say(`${OK}content-length: 2\r\n\r\nok and more`),
    // It is free until a second before the server closes it.
    soon: say(`${OK}keep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok`),
    odd: say('SSH-2.0-x\r\n\r\n'),
  });
  const transport = open(t, server.port);
  for (const path of ['plain', 'chunked', 'large', 'plain', 'closed', 'old', 'rest', 'more', 'soon', 'plain'])
    assert.equal(await get(transport, `/${path}`), path === 'large' || path === 'rest' ? large : 'ok', path);
  await assert.rejects(get(transport, '/odd'), /HTTP/);
  assert.equal(await get(transport, '/plain'), 'ok');
  assert.equal(
    server.came.join(', '),
    '1 plain, 1 chunked, 1 large, 1 plain, 1 closed, 2 old, 3 rest, 4 more, 5 soon, 6 plain, 7 odd, 8 plain',
  );
  // Several at once have one each; those are free afterwards, and one that the server closed is not used.
  await Promise.all([get(transport, '/plain'), get(transport, '/plain')]);
  assert.deepEqual(server.came.slice(-2).sort(), ['6 plain', '8 plain']);
});

test('a part of a body that is not wanted ends the connection, or comes where it is short', async (t) => {
  const say = (length: number) => (socket: Socket) => {
    socket.write(`${OK}content-length: ${length}\r\n\r\n${'x'.repeat(length)}`);
  };
  const server = await scripted(t, { short: say(9), long: say(1 << 20), last: say(1) });
  const transport = open(t, server.port);
  const close = async (path: string): Promise<void> => {
    await new Promise(setImmediate);
    (await transport.send({ method: 'GET', path, headers: {} })).close();
  };
  await close('/short');
  assert.equal(await get(transport, '/last'), 'x');
  await close('/long');
  assert.equal(await get(transport, '/last'), 'x');
  await assert.rejects(get(transport, '/long', 1000));
  assert.equal(await get(transport, '/last'), 'x');
  assert.deepEqual(server.came, ['1 short', '1 last', '1 long', '2 last', '3 long', '2 last']);
});

test('no more of a body comes than what is taken, and what is taken late is whole', async (t) => {
  const whole = Buffer.from(Uint32Array.from({ length: 6 << 20 }, (_, index) => index).buffer);
  const chunk = 30_000;
  let there: Socket | undefined;
  const server = await scripted(t, {
    large: (socket) => {
      there = socket;
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      for (let at = 0; at < whole.length; at += chunk) {
        const bytes = whole.subarray(at, at + chunk);
        socket.write(`${bytes.length.toString(16)}\r\n`);
        socket.write(bytes);
        socket.write('\r\n');
      }
      socket.write('0\r\n\r\n');
    },
  });
  const { body } = await open(t, server.port).send({ method: 'GET', path: '/large', headers: {} });
  const turns = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) await new Promise(setImmediate);
  };
  let came = 0;
  for await (const piece of body) {
    const isFirst = came === 0;
    if (came < 1 << 20) await turns(isFirst ? 200 : 3);
    // What is under way is in the memory of the system.
    if (isFirst) assert.ok(there!.writableLength > whole.length / 4, `${there!.writableLength}`);
    if (!whole.subarray(came, came + piece.length).equals(piece)) assert.fail(`other bytes at ${came}`);
    came += piece.length;
  }
  assert.equal(came, whole.length);
});

test('an answer ends the sending of a body, and the connection with it', async (t) => {
  const server = await scripted(t, {
    refused: (socket) => socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'),
    asked: (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
    last: (socket) => socket.write(`${OK}content-length: 1\r\n\r\nx`),
  });
  const transport = open(t, server.port);
  const bytes = Buffer.alloc(1 << 20);
  const refused = await transport.send({ method: 'PUT', path: '/refused', headers: {}, body: bytes });
  assert.equal(refused.status, 403);
  assert.equal(await get(transport, '/last'), 'x');
  assert.deepEqual(server.came, ['1 refused', '2 last']);
  const [head] = server.heads;
  assert.match(head!, /\r\ncontent-length: 1048576\r\nexpect: 100-continue\r\n/);
  // Once it may, it sends; without a body it says that there is none.
  let sent = 0;
  void transport.send({ method: 'PUT', path: '/asked', headers: {}, body: { bytes, onSent: (some) => (sent += some) } }).catch(() => undefined);
  while (sent < bytes.length) await new Promise(setImmediate);
  void transport.send({ method: 'POST', path: '/nothing', headers: {} }).catch(() => undefined);
  while (!server.heads.at(-1)!.includes('/nothing')) await new Promise(setImmediate);
  assert.match(server.heads.at(-1)!, /\r\ncontent-length: 0(\r\n|$)/);
}); // prettier-ignore

test('once there is a connection, an answer may take longer than a connection may', async (t) => {
  const waiting: Socket[] = [];
  const wait = (socket: Socket): unknown => waiting.push(socket);
  // A proxy is asked for a URL.
  const server = await scripted(t, { slow: wait, '': wait });
  const direct = open(t, server.port);
  const byProxy = open(t, 1, { env: { http_proxy: `http://127.0.0.1:${server.port}` } });
  // Only the timers of connections: what earlier tests left to be cleared must be.
  const late = new Map<unknown, () => void>();
  const { setTimeout: start, clearTimeout: clear } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (work: () => void, wait?: number) => {
    const timer = start(work, wait);
    if (wait === 5000) late.set(timer, work);
    return timer;
  });
  t.mock.method(globalThis, 'clearTimeout', (timer: NodeJS.Timeout) => {
    late.delete(timer);
    clear(timer);
  });
  for (const transport of [direct, byProxy]) {
    const answer = get(transport, '/slow', 99, '127.0.0.1:1');
    answer.catch(() => undefined);
    for (let turns = 0; waiting.length === 0 && turns < 100_000; turns += 1) await new Promise(setImmediate);
    for (const work of late.values()) work();
    waiting.pop()!.write(`${OK}content-length: 2\r\n\r\nok`);
    assert.equal(await answer, 'ok');
  }
});

test('requests go through a proxy that the environment names, but for hosts that it excepts', async (t) => {
  const through: string[] = [];
  const proxy = createHttpServer((request, response) => {
    through.push(request.url!);
    request.resume();
    request.on('end', () => response.end('by the proxy'));
  });
  proxy.on('connect', ({ url }, client: Socket) => {
    through.push(`connect ${url}`);
    const [host, port] = url!.split(':');
    const there = connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [there, client]) socket.on('error', () => undefined);
    there.pipe(client).pipe(there);
  });
  const proxyPort = await listening(t, proxy);
  const named = `http://127.0.0.1:${proxyPort}`;
  const plain = open(t, 1, { hostname: 'store.test', env: { http_proxy: named } });
  assert.equal(await get(plain, '/a', 99, 'store.test:1'), 'by the proxy');
  const sent = await plain.send({ method: 'PUT', path: '/b', headers: {}, body: Buffer.from('bytes') });
  assert.equal(sent.status, 200);
  sent.close();
  assert.deepEqual(through.splice(0), ['http://store.test:1/a', 'http://store.test:1/b']);

  const own = selfSigned();
  // Other bytes everywhere: the memory of pieces is used again.
  const large = Array.from({ length: 200_000 }, (_, index) => index).join();
  const secure = createHttpsServer(own, (_, response) => response.end(large));
  const port = await listening(t, secure);
  const options = { secure: true, ca: own.cert };
  const tunnelled = open(t, port, { ...options, env: { HTTPS_PROXY: named } });
  assert.ok((await get(tunnelled, '/', 2 << 20, `127.0.0.1:${port}`)) === large);
  assert.deepEqual(through.splice(0), [`connect 127.0.0.1:${port}`]);
  for (const env of [{ HTTPS_PROXY: named, NO_PROXY: '127.0.0.1' }, {}])
    assert.ok((await get(open(t, port, { ...options, env }), '/', 2 << 20, `127.0.0.1:${port}`)) === large);
  await assert.rejects(get(open(t, port, { secure: true })), /certificate/);
  const other = { secure: true, ca: selfSigned().cert };
  for (const env of [{ HTTPS_PROXY: named, NO_PROXY: '127.0.0.1' }, {}])
    await assert.rejects(get(open(t, port, { ...other, env })), /certificate/);
  assert.deepEqual(through, []);
});
