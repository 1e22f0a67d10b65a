// The checksums of files on servers are those that DVC records.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { dvcContent } from '../../src/dvc/dvc.ts';
import { httpContent, infoOf, nameInDvc, openHttpSource, openSource } from '../../src/source/source.ts';

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
  const info = infoOf(written, new Headers(headers));
  assert.equal(info.get('url'), 'http://127.0.0.1:18555/~a%20b/%C3%BC%2F?x=a+b');
  assert.equal(httpContent(written, info).digest, '218873579134231756384196942156099680803');
  const server = createServer((_request, response) => response.writeHead(200, headers).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const at = written.replace('18555', String((server.address() as AddressInfo).port));
  const given = at.replace('//', '//me:secret@') as WorkspacePath;
  const source = await openSource(given, given, { root: '/', rules: dvcContent, env: {} });
  const expected = httpContent(at, infoOf(at, new Headers(headers)));
  assert.deepEqual(await source.look(), expected);
  const part = `${at.replace('/ü', '/./ü')}#a part` as WorkspacePath;
  const named = httpContent(`${at}#a part`, infoOf(at, new Headers(headers)));
  assert.deepEqual(
    await (await openSource(part, part, { root: '/', rules: dvcContent, env: {} })).look(),
    named,
  );
});

test('a URL with a slash at its end is asked for without it, as DVC does, where the server knows that', async (t) => {
  const headers = { 'content-length': '6', 'content-type': 'text/plain' };
  const digestOf = (name: string, cameFrom: string): string =>
    httpContent(name, infoOf(cameFrom, new Headers(headers))).digest;
  const name = 'http://127.0.0.1:18317/data';
  assert.equal(digestOf(name, `${name}/`), '205431883121578866582576973751214132949');
  const busy = new Set(['/busy']);
  const server = createServer(({ url: path, method }, response) => {
    if (path === '/moved' || path === '/busy') {
      // The first answer is no decision.
      if (busy.delete(path)) response.writeHead(503).end();
      else response.writeHead(301, { location: `${path}/` }).end();
    } else if (/^\/(?:moved|busy|only|both)\/$|^\/both$/.test(path!))
      response.writeHead(200, headers).end(method === 'HEAD' ? undefined : 'hello\n');
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [written, asked, cameFrom] of [
    ['/moved', '/moved', '/moved/'],
    ['/moved/', '/moved', '/moved/'],
    ['/busy/', '/busy', '/busy/'],
    ['/only/', '/only', '/only'],
    ['/both/', '/both', '/both'],
  ] as const) {
    const source = openHttpSource({
      url: new URL(`${at}${written}`),
      written: `${at}${written}`,
      headers: {},
      wait: async () => undefined,
    });
    assert.equal((await source.look())?.digest, digestOf(`${at}${asked}`, `${at}${cameFrom}`), written);
  }
});

test('each URL is spelled as the library of DVC does', () => {
  const headers = new Headers();
  for (const [written, spelled] of SPELLED)
    assert.equal(
      infoOf(`http://127.0.0.1:18765${written}`, headers).get('url'),
      `http://127.0.0.1:18765${spelled}`,
    );
  assert.equal(infoOf('http://B\u00fccher.de:80/x', headers).get('url'), 'http://xn--bcher-kva.de/x');
});

test('the path of a URL is made short, as DVC does it', () => {
  for (const [written, name] of [
    ['http://h/x/./../dated', 'http://h/dated'],
    ['http://h/dated?q=a%2Fb%20%7e&r=a b#a%20b', 'http://h/dated?q=a%2Fb%20%7e&r=a b#a%20b'],
    ['http://h/a//b/../c', 'http://h/a/c'],
    ['HTTP://H:80/%41b?', 'http://H:80/%41b'],
    ['http://h/x?#', 'http://h/x'],
    ['http://h/a%2Fb/%2e%2e/c?q=../x', 'http://h/a%2Fb/%2e%2e/c?q=../x'],
    ['http://h/a/../../b;p=1', 'http://h/b;p=1'],
    ['http://h', 'http://h/'],
    ['http://h?q', 'http://h/?q'],
    ['http://h/a/', 'http://h/a'],
    ['http://h/a/..', 'http://h/'],
    ['http://h/b/.?x', 'http://h/b?x'],
    ['http://h//a', 'http://h//a'],
    ['http://h///a', 'http://h/a'],
    ['http://h/a#;?', 'http://h/a#;?'],
  ] as const)
    assert.equal(nameInDvc(written), name);
});

/** Recorded with DVC 3.67 and yarl 1.25. */
const SPELLED = [
  ['/a/../b', '/b'],
  ['/a/./b/', '/a/b/'],
  ['/a/../..', '/'],
  ['/a//b/../c', '/a//c'],
  ['/%7Ea/%2e%2e/b', '/b'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a b', '/a%20b'],
  ['/%e4?%e4', '/%E4?%E4'],
  ['/\u00e4?\u00f6=\u00fc', '/%C3%A4?%C3%B6=%C3%BC'],
  ['/%2f%3a%40%21%24%26%27%28%29%2a%2b%2c%3b%3d%25%zz%4', "/%2F:@!$&'()*%2B,;=%25%25zz%254"],
  [`/'()*!$&,;=:@[]{}|^\`"<>\\`, "/'()*!$&,;=:@%5B%5D%7B%7D%7C%5E%60%22%3C%3E%5C"],
  ['/x?q=a%2Fb', '/x?q=a/b'],
  ['/x?q=a%3Fb%26%3D%2B%3B', '/x?q=a?b%26%3D%2B%3B'],
  ['/x?q=%41%7E%zz', '/x?q=A~%25zz'],
  ['/x?q=a b', '/x?q=a+b'],
  ['/x?q=a%20b', '/x?q=a%20b'],
  ['/x?a=%2f%3a%40%21%24%27%28%29%2a%2c%3F', "/x?a=/:@!$'()*,?"],
  [`/x?q='"<>[]{}|\\^\``, "/x?q='%22%3C%3E%5B%5D%7B%7D%7C%5C%5E%60"],
  ['/a+b%2B', '/a+b%2B'],
  ['/x?a=b+c&d;e=f', '/x?a=b+c&d;e=f'],
  ['/a/b/.', '/a/b/'],
  ['/a/b/..', '/a/'],
  ['/a\u0005b', '/a%05b'],
  ['/x?a\u000b=\u007f', '/x?a%0B=%7F'],
  ['/x#frag', '/x'],
  ['/x?', '/x'],
  ['/x?#', '/x'],
  ['?q=1', '/?q=1'],
] as const;

test('the size is unknown where the body is encoded', () => {
  const sized = httpContent(url, infoOf(url, new Headers({ 'content-length': '8' })));
  assert.deepEqual([sized.size, sized.unsized], [8, undefined]);
  const encoded = new Headers({ 'content-length': '8', 'content-encoding': 'gzip' });
  const { size, unsized } = httpContent(url, infoOf(url, encoded));
  assert.deepEqual([size, unsized], [0, true]);
  encoded.set('content-encoding', 'identity');
  assert.equal(httpContent(url, infoOf(url, encoded)).size, 8);
});
