// Another repository: which one a URL and a revision mean, and who gets the secrets of a URL.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  bringOrigin,
  cloneCommit,
  findRepository,
  findRevision,
  forgetAnswers,
  loginIn,
  pathIn,
} from '../../src/repository/repository.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { makeSpace } from '../hash/space.ts';
import { layouts } from '../layouts.ts';
import { makeWorkspace } from '../workspace.ts';
import { commit, git, open, storeIn } from './opened.ts';

test('a revision is what git calls it: tags before branches, the commit of a tag, an id whole or short', async (t) => {
  const [up, home] = [makeWorkspace(t, { a: '1' }), makeSpace(t)];
  const before = Object.fromEntries(['XDG_CACHE_HOME', 'GIT_DIR', 'GIT_CONFIG_GLOBAL'].map((name) => [name, process.env[name]]));
  t.after(() => {
    for (const [name, value] of Object.entries(before)) if (value === undefined) delete process.env[name]; else process.env[name] = value;
  });
  git(up.root, 'init', '-q');
  const one = commit(up.root, 'one');
  git(up.root, 'tag', '-a', 'v1', '-m', 'annotated');
  up.write('a', '2');
  const two = commit(up.root, 'two');
  git(up.root, 'branch', 'v1');
  git(up.root, 'branch', 'work');
  process.env['XDG_CACHE_HOME'] = home.path('home');
  // Hooks of the user are for the user's own repositories.
  home.write('hooks/reference-transaction', `#!/bin/sh\ntouch '${home.path('hooked')}'\n`, 0o755);
  process.env['GIT_CONFIG_GLOBAL'] = home.write('gitconfig', `[core]\n\thooksPath = ${home.path('hooks')}\n`);
  // As in a hook of git, which works in its own repository.
  process.env['GIT_DIR'] = home.path('nowhere');
  for (const [rev, id] of [[undefined, two], ['v1', one], ['work', two], ['refs/heads/v1', two], [one, one], ['nowhere', undefined], [one.slice(0, 8), one], [`v0-1-g${one.slice(0, 8)}`, one], ['work~1', one], ['v1~0', one]] as const) {
    forgetAnswers();
    const { folder, commit: found } = await cloneCommit(up.root, rev, 'up');
    assert.equal(found, id, rev);
    // The branches come with the whole history, which a mistyped name does not bring.
    if (rev === 'nowhere') assert.equal(git(up.root, `--git-dir=${folder}`, 'branch'), '');
  }
  assert.equal(await findRevision({ url: up.root, bases: ['/'], rev: 'work~1' }), one);
  const { folder } = await cloneCommit(up.root, one, 'up');
  assert.equal(git(up.root, `--git-dir=${folder}`, 'show', `${one}:a`), '1');
  assert.equal(statSync(folder).mode & 0o077, 0, 'of this user alone');
  delete process.env['GIT_DIR'];
  assert.equal(await findRevision({ url: up.root, bases: ['/'], rev: 'v1' }), one);
  await assert.rejects(findRevision({ url: up.root, bases: ['/'], rev: 'nowhere' }), /has no revision 'nowhere'/);
  await assert.rejects(findRevision({ url: home.root, bases: ['/'], rev: undefined }), /not in git/);
  home.write('plain/pipeline.yaml', 'stages: {}\n');
  await assert.rejects(open(home.path('plain'), { rev: 'v1' }), /not in git/);
  assert.ok(!existsSync(home.path('hooked')));
  // One of a server names no folder of this machine, and has no cache here.
  process.env['GIT_CONFIG_GLOBAL'] = home.write('gitconfig', `[url "${up.root}"]\n\tinsteadOf = http://server.invalid/up\n`);
  const served = await open('http://server.invalid/up', { rev: 'v1' });
  assert.deepEqual([served.commit, served.bases, served.cache], [one, [], undefined]);
  served.close();
  process.env['GIT_CONFIG_GLOBAL'] = '/dev/null';
  // What moves there is seen, once it is asked again.
  up.write('a', '3');
  const three = commit(up.root, 'three');
  assert.equal((await cloneCommit(up.root, undefined, 'up')).commit, two);
  forgetAnswers();
  assert.equal((await cloneCommit(up.root, undefined, 'up')).commit, three);
  // Another one of the same name has a clone of its own, and answers for itself.
  const twin = makeSpace(t);
  const named = up.root.slice(up.root.lastIndexOf('/') + 1);
  git(up.root, 'clone', '-q', '--bare', '.', twin.path(named));
  git(twin.path(named), 'update-ref', 'HEAD', one);
  const found = await cloneCommit(twin.path(named), undefined, 'twin');
  assert.equal(found.commit, one);
  assert.notEqual(found.folder, folder);
  // A password is in no file.
  forgetAnswers();
  for (const login of ['ada:hu%73h', ':hu%73h', 'ada:hu%73h%', 'ada:hu%73h%00%0a'])
    await assert.rejects(cloneCommit(`http://${login}@127.0.0.1:1/x.git`, undefined, 'there'), /there/);
  const configs = globSync('home/**/config', { cwd: home.root }).map((path) => readFileSync(home.path(path), 'utf8'));
  assert.equal(configs.length, 4);
  assert.ok(configs.every((text) => !/hush|hu%73h/.test(text)) && configs.some((text) => text.includes('url = http://127.0.0.1:1/x.git\n')));
}); // prettier-ignore

