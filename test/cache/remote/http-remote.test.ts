import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { bodyToText, openHttpRemote, type Remote } from '../../../src/cache/cache.ts';
import { makeSpace } from '../../hash/space.ts';
import { startFileServer } from './file-server.ts';
import { fails } from './fails.ts';

const waits: number[] = [];
const retries: string[] = [];

function open(url: string, headers: Readonly<Record<string, string>> = {}, method = 'PUT'): Remote {
  waits.length = 0;
  retries.length = 0;
  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  const onRetry = (reason: string): void => void retries.push(reason);
  return openHttpRemote({ name: 'server', url: new URL(url), headers, method, wait, onRetry });
}

const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 1 << 20)))?.toString();

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

test('a certificate that nobody vouches for: told with what to do, and not tried again', async (t) => {
  const pem = readFileSync(join(import.meta.dirname, '../../../packages/mlflow/test/fixtures/localhost.pem'));
  const server = createServer({ key: pem, cert: pem }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(read(open(url), 'x'), fails('remote-unreachable', /NODE_EXTRA_CA_CERTS/));
  assert.deepEqual(waits, []);
});

test('a WebDAV server is asked for folders, each once', async (t) => {
  const server = await startFileServer(t);
  const made = new Set<string>();
  let lacking = 409;
  server.answer = (_, response, { method, path }) => {
    const folder = dirname(path);
    if (method === 'MKCOL') {
      const name = path.replace(/\/$/, '');
      const possible = dirname(name) === '.' || made.has(dirname(name));
      response.writeHead(made.has(name) ? 405 : possible ? 201 : 409).end();
      if (possible) made.add(name);
      return true;
    }
    return method === 'PUT' && !made.has(folder) && Boolean(response.writeHead(lacking).end());
  };
  const remote = open(`${server.url}top/base`);
  for (const key of ['a/b/c', 'a/b/d', 'a/e/f'])
    assert.equal(await remote.write(key, { text: key }, true), 'written');
  assert.deepEqual([...server.files.keys()], ['top/base/a/b/c', 'top/base/a/b/d', 'top/base/a/e/f']);
  assert.deepEqual(
    server.requests.map(({ method, path }) => `${method} ${path}`),
    [
      'PUT top/base/a/b/c',
      'MKCOL top/',
      'MKCOL top/base/',
      'MKCOL top/base/a/',
      'MKCOL top/base/a/b/',
      'PUT top/base/a/b/c',
      'PUT top/base/a/b/d',
      'MKCOL top/base/a/e/',
      'PUT top/base/a/e/f',
    ],
  );
  lacking = 404;
  assert.equal(await open(`${server.url}top/other`).write('a/b', { text: 'x' }, true), 'written');
  assert.ok(server.files.has('top/other/a/b'));
  // Somebody else makes the folder at the same moment.
  const { answer } = server;
  server.answer = (request, response, asked) => {
    const isFirst = asked.method === 'PUT' && !made.has('top/base/z') && Boolean(made.add('top/base/z'));
    return isFirst ? Boolean(response.writeHead(409).end()) : answer(request, response, asked);
  };
  assert.equal(await open(`${server.url}top/base`).write('z/a', { text: 'x' }, true), 'written');
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

test('a WebDAV server lists its folders to their ends, and nothing outside of them', async (t) => {
  const server = await startFileServer(t);
  const entry = (href: string, size?: number): string =>
    `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${
      size === undefined
        ? '<d:resourcetype><d:collection/></d:resourcetype>'
        : `<d:resourcetype/><d:getcontentlength>${size}</d:getcontentlength><d:getlastmodified>Sat, 24 May 2014 00:00:00 GMT</d:getlastmodified>`
    }</d:prop></d:propstat></d:response>`;
  const folders: Readonly<Record<string, readonly string[]>> = {
    'base/': [entry('/base/'), entry('/etcetera', 5), entry('/base/top', 1), entry('/base/o', undefined), entry('/base/p', undefined)],
    'base/p/': [entry('/base/p/'), entry('/base/p/q', 1)],
    'base/o/': [entry('/base/o/'), entry(`${server.url}base/o/a%20b`, 2), entry('/base/o/x.tmp', 3), entry('/base/o/deep/'), entry('/base/o/c&amp;d&amp;e&#38;f&#38;g', 4), entry('/base/o/e+f', 5), entry('/etc/passwd', 5), entry('/base/o/../../up', 6), entry('/base/o/deep/inner', 7), entry('/base/other', 8), entry('/base/o/%ff', 1), entry('http://[', 1), '<d:response><d:prop/></d:response>', '<d:response><d:href>/base/o/bare</d:href></d:response>'],
    'base/o/deep/': [entry('/base/o/deep/'), entry('/base/o/deep/%C3%A9', 9)],
  };
  server.answer = ({ headers }, response, { method, path }) => {
    if (method !== 'PROPFIND' || headers['depth'] !== '1') return false;
    const found = folders[path];
    return Boolean(found ? response.writeHead(207).end(`<d:multistatus>${found.join('')}</d:multistatus>`) : response.writeHead(404).end());
  };
  const list = async (folder: string): Promise<ReadonlyMap<string, number>> => {
    const files = [];
    for await (const page of open(`${server.url}base`).tryList!(folder)) files.push(...page);
    // A file of no known age is never old.
    assert.ok(files.every(({ key, time }) => (key === 'o/bare' ? Number.isNaN(time) : time === Date.UTC(2014, 4, 24))));
    return new Map(files.map(({ key, size }) => [key, size]));
  };
  const inside = [['o/a b', 2], ['o/c&d&e&f&g', 4], ['o/e+f', 5], ['o/bare', 0], ['o/deep/é', 9]] as const;
  assert.deepEqual(await list(''), new Map([['top', 1], ...inside, ['p/q', 1]]));
  assert.deepEqual(await list('o'), new Map(inside));
  assert.deepEqual(await list('none'), new Map());
  // A name with a space, and tags of other prefixes and cases with attributes.
  const own = '<x:Response a="b"><x:href c="d">/a%20b/o/</x:href><x:RESOURCETYPE><x:COLLECTION/></x:RESOURCETYPE></x:Response>';
  const file = '<response><href>/a%20b/o/x</href><getcontentlength>3</getcontentlength></response>';
  server.answer = (_, response, { path }) => Boolean(response.writeHead(207).end(`<multistatus>${path === 'a b/' ? own : file}</multistatus>`));
  const found: string[] = [];
  for await (const page of open(`${server.url}a%20b`).tryList!('')) found.push(...page.map(({ key }) => key));
  assert.deepEqual(found, ['o/x']);
}); // prettier-ignore

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
