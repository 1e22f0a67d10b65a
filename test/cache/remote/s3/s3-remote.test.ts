// A bucket as a remote: what is asked of a server, and what its answers mean.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { etagOf, openBucket, refuse, startBucket } from './bucket-server.ts';
import { fails } from '../fails.ts';
import { MB, read, wholeOf } from './reading.ts';

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
  const clear = { sse_customer_key: key.toString('base64'), endpointurl: 'http://minio.example.org' };
  await assert.rejects(openBucket(t, server, clear), fails('remote-unsupported', /would be sent to http:\/\/minio.example.org for all/));
}); // prettier-ignore
