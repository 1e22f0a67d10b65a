// A server of WebDAV as a remote: its folders.

import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import test from 'node:test';
import { startFileServer } from './file-server.ts';
import { open } from './http-opened.ts';

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
