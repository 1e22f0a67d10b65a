// The checksums of files on servers are those that DVC records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpContent, infoOf } from '../../src/source/source.ts';

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
