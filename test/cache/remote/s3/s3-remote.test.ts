// A bucket as a remote: what is asked of a server, and what its answers mean.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync, appendFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import test from 'node:test';
import { bodyToText, Damaged, type Remote } from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';
import { etagOf, KEYS, openBucket, refuse, startBucket } from './bucket-server.ts';
import { fails } from '../fails.ts';

const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 64 << 20)))?.toString();

const MB = 1 << 20;

const wholeOf = (size: number) => ({
  size,
  ranges: [{ start: 0, end: size }],
  version: undefined,
  onVersion: () => undefined,
});

test('files are written below the prefix, found and read, whatever their names', async (t) => {
  const server = await startBucket(t);
  const { remote, space } = await openBucket(t, server);
  const path = space.write('file', 'content');
  const names = ['plain', 'a b c', 'é+c', '100%', 'a&b;c=d?e#f', "it's (1)*!"];
  for (const name of names) {
    assert.equal(await remote.size(name), undefined);
    assert.equal(await read(remote, name), undefined);
    assert.equal(await remote.write(name, { path, size: 7 }, false), 'written');
    assert.equal(await remote.size(name), 7);
    assert.equal(await read(remote, name), 'content');
  }
  assert.deepEqual([...server.objects.keys()], names.map((name) => `at/${name}`));
  await remote.write('empty', { text: '' }, true);
  await remote.write('given', { path: space.path('none'), size: 2, bytes: Buffer.from('in') }, true);
  assert.deepEqual([await remote.size('empty'), await read(remote, 'empty'), await read(remote, 'given')], [0, '', 'in']); // prettier-ignore
  const time = Date.UTC(2026, 0, 2, 3, 4, 5);
  assert.deepEqual(await remote.version!('plain'), { size: 7, etag: hash('md5', 'content'), time });
  const listed: unknown[] = [];
  for await (const page of remote.list!('')) listed.push(...page);
  assert.deepEqual(
    listed,
    [...names, 'empty', 'given'].sort().map((key) => {
      const bytes = server.objects.get(`at/${key}`)!;
      return { key, size: bytes.length, time, etag: hash('md5', bytes) };
    }),
  );
  await remote.remove!(['a b c', '100%', 'never was']);
  server.answer = ({ method, key }, response) => method === 'DELETE' && key === 'at/gone' && refuse(response, 404, 'NoSuchKey');
  await remote.remove!(['gone']);
  assert.deepEqual([await remote.size('a b c'), await remote.size('100%'), await remote.size('plain')], [undefined, undefined, 7]); // prettier-ignore
}); // prettier-ignore

test('a list is of one folder, page by page, in either form of the request', async (t) => {
  const server = await startBucket(t);
  for (const key of ['at/d/1', 'at/d/2 "&', 'at/d/e/3', 'at/data', 'atlas/d/4', 'd/5']) server.objects.set(key, Buffer.from('x')); // prettier-ignore
  server.pageLength = 2;
  for (const options of [{}, { listobjects: 'true' }]) {
    const { remote } = await openBucket(t, server, options);
    const keys: string[] = [];
    for await (const page of remote.list!('d')) keys.push(...page.map(({ key }) => key));
    assert.deepEqual(keys, ['d/1', 'd/2 "&', 'd/e/3']);
  }
  assert.deepEqual(
    server.asked.map(({ query }) => [
      query.get('list-type'),
      query.get('start-after') ?? query.get('marker'),
    ]),
    [
      ['2', null],
      ['2', 'at/d/2 "&'],
      [null, null],
      [null, 'at/d/2 "&'],
    ],
  );
});