test('what may be a URL of a repository, and which folder a path means', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('one/here/.git'), { recursive: true });
  mkdirSync(space.path('two/here'), { recursive: true });
  for (const name of ['objects', 'refs']) mkdirSync(space.path(`bare/${name}`), { recursive: true });
  space.write('bare/HEAD', '');
  const bases = [space.path('one'), space.path('two')];
  assert.deepEqual(findRepository('here', bases), { kind: 'folder', folder: space.path('one/here'), git: space.path('one/here'), isBare: false });
  assert.deepEqual(findRepository('here', bases.toReversed()), { kind: 'folder', folder: space.path('two/here'), git: undefined, isBare: false });
  assert.deepEqual(findRepository(`file://${space.path('bare')}`, []), { kind: 'folder', folder: space.path('bare'), git: space.path('bare'), isBare: true });
  for (const name of ['HEAD', 'objects', 'refs']) {
    const part = space.path(`without ${name}`);
    for (const other of ['HEAD', 'objects', 'refs']) if (other !== name) mkdirSync(join(part, other), { recursive: true });
    assert.equal((findRepository(part, ['/']) as { git?: string }).git, undefined, name);
  }
  mkdirSync(space.path('with space'));
  assert.equal((findRepository(`file://${space.path('with%20space')}`, []) as { folder: string }).folder, space.path('with space'));
  for (const url of ['https://host/x.git', 'ssh://host/x', 'git@host:x/y.git', 'host:x', 'git+ssh://host/x'])
    assert.deepEqual(findRepository(url, bases), { kind: 'url', url });
  for (const url of ['', '-x', '--upload-pack=x', 'ext::sh -c x', 'ext://x', 'ftp://host/x', 'file:///none', 'none', './a:b', 'transport::address'])
    assert.throws(() => findRepository(url, bases), /is no repository/, url);
  assert.throws(() => findRepository('ftp://ada:s3cret@host/x', bases), (error: unknown) => !String(error).includes('s3cret'));
  for (const [prefix, path, at] of [['', 'a/b/', 'a/b'], ['', './a', 'a'], ['', '', '.'], ['', 'a/../b', 'b'], ['sub/', 'sub/x', 'x'], ['sub/', 'sub', '.'], ['sub/', 'sub/', '.']] as const)
    assert.equal(pathIn({ prefix, url: 'u' }, path), at);
  for (const path of ['..', '../x', 'a/../../x', '/x', 'a\0']) assert.throws(() => pathIn({ prefix: '', url: 'u' }, path), /not inside/);
}); // prettier-ignore

test('git gets each secret of a URL: a password from a helper for its server alone, a token by the whole URL', (t) => {
  const count = process.env['GIT_CONFIG_COUNT'];
  t.after(() => (count === undefined ? delete process.env['GIT_CONFIG_COUNT'] : (process.env['GIT_CONFIG_COUNT'] = count)));
  // The user's own settings stay.
  process.env['GIT_CONFIG_COUNT'] = '2';
  const instead = (asked: string, plain: string): object =>
    ({ GIT_CONFIG_COUNT: '3', GIT_CONFIG_KEY_2: `url.${asked}.insteadOf`, GIT_CONFIG_VALUE_2: plain });
  const both = loginIn('https://me:pa%2Fss@host:8443/r.git?access_token=t&ref=1')!;
  const [asked, plain] = ['t', '***'].map((token) => `https://host:8443/r.git?access_token=${token}&ref=1`);
  assert.equal(both.url, plain);
  assert.deepEqual(both.env, { PIPE_GIT_USERNAME: 'me', PIPE_GIT_PASSWORD: 'pa/ss', ...instead(asked!, plain!) });
  assert.match(both.args.join(' '), /^-c credential\.https:\/\/host:8443\.helper= -c credential\.https:\/\/host:8443\.helper=!f/);
  assert.equal(loginIn('https://a%40b:pass@host/r.git')!.env['PIPE_GIT_USERNAME'], 'a@b');
  const { url, args, env } = loginIn('https://me:pass@host/r.git')!;
  assert.deepEqual([url, args.length, env], ['https://host/r.git', 4, { PIPE_GIT_USERNAME: 'me', PIPE_GIT_PASSWORD: 'pass' }]);
  for (const [secret, rest] of [['https://token@host/r', 'https://host/r'], ['https://host/r?sig=x', 'https://host/r?sig=***'], ['ssh://me:pw@host/r', 'ssh://host/r'], ['me:pw@host:r', 'host:r']] as const)
    assert.deepEqual(loginIn(secret), { url: rest, args: [], env: instead(secret, rest) });
  for (const open of ['https://host/r', 'git@host:r', 'ssh://git@host/r']) assert.equal(loginIn(open), undefined);
  // What would end a line of the answer to git stays as it was written.
  const lines = loginIn('https://a%0ab:p%00q@host/x.git')!.env;
  assert.deepEqual([lines['PIPE_GIT_USERNAME'], lines['PIPE_GIT_PASSWORD']], ['a%0ab', 'p%00q']);
}); // prettier-ignore

