// Signatures against the examples that AWS publishes ("Signature Calculations for the Authorization Header", S3 API reference).
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { encodePath, encodeQuery, sign } from '../../../../src/cache/cache.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', time: Date.UTC(2013, 4, 24) };
const host = 'examplebucket.s3.amazonaws.com';
const signature = (headers: Readonly<Record<string, string>>): string =>
  /Signature=(\w+)$/.exec(headers['authorization']!)![1]!;

test('a list of a bucket', () => {
  const headers = sign(
    {
      method: 'GET',
      host,
      path: '/',
      query: encodeQuery({ prefix: 'J', 'max-keys': '2' }),
      headers: {},
      sha256: hash('sha256', ''),
    },
    credentials,
    scope,
  );
  assert.equal(signature(headers), '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
  assert.equal(headers['x-amz-date'], '20130524T000000Z');
});

test('paths and queries are encoded as signatures want it', () => {
  assert.equal(encodePath('/a b/é+*(x)/~'), '/a%20b/%C3%A9%2B%2A%28x%29/~');
  assert.equal(
    encodeQuery({ uploads: '', 'b c': 'd/e', 'a-b': '', a: '=' }),
    'a=%3D&a-b=&b%20c=d%2Fe&uploads=',
  );
});

test('the token of temporary credentials is signed along', () => {
  const headers = sign(
    {
      method: 'PUT',
      host,
      path: '/x',
      query: '',
      headers: { 'if-none-match': '*', 'content-type': 'text/plain' },
      sha256: 'abc',
    },
    { ...credentials, sessionToken: 'token' },
    scope,
  );
  assert.match(
    headers['authorization']!,
    /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/,
  );
  assert.equal(headers['x-amz-security-token'], 'token');
  assert.equal(headers['if-none-match'], '*');
});

test('each secret has a signature of its own, and each service and region', () => {
  const signed = (secretAccessKey: string, more = {}): string =>
    signature(
      sign(
        { method: 'GET', host, path: '/x', query: '', headers: {}, sha256: hash('sha256', '') },
        { ...credentials, secretAccessKey },
        { ...scope, ...more },
      ),
    );
  const all = [
    signed('one'),
    signed('other'),
    signed('other', { region: 'r' }),
    signed('other', { service: 'sts' }),
    signed('other', { time: scope.time + 86_400_000 }),
  ];
  assert.equal(new Set(all).size, 5);
  // As of a process that made no other key before.
  assert.equal(signed('other', { region: 'r' }), all[2]);
  signed('other');
  const fresh = signed('one', { region: 'r' });
  signed('one');
  assert.equal(signed('one', { region: 'r' }), fresh, 'whatever was signed before');
  assert.equal(signed('one'), all[0]);
  const spaced = (text: string): string =>
    signature(
      sign(
        { method: 'GET', host, path: '/x', query: '', headers: { 'x-amz-a': text }, sha256: 'abc' },
        credentials,
        scope,
      ),
    );
  assert.equal(spaced(' a  b \t c '), spaced('a b c'));
});