test('many are looked for in lists, or one by one where that is not allowed', async (t) => {
  const server = await startBucket(t);
  const keys = Array.from({ length: 12 }, (_, at) => `o/${String(at).padStart(2, '0')}`);
  for (const key of keys.slice(2)) server.objects.set(`at/${key}`, Buffer.from(key));
  const there = new Map(keys.slice(2).map((key) => [key, 4]));
  const { remote } = await openBucket(t, server);
  assert.deepEqual(await remote.sizes(keys, 4), there);
  assert.deepEqual(new Set(server.asked.map(({ method, key }) => `${method} ${key}`)), new Set(['GET ']));
  for (const status of [403, 501]) {
    server.answer = ({ key, method }, response) =>
      key === '' && method === 'GET' && refuse(response, status, 'AccessDenied');
    const other = await openBucket(t, server);
    assert.deepEqual(await other.remote.sizes(keys, 4), there);
  }
  server.answer = (_, response) => refuse(response, 400, 'InvalidRequest');
  await assert.rejects((await openBucket(t, server)).remote.sizes(keys, 4), fails('remote-refused'));
});

test('what may not be seen is not absent: every refusal is said', async (t) => {
  const server = await startBucket(t);
  const { remote } = await openBucket(t, server);
  const asks: readonly (() => Promise<unknown>)[] = [
    () => remote.size('x'),
    () => read(remote, 'x'),
    () => remote.write('x', { text: 'x' }, true),
    () => remote.write('x', { text: 'x' }, false),
    () => remote.remove!(['x']),
    () => remote.list!('')[Symbol.asyncIterator]().next(),
    () => remote.readParts!('x', wholeOf(1), () => undefined),
  ];
  for (const [status, code, pattern] of [
    [403, 'AccessDenied', /s3:ListBucket/],
    [403, 'SignatureDoesNotMatch', /check access key/],
    [403, 'InvalidObjectState', /restore-object/],
    [507, '', /free some space/],
    [400, 'InvalidToken', /unset AWS_SESSION_TOKEN/],
    [403, 'KMS.Denied', /sse_kms_key_id/],
  ] as const) {
    server.answer = ({ method }, response) =>
      method === 'HEAD' ? Boolean(response.writeHead(status).end()) : refuse(response, status, code);
    for (const ask of asks) await assert.rejects(ask(), fails('remote-refused', pattern));
  }
  server.answer = ({ method }, response) =>
    method === 'HEAD' ? Boolean(response.writeHead(404).end()) : refuse(response, 404, 'NoSuchBucket');
  for (const ask of asks.filter((_, at) => at !== 4))
    await assert.rejects(ask(), fails('remote-unreachable', /correct the bucket/));
});

test('another write at the same time is seen; a server without conditions is asked once', async (t) => {
  const server = await startBucket(t);
  const { remote } = await openBucket(t, server);
  server.objects.set('at/x', Buffer.from('theirs'));
  assert.equal(await remote.write('x', { text: 'ours' }, false), 'exists');
  assert.equal(String(server.objects.get('at/x')), 'theirs');
  assert.equal(await remote.write('x', { text: 'ours' }, true), 'written');
  assert.equal(String(server.objects.get('at/x')), 'ours');
  server.answer = ({ headers }, response) =>
    headers['if-none-match'] !== undefined && refuse(response, 501, 'NotImplemented');
  server.asked.length = 0;
  for (const key of ['y', 'z']) assert.equal(await remote.write(key, { text: key }, false), 'written');
  assert.deepEqual(
    server.asked.map(({ key, headers }) => [key, headers['if-none-match']]),
    [
      ['at/y', '*'],
      ['at/y', undefined],
      ['at/z', undefined],
    ],
  );
  // Others say it in their own words.
  const other = await openBucket(t, server);
  server.answer = ({ headers }, response) =>
    headers['if-none-match'] !== undefined &&
    Boolean(
      response.writeHead(400).end('<Error><Code>Bad</Code><Message>What is If-None-Match?</Message></Error>'),
    );
  assert.equal(await other.remote.write('u', { text: 'u' }, false), 'written');
  server.answer = (_, response) => refuse(response, 400, 'Bad');
  await assert.rejects(other.remote.write('t', { text: 't' }, true), fails('remote-refused'));
});