test('data that a repository imported itself is what it recorded, or does not come; our secrets stay here', async (t) => {
  const [space, server] = [makeSpace(t), await startFileServer(t)];
  const file = space.write('far/file', 'recorded');
  server.files.set('x', Buffer.from('recorded'));
  const store = storeIn(space);
  const content = { digest: hash('sha256', 'recorded'), size: 8 };
  const declared = { url: server.url, folder: space.root, place: () => undefined };
  const bring = (origin: object | undefined, bases: readonly string[] = [space.root], target = space.path('got')): Promise<boolean> =>
    bringOrigin(
      { stage: { origin, file: 'x.dvc' }, content, out: { at: 'data' } } as never,
      target,
      {
        repository: { url: 'theirs', bases, revision: { project: { root: space.root } }, remotes: { remotes: new Map([['web', declared]]) } },
        store,
        options: { modes: true },
      } as never,
      async () => undefined,
    );
  const url = (at: string): object => ({ kind: 'url', at, url: at });
  assert.equal(await bring(undefined), false);
  assert.equal(await bring(url(file)), true);
  assert.equal(readFileSync(space.path('got'), 'utf8'), 'recorded');
  for (let count = 0; count < 20; count += 1) assert.equal(await bring(url(file), undefined, space.path(`got-${count}`)), true);
  await assert.rejects(bring(url(file), [], space.path('other')), /a path of another machine/);
  for (const [name, value] of Object.entries({ PIPE_REMOTE_WEB_TOKEN: 'hush', PIPE_REMOTE_TOKEN: 'hush', PIPE_REMOTE_HOST: server.url, PIPE_REMOTE_WEB_HOST: server.url })) {
    process.env[name] = value;
    t.after(() => delete process.env[name]);
  }
  assert.equal(await bring(url('remote://web/x'), [], space.path('web')), true);
  assert.ok(server.requests.length > 0 && server.requests.every(({ headers }) => headers.authorization === undefined));
  // Of another repository at the commit that was recorded, from the remote that the import names.
  const up = makeWorkspace(t, { f: '1' });
  git(up.root, 'init', '-q');
  const one = commit(up.root, 'one');
  up.write('f', '2');
  commit(up.root, 'two');
  const asked: unknown[] = [];
  // Its objects pass through a store of its own kind.
  for (const algorithm of ['sha256', 'md5'] as const)
    await bringOrigin(
      { stage: { origin: { kind: 'repository', url: up.root, path: 'f', remote: 'named' }, file: 'x.dvc' }, content: { digest: hash(algorithm, 'recorded'), size: 8 }, out: { at: 'data' } } as never,
      space.path(algorithm),
      {
        repository: { url: 'theirs', bases: [space.root], revision: { entry: () => ({ origin: { rev: one } }) } },
        store: algorithm === 'md5' ? storeIn(space, layouts.dvc) : store,
        options: { modes: true },
      } as never,
      async (other, _path, target, { layout }, { remote }) => {
        asked.push(other.commit, remote, layout.content.algorithm);
        writeFileSync(target, 'recorded');
      },
    );
  assert.deepEqual(asked, [one, 'named', 'sha256', one, 'named', 'sha256']);
  writeFileSync(file, 'changed since');
  await assert.rejects(bring(url(file), undefined, space.path('changed')), /other data now/);
  assert.ok(!existsSync(space.path('changed')));
}); // prettier-ignore
