// Bodies of a bucket: cut off, in parts, hashed on their way.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { Damaged } from '../../../../src/cache/cache.ts';
import { etagOf, openBucket, refuse, startBucket } from './bucket-server.ts';
import { fails } from '../fails.ts';
import { MB, read, wholeOf } from './reading.ts';

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