test('a busy server is asked again, no more than four times; a refusal is not', async (t) => {
  const server = await startBucket(t);
  server.objects.set('at/x', Buffer.from('x'));
  let left = 2;
  const busy = (status: number, code: string): void => {
    server.answer = (_, response) => left-- > 0 && refuse(response, status, code, { 'retry-after': '0' });
  };
  const { remote, retries } = await openBucket(t, server);
  busy(503, 'SlowDown');
  assert.equal(await read(remote, 'x'), 'x');
  assert.deepEqual(retries, ['SlowDown: on purpose', 'SlowDown: on purpose']);
  for (const [status, code] of [[500, 'InternalError'], [409, 'OperationAborted'], [400, 'RequestTimeout'], [400, 'BadDigest'], [429, '']] as const) {
    left = Infinity;
    server.asked.length = 0;
    busy(status, code);
    await assert.rejects(remote.write('x', { text: 'x' }, true), fails('remote-failed'));
    assert.equal(server.asked.length, 4, code);
  }
  for (const code of ['AccessDenied', 'ExpiredToken', 'RequestTimeTooSkewed']) {
    server.answer = (_, response) => refuse(response, 403, code, { 'x-amz-bucket-region': 'us-east-1' });
    server.asked.length = 0;
    await assert.rejects(read(remote, 'x'), fails('remote-refused'));
    assert.equal(server.asked.length, 1, code);
  }
  server.answer = () => false;
  server.asked.length = 0;
  assert.equal(await remote.size('none'), undefined);
  assert.deepEqual(server.asked.map(({ method, key }) => `${method} ${key}`), ['HEAD at/none', 'GET ']);
}); // prettier-ignore

