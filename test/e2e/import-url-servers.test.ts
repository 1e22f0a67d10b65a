// `pipe import-url` and what servers do: bodies that are cut off, files that change meanwhile, redirects, silence.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { startSourceServer } from './source-server.ts';

import { own, PIPELINE } from './import-url-projects.ts';

test('a body that was cut off is continued where it stopped', async (t) => {
  const server = await startSourceServer(t);
  // More than the system holds on the way: what was written in part was read in part.
  const text = 'x'.repeat(12_000_000);
  const etag = `"${hash('md5', text)}"`;
  server.files.set('big', text);
  let cut = 0;
  server.answer = (request, response) => {
    if (request.method !== 'GET' || cut > 0) return false;
    cut += 1;
    response.writeHead(200, { 'content-length': text.length, etag });
    response.write(text.slice(0, 11_000_000), () => response.socket!.end());
    return true;
  };
  const { expect, read } = own(t);
  await expect(0, 'import-url', `${server.url}big`);
  assert.ok(read('big') === text, 'the bytes are those of the file');
  const rest = server.asked.filter(({ headers }) => headers.range !== undefined);
  assert.equal(rest.length, 1);
  assert.equal(rest[0]!.headers['if-range'], etag, 'of the version that was begun');
});

test('a file that changes while it comes is brought again as a whole', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('moving', 'old');
  server.answer = (request) => {
    if (request.method === 'GET' && server.files.get('moving') === 'old')
      queueMicrotask(() => server.files.set('moving', 'new!'));
    return false;
  };
  const { expect, read } = own(t);
  await expect(0, 'import-url', `${server.url}moving`);
  assert.equal(read('moving'), 'new!');
  assert.doesNotMatch((await expect(0, 'status')).stdout, /source has changed/);
});

testInWhole('without an ETag, everything that the server says tells versions apart', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('raw', 'one');
  server.headers.set('raw', { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' });
  const { expect } = own(t);
  await expect(0, 'import-url', `${server.url}raw`);
  assert.doesNotMatch((await expect(0, 'status')).stdout, /source/);
  server.headers.set('raw', { 'last-modified': 'Wed, 21 Oct 2015 07:28:01 GMT' });
  assert.match((await expect(0, 'status')).stdout, /source has changed/);
  server.answer = (_request, response) => {
    response.writeHead(503, { 'retry-after': '60' }).end();
    return true;
  };
  server.asked.length = 0;
  assert.match((await expect(0, 'status')).stdout, /source could not be checked: .* status 503/);
  assert.equal(server.asked.length, 1, 'a question that can stay open is asked once');
});

test('credentials do not follow a redirect to another server, nor get into files', async (t) => {
  const [server, other] = [await startSourceServer(t), await startSourceServer(t)];
  other.files.set('real', 'moved');
  server.answer = (_request, response) => {
    response.writeHead(302, { location: `${other.url}real` }).end();
    return true;
  };
  const { root, expect, read, write } = own(t);
  write('pipeline.yaml', `${PIPELINE}config:\n  remotes: {web: {url: '${server.url}'}}\n`);
  write('cache/config.yaml', `remotes: {web: {url: '${server.url}', token: hush}}\n`);
  await expect(0, 'import-url', 'remote://web/moved', 'moved');
  assert.equal(read('moved'), 'moved');
  assert.ok(server.asked.every(({ headers }) => headers.authorization === 'Bearer hush'));
  assert.ok(other.asked.every(({ headers }) => headers.authorization === undefined));
  assert.match(read('pipeline.yaml'), /from: remote:\/\/web\/moved/);
  for (const url of [server.url.replace('//', '//me:hush@') + 'x', `${server.url}x?X-Amz-Signature=hush`]) {
    const refused = await expect(1, 'import-url', url);
    assert.match(refused.stderr, /remote-secret/);
    assert.doesNotMatch(refused.stderr, /hush/);
  }
  // What a process left here that was killed; another machine's may be in use.
  const [dead, foreign] = [`.pipe-get-${hostname()}-4194305-abc`, '.pipe-get-elsewhere-4194305-abc'];
  for (const left of [dead, foreign]) mkdirSync(`${root}/${left}`);
  const got = await expect(0, 'get', `${server.url}x?sig=hush`);
  assert.deepEqual(
    [dead, foreign].map((left) => existsSync(`${root}/${left}`)),
    [false, true],
  );
  assert.match(got.stdout, /^Downloaded 'x' from .*\/x\?sig=\*\*\*\./);
  // Written by hand, and gone since.
  server.answer = () => false;
  const withPassword = server.url.replace('//', '//me:hush@');
  write('pipeline.yaml', `${PIPELINE}data:\n- {path: gone, from: '${withPassword}gone'}\n`);
  const gone = await expect(1, 'update', 'gone');
  assert.match(gone.stderr, /source-missing.*127\.0\.0\.1/);
  assert.doesNotMatch(gone.stdout + gone.stderr, /hush/);
});

testInWhole('a source that cannot be reached is said, and status goes on', async (t) => {
  const server = await startSourceServer(t);
  server.files.set('raw', 'one');
  const { expect } = own(t);
  await expect(0, 'import-url', `${server.url}raw`);
  server.answer = (_request, response) => {
    response.writeHead(403).end();
    return true;
  };
  const { stdout } = await expect(0, 'status');
  assert.match(stdout, /source could not be checked/);
  const asked = server.asked.length;
  assert.doesNotMatch((await expect(0, 'status', '--no-updates')).stdout, /source/);
  assert.equal(server.asked.length, asked);
  const json = JSON.parse((await expect(0, 'status', '--json')).stdout) as { updates: { what: string }[] };
  assert.deepEqual(
    json.updates.map(({ what }) => what),
    ['unknown'],
  );
});
