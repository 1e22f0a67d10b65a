// Objects of another repository: from its cache, else from its remotes, with no secret of this project.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { bringObjects, openForeignStore } from '../../src/repository/repository.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { testInWhole } from '../amount.ts';
import { startFileServer, type FileServer } from '../cache/remote/file-server.ts';
import { makeSftpServer } from '../cache/remote/ssh/sftp-server.ts';
import { makeSpace } from '../hash/space.ts';
import { layouts } from '../layouts.ts';

type Repository = Parameters<typeof bringObjects>[2];

const content = (text: string): Content => ({ digest: hash('sha256', text) as Digest, size: text.length });
const keyOf = ({ digest }: Content): string => `objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`;

function put({ files }: FileServer, ...texts: readonly string[]): void {
  for (const text of texts) files.set(keyOf(content(text)), Buffer.from(text));
}

function setEnvironment(t: TestContext, name: string, value: string): void {
  process.env[name] = value;
  t.after(() => delete process.env[name]);
}

test('the cache of the repository first, then the remote that is asked for, with none of our secrets', async (t) => {
  const [main, other, space] = [await startFileServer(t), await startFileServer(t), makeSpace(t)];
  setEnvironment(t, 'PIPE_REMOTE_MAIN_TOKEN', 'hush');
  setEnvironment(t, 'PIPE_REMOTE_TOKEN', 'hush');
  const target = openForeignStore({ layout: layouts.pipe, extendStore: ({ store }: { store: unknown }) => store } as never, {
    dir: space.path('cache'),
    scratch: space.path('scratch'),
    root: space.root,
    temporary: false,
  });
  const declared = (server: FileServer): object => ({ url: server.url, folder: space.root, place: () => undefined });
  const repository = {
    url: 'theirs',
    cache: space.path('theirs'),
    remotes: { remote: 'main', remotes: new Map([['main', declared(main)], ['other', declared(other)]]) },
    revision: { project: { root: space.root } },
  } as unknown as Repository;
  const bring = (own: string | null, options: object, ...texts: readonly string[]): Promise<boolean> =>
    bringObjects(texts.map(content), own, repository, target, { modes: true, ...options });
  space.write(`theirs/${keyOf(content('in the cache'))}`, 'in the cache');
  put(main, 'at main', 'both');
  put(other, 'at other', 'both');

  assert.equal(await bring(null, {}, 'in the cache'), true);
  assert.deepEqual([main.requests.length, other.requests.length], [0, 0]);
  const seen: number[] = [];
  assert.equal(await bring(null, { onProgress: (bytes: number) => seen.push(bytes) }, 'at main', 'in the cache'), true);
  assert.deepEqual([Math.min(...seen), seen.at(-1)], [0, 'at main'.length]);
  assert.equal(await bring(null, {}, 'at main', 'at other'), false, 'one remote is asked, not all');
  assert.equal(await bring(null, { remote: 'other' }, 'at other'), true);
  const before = main.requests.length;
  assert.equal(await bring('other', { remote: 'main' }, 'both'), true, 'its own remote is the only one');
  assert.equal(main.requests.length, before);
  // Without a default the only one is asked, or the one that is named.
  const { remotes } = repository;
  const onlyOther = { ...repository, remotes: { remotes: new Map([['other', remotes!.remotes.get('other')!]]) } };
  const noDefault = { ...repository, remotes: { remotes: remotes!.remotes } };
  put(other, 'of the only one', 'of the named one');
  const bringFrom = (from: Repository, name: string | undefined, text: string): Promise<boolean> =>
    bringObjects([content(text)], null, from, target, { modes: true, remote: name });
  assert.equal(await bringFrom(onlyOther, undefined, 'of the only one'), true);
  assert.equal(await bringFrom(noDefault, undefined, 'of the named one'), false);
  assert.equal(await bringFrom(noDefault, 'other', 'of the named one'), true);
  for (const text of ['in the cache', 'at main', 'at other', 'both'])
    assert.equal(readFileSync(space.path(`cache/${keyOf(content(text))}`), 'utf8'), text);
  assert.ok(main.requests.every(({ headers }) => headers.authorization === undefined));
  // A remote that refuses is no remote that lacks them, and wrong bytes are none.
  main.answer = (_, response) => Boolean(response.writeHead(403).end());
  await assert.rejects(bring(null, {}, 'new'), /does not let us read/);
  main.answer = () => false;
  main.files.set(keyOf(content('new')), Buffer.from('NEW'));
  assert.equal(await bring(null, {}, 'new'), false);
}); // prettier-ignore

testInWhole('the login to a remote of another repository ends with the command', async (t) => {
  const [server, space] = [makeSftpServer(), makeSpace(t)];
  const object = `/base/${keyOf(content('far'))}`;
  const parts = object.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  for (const folder of parts.slice(0, -1)) server.folders.add(folder);
  server.files.set(object, { bytes: Buffer.from('far'), mode: 0o444, modified: 5 });
  const listener = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    server.accept(socket);
  }).listen(space.path('socket'));
  t.after(() => listener.close());
  await once(listener, 'listening');
  space.write('bin/ssh', `#!${process.execPath}
if (process.argv.includes('-G')) console.log('user ada\\nhostname host');
else {
  const socket = require('node:net').connect(${JSON.stringify(space.path('socket'))});
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('close', () => process.exit(0));
}
`, 0o755);
  mkdirSync(space.path('tmp'));
  for (const [name, value] of [['PATH', `${space.path('bin')}:${process.env['PATH']}`], ['TMPDIR', space.path('tmp')]] as const) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
  }
  const remotes = new Map([['far', { url: 'ssh://host/base', folder: space.root, place: () => undefined }]]);
  const repository = { url: 'theirs', remotes: { remotes }, revision: { project: { root: space.root } } } as unknown as Repository;
  const target = openForeignStore({ layout: layouts.pipe, extendStore: ({ store }: { store: unknown }) => store } as never, { dir: space.path('cache'), scratch: space.path('scratch'), root: space.root, temporary: false });
  for (const [text, comes] of [['far', true], ['nowhere', false]] as const)
    assert.equal(await bringObjects([content(text)], null, repository, target, { modes: true }), comes);
  assert.deepEqual(readdirSync(space.path('tmp')), [], 'the folder of its login is gone');
  listener.close();
  await once(listener, 'close');
}); // prettier-ignore