test('the region and the clock of the server are believed, once each', async (t) => {
  const server = await startBucket(t);
  server.objects.set('at/x', Buffer.from('x'));
  const regionOf = (authorization = ''): string => authorization.split('/')[2]!;
  server.answer = ({ headers, method }, response) => {
    if (regionOf(headers.authorization) === 'eu-west-9') return false;
    const more = { 'x-amz-bucket-region': 'eu-west-9' };
    return method === 'HEAD'
      ? Boolean(response.writeHead(400, more).end())
      : refuse(response, 400, 'AuthorizationHeaderMalformed', more);
  };
  const { remote } = await openBucket(t, server);
  assert.equal(await remote.size('x'), 1);
  assert.equal(await read(remote, 'x'), 'x');
  assert.deepEqual(
    server.asked.slice(-2).map(({ method }) => method),
    ['HEAD', 'GET'],
    'remembered',
  );

  const late = Date.now() + 3_600_000;
  const dates: string[] = [];
  server.answer = ({ headers }, response) => {
    const date = String(headers['x-amz-date']);
    dates.push(date);
    const isRight = date.slice(0, 11) === new Date(late).toISOString().replaceAll('-', '').slice(0, 11);
    return !isRight && refuse(response, 403, 'RequestTimeTooSkewed', { date: new Date(late).toUTCString() });
  };
  const other = await openBucket(t, server);
  assert.equal(await read(other.remote, 'x'), 'x');
  assert.equal(await read(other.remote, 'x'), 'x');
  assert.equal(dates.length, 3);
  // Both are wrong.
  const skewed = server.answer;
  server.answer = (asked, response) =>
    skewed(asked, response) ||
    (regionOf(asked.headers.authorization) !== 'eu-west-9' &&
      refuse(response, 400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': 'eu-west-9' }));
  assert.equal(await read((await openBucket(t, server)).remote, 'x'), 'x');
  server.answer = (_, response) => refuse(response, 403, 'RequestTimeTooSkewed');
  await assert.rejects(read((await openBucket(t, server)).remote, 'x'), fails('remote-refused', /clock/));
});

test('credentials that are over are asked for again, once for all that wait', async (t) => {
  const [server, space] = [await startBucket(t), makeSpace(t)];
  server.objects.set('at/x', Buffer.from('x'));
  const count = space.path('count');
  const given = `'{"Version":1,"AccessKeyId":"key'$(grep -c x ${count})'","SecretAccessKey":"s","SessionToken":"t"}'`;
  const env = {
    AWS_CONFIG_FILE: space.write(
      'config',
      `[default]\ncredential_process = echo x >> ${count} && printf '%s' ${given}\n`,
    ),
    AWS_SHARED_CREDENTIALS_FILE: space.path('none'),
  };
  for (const key of ['key1', 'key2', 'key3']) server.secrets.set(key, 's');
  const expired = (...keys: readonly string[]): void => {
    server.answer = ({ headers }, response) =>
      keys.some((key) => headers.authorization!.includes(`=${key}/`)) &&
      refuse(response, 400, 'ExpiredToken');
  };
  expired('key1');
  const { remote } = await openBucket(t, server, {}, env);
  assert.deepEqual(await Promise.all(['x', 'x', 'x'].map((key) => read(remote, key))), ['x', 'x', 'x']);
  assert.equal(readFileSync(count, 'utf8'), 'x\nx\n');
  expired('key1', 'key2', 'key3', 'key4', 'key5', 'key6');
  for (const key of ['key4', 'key5', 'key6']) server.secrets.set(key, 's');
  await assert.rejects(read(remote, 'x'), fails('remote-refused', /new temporary credentials/));
});

test('a body that is cut off is never taken for the whole', async (t) => {
  const server = await startBucket(t);
  const large = Buffer.alloc(3 * MB + 1, 'abcdefg');
  server.objects.set('at/small', Buffer.from('whole'));
  server.objects.set('at/large', large);
  let cuts = 1;
  server.answer = ({ method, key }, response) => {
    if (method !== 'GET' || cuts-- <= 0) return false;
    const bytes = server.objects.get(key)!;
    response.writeHead(200, { 'content-length': bytes.length, etag: etagOf(bytes) });
    response.write(bytes.subarray(0, bytes.length - 1), () => response.destroy());
    return true;
  };
  const { remote, retries } = await openBucket(t, server);
  assert.equal(await read(remote, 'small'), 'whole');
  assert.equal(server.asked.length, 2);
  cuts = 1;
  server.asked.length = 0;
  assert.ok((await read(remote, 'large')) === large.toString());
  const [, rest] = server.asked;
  assert.equal(rest!.headers['if-match'], etagOf(large));
  assert.match(rest!.headers.range!, /^bytes=\d+-$/);
  assert.equal(retries.length, 2);

  // Another version, or one that cannot give a part: from the start.
  for (const how of ['replaced', 'ignores ranges'] as const) {
    const other = Buffer.alloc(3 * MB, how);
    server.objects.set('at/large', large);
    cuts = 1;
    const cut = server.answer;
    server.answer = (asked, response) => {
      if (cut(asked, response)) return true;
      if (how === 'replaced') server.objects.set('at/large', other);
      else if (asked.headers.range !== undefined) return Boolean(response.end(large));
      return false;
    };
    const expected = how === 'replaced' ? other : large;
    assert.ok((await read(remote, 'large')) === expected.toString(), how);
    server.answer = cut;
  }
});

test('a server that lets nobody in, says nothing, or nothing more, is not waited for without end', async (t) => {
  const server = await startBucket(t);
  const objects = { small: Buffer.from('whole'), large: Buffer.alloc(MB, 'abc') };
  const { remote } = await openBucket(t, server, {}, KEYS, true);
  assert.equal(await remote.size('small'), undefined);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const afterTicks = async (failing: Promise<void>, ms: number): Promise<void> => {
    const over = failing.then(() => true);
    const turn = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(false)));
    for (let left = 100; left > 0 && !(await Promise.race([over, turn()])); left -= 1) t.mock.timers.tick(ms);
    assert.ok(await Promise.race([over, turn()]), 'it is still waited for');
  };
  const givenUp = async (key: keyof typeof objects, isBegun: boolean): Promise<void> => {
    const waits = Promise.withResolvers<void>();
    server.answer = (_, response) => {
      if (isBegun) response.writeHead(200, { 'content-length': objects[key].length, etag: '"x"' }).write('w');
      else waits.resolve();
      return true;
    };
    const reading = remote.read(key, (body) => {
      waits.resolve();
      return bodyToText(body, 64 << 20);
    });
    const failing = assert.rejects(reading, fails('remote-failed', /silent for 4 s/));
    await waits.promise;
    await afterTicks(failing, 4000);
  };
  await givenUp('small', false);
  await givenUp('small', true);
  await givenUp('large', true);

  const unreachable = await openBucket(t, server, { connect_timeout: '3' }, KEYS, true);
  const called = Promise.withResolvers<void>();
  const connect = t.mock.method(Socket.prototype, 'connect', function never(this: Socket) {
    Object.assign(this, { connecting: true });
    called.resolve();
    return this;
  });
  const asking = assert.rejects(
    unreachable.remote.size('small'),
    fails('remote-unreachable', /no connection within 3 s/),
  );
  await called.promise;
  await new Promise((resolve) => setImmediate(resolve));
  await afterTicks(asking, 3000);
  connect.mock.restore();
});

