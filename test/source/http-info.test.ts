// The checksums of files on servers are those that DVC records.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { httpContent, infoOf, openSource } from '../../src/source/source.ts';

const url = 'http://127.0.0.1:18555/noetag.txt';
const checksum = (headers: Record<string, string>): string =>
  httpContent(url, infoOf(url, new Headers(headers))).digest;

test('an ETag is taken as it is, else the Content-MD5', () => {
  assert.equal(checksum({ etag: '"abc-x"', 'content-md5': 'x==' }), '"abc-x"');
  assert.equal(checksum({ 'content-md5': 'SWBo2XElFZfnc91ZpYFOqA==' }), 'SWBo2XElFZfnc91ZpYFOqA==');
});

test('without both, it is the number that DVC 3.67 makes of what the server says', () => {
  const headers = { 'content-length': '8', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };
  assert.equal(checksum(headers), '230946607195333122601212014552408640897');
  for (const more of [{ 'content-type': 'text/plain' }, { 'accept-ranges': 'none' }])
    assert.notEqual(checksum({ ...headers, ...more }), checksum(headers));
  assert.equal(
    checksum({ ...headers, 'content-type': 'text/plain; charset=utf-8' }),
    checksum({ ...headers, 'content-type': 'text/plain' }),
  );
});

test('DVC counts the URL as it is written, and as its library encodes it', async (t) => {
  const written = 'http://127.0.0.1:18555/%7Ea b/ü%2F?x=a b';
  const kept = 'http://host/%3F%5B';
  assert.equal(infoOf(kept, new Headers()).get('url'), kept);
  const headers = { 'content-length': '8', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };
  const info = infoOf(new URL(written).href, new Headers(headers));
  assert.equal(info.get('url'), 'http://127.0.0.1:18555/~a%20b/%C3%BC%2F?x=a+b');
  assert.equal(httpContent(written, info).digest, '218873579134231756384196942156099680803');
  const server = createServer((_request, response) => response.writeHead(200, headers).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const at = written.replace('18555', String((server.address() as AddressInfo).port));
  const given = at.replace('//', '//me:secret@') as WorkspacePath;
  const source = await openSource(given, given, { root: '/', rules: dvcContent, env: {} });
  const expected = httpContent(at, infoOf(new URL(at).href, new Headers(headers)));
  assert.deepEqual(await source.look(), expected);
});

test('the size is unknown where the body is encoded', () => {
  const sized = httpContent(url, infoOf(url, new Headers({ 'content-length': '8' })));
  assert.deepEqual([sized.size, sized.unsized], [8, undefined]);
  const encoded = new Headers({ 'content-length': '8', 'content-encoding': 'gzip' });
  const { size, unsized } = httpContent(url, infoOf(url, encoded));
  assert.deepEqual([size, unsized], [0, true]);
  encoded.set('content-encoding', 'identity');
  assert.equal(httpContent(url, infoOf(url, encoded)).size, 8);
});