test('a large object is read in parts of the version that was looked at, or not so', async (t) => {
  const server = await startBucket(t);
  server.objects.set('at/x', Buffer.from('whole'));
  const { remote } = await openBucket(t, server);
  const came = Buffer.alloc(5);
  const take = (start: number, bytes: Uint8Array): void => came.set(bytes, start);
  assert.equal(await remote.readParts!('x', wholeOf(5), take), 'read');
  assert.equal(String(came), 'whole');
  assert.equal(await remote.readParts!('none', wholeOf(5), take), 'missing');
  assert.equal(await remote.readParts!('x', wholeOf(4), take), 'unfit');
  let version: string | undefined;
  const onVersion = (own: string | undefined): void => void (version = own);
  assert.equal(await remote.readParts!('x', { ...wholeOf(5), onVersion }, take), 'read');
  assert.equal(version, hash('md5', 'whole'));
  assert.equal(await remote.readParts!('x', { ...wholeOf(5), version }, take), 'read');
  assert.equal(await remote.readParts!('x', { ...wholeOf(5), version: 'of before' }, take), 'unfit');
  for (const etag of ['W/"weak"', '']) {
    server.answer = ({ method }, response) =>
      method === 'HEAD'
        ? Boolean(response.writeHead(200, { 'content-length': 5, ...(etag && { etag }) }).end())
        : Boolean(response.writeHead(206, { 'content-range': 'bytes 0-4/5' }).end('whole'));
    assert.equal(await remote.readParts!('x', wholeOf(5), take), 'unfit', etag);
  }
});

test('options of the remote reach the server as its headers', async (t) => {
  const server = await startBucket(t);
  const key = Buffer.alloc(32, 7);
  const { remote, space } = await openBucket(t, server, {
    acl: 'private',
    sse: 'aws:kms',
    sse_kms_key_id: 'k1',
    grant_read_acp: 'id=ada',
    sse_customer_key: key.toString('base64'),
  });
  await remote.write('x', { text: 'x' }, true);
  await read(remote, 'x');
  await remote.size('x');
  const [put, get, head] = server.asked.map(({ headers }) => headers);
  const prefix = 'x-amz-server-side-encryption';
  assert.deepEqual(
    ['x-amz-acl', prefix, `${prefix}-aws-kms-key-id`, 'x-amz-grant-read-acp'].map((name) => [put![name], get![name]]),
    [['private', undefined], ['aws:kms', undefined], ['k1', undefined], ['id=ada', undefined]],
  );
  const areEncrypted = (asked: readonly (typeof server.asked)[number]['headers'][]): void => {
    for (const headers of asked)
      assert.deepEqual(
        ['algorithm', 'key', 'key-md5'].map((name) => headers[`${prefix}-customer-${name}`]),
        ['AES256', key.toString('base64'), hash('md5', key, 'base64')],
      );
  };
  areEncrypted([put!, get!, head!]);
  // A large file, too, at each of its steps, and what goes on after an interruption.
  server.asked.length = 0;
  const [path, size] = [space.write('large', Buffer.alloc(16 * MB + 5)), 16 * MB + 5];
  await remote.write('large', { path, size }, false);
  const came = Buffer.alloc(size);
  assert.equal(await remote.readParts!('large', wholeOf(size), (start, bytes) => came.set(bytes, start)), 'read');
  server.objects.set('at/cut', Buffer.from('whole'));
  server.answer = ({ key: of, headers }, response) =>
    of === 'at/cut' && headers.range === undefined &&
    response.writeHead(200, { 'content-length': 5, etag: etagOf(server.objects.get(of)!) }).write('wh', () => response.destroy());
  const pieces: Uint8Array[] = [];
  await remote.read('cut', async (body) => {
    for await (const piece of body) pieces.push(Buffer.from(piece));
  });
  assert.equal(String(Buffer.concat(pieces)), 'whole');
  const steps = server.asked.filter(({ key: of }) => of !== '');
  assert.ok(steps.length >= 8, steps.map(({ method }) => method).join());
  areEncrypted(steps.map(({ headers }) => headers));
  const begun = steps.find(({ query }) => query.has('uploads'))!.headers;
  assert.deepEqual(['x-amz-acl', prefix, 'x-amz-grant-read-acp'].map((name) => begun[name]), ['private', 'aws:kms', 'id=ada']);
  server.answer = () => false;
  const open = await openBucket(t, server, { allow_anonymous_login: 'true' });
  await open.remote.size('x');
  assert.equal(server.asked.at(-1)!.headers['authorization'], undefined);
  await assert.rejects(openBucket(t, server, { sse_customer_key: 'c2hvcnQ=' }), fails('remote-unsupported', /32 bytes/));
}); // prettier-ignore

test('a file is hashed while it is sent: what has other bytes than its digest is not written', async (t) => {
  const server = await startBucket(t);
  const { remote, space } = await openBucket(t, server);
  const path = space.path('file');
  for (const size of [300_000, 16 * MB + 5]) {
    const bytes = Buffer.alloc(size, 'some');
    writeFileSync(path, bytes);
    for (const algorithm of ['sha256', 'md5'] as const) {
      const source = { path, size, unchecked: true, checksum: { algorithm, hex: hash(algorithm, bytes) } } as const;
      assert.equal(await remote.write(algorithm, source, false), 'written');
      assert.ok(server.objects.get(`at/${algorithm}`)!.equals(bytes));
      server.objects.clear();
      bytes[size - 1]! ^= 1;
      writeFileSync(path, bytes);
      await assert.rejects(remote.write(algorithm, source, false), Damaged);
      assert.deepEqual([server.objects.size, server.uploads.size], [0, 0]);
    }
    // What the memory had before is not sent in place of the end.
    await assert.rejects(remote.write('shorter', { path, size: size + 1 }, false), fails('remote-failed', /became shorter/));
    assert.equal(server.objects.size, 0);
    server.uploads.clear();
  }
}); // prettier-ignore

test('a large file goes in parts; what the last step answers decides', async (t) => {
  const server = await startBucket(t);
  const { remote, space } = await openBucket(t, server);
  const [path, size] = [space.path('large'), 16 * MB + 5];
  const parts = [Buffer.alloc(16 * MB), Buffer.from('tail!')] as const;
  for (const part of parts) appendFileSync(path, part);
  let sent = 0;
  const source = { path, size, onSent: (bytes: number) => void (sent += bytes) };
  assert.equal(await remote.write('x', source, false), 'written');
  assert.equal(sent, size);
  assert.ok(server.objects.get('at/x')!.equals(Buffer.concat(parts)));
  const steps = server.asked.map(({ method, query }) => `${method} ${query.get('partNumber') ?? ''}`);
  assert.deepEqual(steps.toSorted(), ['GET ', 'POST ', 'POST ', 'PUT 1', 'PUT 2']);
  assert.equal(server.asked.at(-1)!.headers['if-none-match'], '*');

  // Of the unfinished uploads there the newest with the same bytes goes on, and those of objects that are older than a week go. The
  // others may be of any program.
  for (const [id, key, days, ...bytes] of [
    ['old', `at/objects/sha256/0a/${'b'.repeat(62)}`, 8, ...parts],
    ['ancient', `at/files/md5/1a/${'c'.repeat(30)}.dir`, 30, ...parts],
    ['of DVC 2', `at/2a/${'d'.repeat(30)}`, 30, ...parts],
    ['theirs', 'at/x', 8, ...parts],
    ['of another project', `at/other/files/md5/1a/${'c'.repeat(30)}`, 8, ...parts],
    ['other', 'at/y', 1, ...parts],
    ['older', 'at/x', 6, ...parts],
    ['wrong', 'at/x', 1, Buffer.alloc(16 * MB, 'x')],
    ['empty', 'at/x', 1.5],
    ['newer', 'at/x', 2, parts[0], Buffer.from('TAIL?')],
    ['whole', 'at/z', 3, ...parts],
  ] as const) {
    const begun = new Date(Date.now() - days * 86_400_000).toISOString();
    server.uploads.set(id, { key, begun, parts: new Map(bytes.map((part, at) => [at + 1, part])) });
  }
  server.pageLength = 1;
  const again = await openBucket(t, server);
  server.asked.length = 0;
  assert.equal(await again.remote.write('x', source, true), 'written');
  assert.equal(sent, 2 * size);
  assert.ok(server.objects.get('at/x')!.equals(Buffer.concat(parts)));
  assert.deepEqual(
    server.asked.filter(({ method }) => method === 'PUT').map(({ query }) => query.toString()),
    ['partNumber=2&uploadId=newer'],
  );
  assert.deepEqual(
    [...server.uploads.keys()],
    ['theirs', 'of another project', 'other', 'older', 'wrong', 'empty', 'whole'],
  );
  assert.equal(server.asked.at(-1)!.headers['if-none-match'], undefined);
  assert.ok(
    server.asked.every(({ query }) => query.get('uploads') === null || query.get('prefix') === 'at/'),
  );
  // Several on one page.
  server.pageLength = 1000;
  const third = await openBucket(t, server);
  server.asked.length = 0;
  assert.equal(await third.remote.write('y', source, true), 'written');
  assert.ok(!server.asked.some(({ method }) => method === 'PUT'), 'all parts were there');
  server.pageLength = 1;

  // The answer begins well, and ends with an error.
  const failing = (code: string, status = 200): void => {
    server.answer = ({ method, query }, response) =>
      method === 'POST' && query.has('uploadId') && refuse(response, status, code);
  };
  server.asked.length = 0;
  failing('QuotaExceeded');
  await assert.rejects(again.remote.write('z', source, true), fails('remote-refused', /QuotaExceeded/));
  assert.ok(!server.asked.some(({ method }) => method === 'PUT'), 'all parts were there');
  failing('PreconditionFailed', 412);
  assert.equal(await again.remote.write('z', source, false), 'exists');
  // Completed by somebody else, as the whole file only.
  failing('NoSuchUpload', 404);
  server.objects.set('at/z', Buffer.alloc(5));
  await assert.rejects(again.remote.write('z', source, true), fails('remote-refused', /NoSuchUpload/));
  server.objects.set('at/z', server.objects.get('at/x')!);
  assert.equal(await again.remote.write('z', source, false), 'written');

  // Another push of the same file completes the upload, or aborts it, while parts are on their way.
  const taking = (take: (key: string) => void): void => {
    let isTaken = false;
    server.answer = ({ method, query, key }) => {
      if (method === 'PUT' && !isTaken) {
        isTaken = true;
        server.uploads.delete(query.get('uploadId')!);
        take(key);
      }
      return false;
    };
  };
  taking((key) => server.objects.set(key, server.objects.get('at/x')!));
  assert.equal(await again.remote.write('v', source, false), 'written');
  assert.ok(
    !server.asked.some(
      ({ key, method, query }) => method === 'POST' && key === 'at/v' && query.has('uploadId'),
    ),
  );
  server.objects.set('at/w', Buffer.alloc(size));
  taking((key) => server.objects.set(key, Buffer.alloc(5)));
  assert.equal(await again.remote.write('u', source, false), 'written');
  assert.ok(server.objects.get('at/u')!.equals(Buffer.concat(parts)), 'not what is there of another length');
  let refusals = 1;
  server.answer = ({ method, query }, response) =>
    method === 'POST' && query.has('uploadId') && refusals-- > 0 && refuse(response, 400, 'InvalidPart');
  assert.equal(await again.remote.write('t', source, true), 'written');
  assert.ok(server.objects.get('at/t')!.equals(Buffer.concat(parts)), 'the parts were those of another push');
  taking(() => undefined);
  assert.equal(await again.remote.write('w', source, true), 'written');
  assert.ok(server.objects.get('at/w')!.equals(Buffer.concat(parts)), 'an upload of its own');
});
