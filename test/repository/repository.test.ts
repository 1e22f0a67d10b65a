// Another repository: what is read of it, and that what comes is what was recorded.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  bringFromRepository,
  bringPath,
  listEntries,
  openForeignStore,
} from '../../src/repository/repository.ts';
import { withLegacyObjects } from '../../src/dvc/dvc.ts';
import { makeSpace } from '../hash/space.ts';
import { layouts } from '../layouts.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';
import { commit, git, open, storeIn } from './opened.ts';

const PIPELINE = `stages:
  make:
    cmd: mkdir -p out/sub/none out/none out/sub/deep out/a/b && echo c > out/a/b/c && echo 3 > out/sub/deep/three && echo e > e/made && ln -s two out/sub/l && echo 2 > out/sub/two && echo w > out/subway && cp two.sh out/run && chmod +x out/run && ln -s run out/link && echo m > model && echo k > d/kept
    deps: [two.sh]
    outs: [out, model, e/made, d/kept: {cache: false}]
`;

test('a file, a folder, an output or a part of it comes with all that is in it, and with nothing beside it', async (t) => {
  const up = makeWorkspace(t, { 'pipeline.yaml': PIPELINE, 'two.sh': '#!/bin/sh\n', '.gitignore': '/out\n/model\n/cache\n/e/made\n', 'd/plain': 'p', 'd/own.dvc': 'of another program', 'd/ü': '', 'e/f': '', 'e/g/h/i': '', 'e/g/j': '' });
  git(up.root, 'init', '-q');
  const binary = Buffer.from([0xff, 0, 0x80]);
  writeFileSync(up.path('d/binary'), binary);
  await runInProcess(up.root);
  const first = commit(up.root, 'one');
  chmodSync(up.path('two.sh'), 0o744);
  up.write('d/plain', 'changed');
  mkdirSync(up.path('d/empty'));
  for (const committed of [true, false]) {
    const space = makeSpace(t);
    const repository = await open(up.root, { committed });
    assert.equal(repository.commit, committed ? first : undefined);
    assert.deepEqual(repository.bases, [up.root]);
    const store = storeIn(space);
    const bring = async (path: string, modes = true): Promise<string> => {
      const target = space.path(`got/${path}-${modes}`);
      await bringPath(repository, path, target, store, { modes });
      return target;
    };
    assert.deepEqual(readdirSync(await bring('out/sub'), { recursive: true, encoding: 'utf8' }).sort(), ['deep', 'deep/three', 'l', 'none', 'two']);
    assert.deepEqual(['deep/three', 'two'].map((name) => readFileSync(space.path(`got/out/sub-true/${name}`), 'utf8')), ['3\n', '2\n']);
    assert.deepEqual(readdirSync(space.path('got/out')), ['sub-true'], 'nothing beside it');
    const out = await bring('out');
    assert.deepEqual(readdirSync(out, { recursive: true, encoding: 'utf8' }).sort(), ['a', 'a/b', 'a/b/c', 'link', 'none', 'run', 'sub', 'sub/deep', 'sub/deep/three', 'sub/l', 'sub/none', 'sub/two', 'subway']);
    const isProgram = (path: string): boolean => (statSync(path).mode & 0o111) !== 0;
    assert.deepEqual([isProgram(`${out}/run`), isProgram(`${out}/subway`)], [true, false]);
    assert.deepEqual([isProgram(await bring('two.sh')), isProgram(await bring('two.sh', false)), isProgram(await bring('out/run')), isProgram(await bring('out/run', false))], [true, false, true, false]);
    assert.equal(readFileSync(await bring('model'), 'utf8'), 'm\n');
    // Whoever writes into it changes nothing in a cache, and may.
    const usual = 0o666 & ~process.umask();
    for (const path of ['model', 'd/plain', 'out/sub/two']) {
      const { nlink, mode } = lstatSync(await bring(path, false));
      assert.deepEqual([nlink, mode & 0o777], [1, usual], path);
    }
    assert.ok(readFileSync(await bring('d/binary')).equals(binary));
    assert.equal(readFileSync(join(await bring('e'), 'made'), 'utf8'), 'e\n');
    assert.equal(readFileSync(join(await bring('d'), 'plain'), 'utf8'), committed ? 'p' : 'changed');
    for (const [name, text] of [['kept', 'k\n'], ['own.dvc', 'of another program']] as const) assert.equal(readFileSync(space.path(`got/d-true/${name}`), 'utf8'), text);
    assert.equal(existsSync(space.path('got/d-true/empty')), !committed);
    const all = readdirSync(await bring('.'));
    assert.equal(readFileSync(space.path('got/.-true/e/made'), 'utf8'), 'e\n');
    for (const name of ['out', 'model', 'd', 'two.sh']) assert.ok(all.includes(name), name);
    for (const name of ['cache', '.git']) assert.ok(!all.includes(name), name);
    for (const [path, pattern] of [['out/nothing', /has no 'out\/nothing'/], ['model/x', /has no 'model\/x'/], ['nothing', /has no 'nothing'/], ['../x', /not inside/], ['/etc/passwd', /not inside/]] as const) {
      await assert.rejects(bring(path), pattern);
      assert.ok(!existsSync(space.path(`got/${path}-true`)) || path.startsWith('/'), path);
    }
    const list = async (path: string, more: object = {}): Promise<readonly string[]> =>
      (await listEntries(repository, path, store, { recursive: false, outsOnly: false, sizes: true, ...more })).map((one) => `${one.path}${one.isFolder ? '/' : ''}${one.isExecutable ? '*' : ''}${one.isOut ? ' out' : ''}`);
    assert.deepEqual(await list('.'), ['.gitignore', 'd/', 'e/', 'model out', 'out/ out', 'pipeline.lock', 'pipeline.yaml', 'two.sh*']);
    const folders = (await listEntries(repository, '.', store, { recursive: false, outsOnly: false, sizes: true })).filter(({ isFolder }) => isFolder);
    assert.deepEqual(folders.map(({ path, size }) => [path, typeof size]), ['d', 'e', 'out'].map((path) => [path, 'number']));
    // A folder in a folder, too, is as large as git's list of it.
    const deep = (await listEntries(repository, 'e', store, { recursive: false, outsOnly: false, sizes: true })).find(({ isFolder }) => isFolder)!;
    assert.equal(deep.path, 'g');
    if (committed) for (const [folder, size] of [...folders.slice(0, 2).map((one) => [one.path, one.size] as const), ['e/g', deep.size] as const]) assert.equal(size, Number(git(up.root, 'cat-file', '-s', `${first}:${folder}`)), folder);
    assert.deepEqual(await list('.', { outsOnly: true }), ['e/', 'model out', 'out/ out']);
    const outs = await list('.', { outsOnly: true, recursive: true });
    assert.ok(outs.length > 4 && outs.every((line) => line.endsWith(' out')), outs.join());
    assert.deepEqual(await list('out', { recursive: true }), ['a/b/c out', 'link out', 'run* out', 'sub/deep/three out', 'sub/l out', 'sub/two out', 'subway out']);
    const known = (await listEntries(repository, 'out', store, { recursive: true, outsOnly: false, sizes: false })).find(({ path }) => path === 'sub/two')!;
    assert.deepEqual([known.size, known.digest], [2, hash('sha256', '2\n')]);
    assert.deepEqual(await list('out/sub'), ['deep/ out', 'l out', 'none/ out', 'two out']);
    await assert.rejects(list('nothing'), /has no 'nothing'/);
    // What is in an output is marked at any depth, also where the folder of this machine has it.
    assert.deepEqual(await list('out'), ['a/ out', 'link out', 'none/ out', 'run* out', 'sub/ out', 'subway out']);
    // A link to a folder around it is not entered.
    symlinkSync('..', up.path('e/loop'));
    symlinkSync('nowhere', up.path('e/dangling'));
    assert.deepEqual(await list('e', { recursive: true }), [...(committed ? [] : ['dangling']), 'f', 'g/h/i', 'g/j', 'made out']);
    for (const name of ['loop', 'dangling']) rmSync(up.path(`e/${name}`));

    // Bytes that are not those of their name do not come, from here nor from there.
    const kept = join(space.path('cache'), `objects/sha256/${hash('sha256', 'm\n').replace(/^(..)/, '$1/')}`);
    chmodSync(kept, 0o644);
    writeFileSync(kept, 'M\n');
    await assert.rejects(bringPath(repository, 'model', space.path('m'), store, { modes: true }), /damaged in the cache/);
    assert.ok(!existsSync(space.path('m')));
    const lost = makeSpace(t);
    for (const name of readdirSync(up.path('cache/objects/sha256'), { recursive: true, encoding: 'utf8' })) {
      const path = up.path(`cache/objects/sha256/${name}`);
      if (statSync(path).isFile() && readFileSync(path, 'utf8') === 'm\n') {
        chmodSync(path, 0o644);
        writeFileSync(path, 'M\n');
        await assert.rejects(bringPath(repository, 'model', lost.path('m'), storeIn(lost), { modes: true }), /cannot be had/);
        assert.ok(!existsSync(lost.path('m')));
        writeFileSync(path, 'm\n');
      }
    }
    repository.close();
  }
  // Of a folder in a project only what is in it is meant.
  const inside = await open(up.path('d'), { committed: false });
  const entries = await listEntries(inside, '.', storeIn(makeSpace(t)), { recursive: true, outsOnly: false, sizes: false });
  assert.deepEqual(entries.map(({ path }) => path), ['binary', 'kept', 'own.dvc', 'plain', 'ü']);
  inside.close();
  // What is wrong there now is not wrong at the commit.
  up.write('pipeline.yaml', 'stages: 1');
  const repository = await open(up.root);
  const byUrl = await open(`file://${up.root}`, { committed: false });
  assert.equal(byUrl.commit, first, 'a URL means what is committed');
  byUrl.close();
  const space = makeSpace(t);
  await bringPath(repository, 'two.sh', space.path('two.sh'), storeIn(space), { modes: true });
  repository.close();
}); // prettier-ignore

test('names that lead elsewhere are refused, whatever git lets a commit have', async (t) => {
  const space = makeSpace(t);
  git(space.root, 'init', '-q');
  const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: space.root, input: 'x' }).toString().trim();
  const tree = (name: string, entry: string): string => {
    const raw = Buffer.concat([Buffer.from(`${entry.length === 40 ? 100644 : 40000} ${name}\0`), Buffer.from(entry.slice(-40), 'hex')]);
    return execFileSync('git', ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], { cwd: space.root, input: raw }).toString().trim();
  };
  const pipeline = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: space.root, input: 'stages: {}\n' }).toString().trim();
  for (const name of ['..', '.GIT']) {
    const top = execFileSync('git', ['mktree'], {
      cwd: space.root,
      input: `040000 tree ${tree(name, blob)}\td\n100644 blob ${pipeline}\tpipeline.yaml\n`,
    }).toString().trim();
    const rev = git(space.root, 'commit-tree', '-m', 'm', top);
    git(space.root, 'update-ref', 'refs/heads/main', rev);
    const repository = await open(space.root);
    const target = space.path(`target/${rev}`);
    const store = storeIn(space);
    await assert.rejects(bringPath(repository, 'd', target, store, { modes: true }), /cannot be written/, name);
    assert.deepEqual(globSync(`${target}/**`).filter((at) => at !== target), []);
    repository.close();
  }
}); // prettier-ignore

test('a repository of DVC in a folder has its own data; a store for it goes afterwards', async (t) => {
  const space = makeSpace(t);
  const md5 = hash('md5', 'inner');
  const list = `[{"md5": "${hash('md5', 'older')}", "relpath": "in/a"}]`;
  const older = (digest: string): string => `nested/.dvc/cache/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const up: TestWorkspace = makeWorkspace(t, {
    'nested/.dvc/config': '',
    'nested/dvc.yaml': 'stages: {}\n',
    'nested/data.dvc': `outs:\n- md5: ${md5}\n  hash: md5\n  path: data\n`,
    [`nested/.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`]: 'inner',
    'nested/run.sh': '#!/bin/sh\n',
    'nested/.dvcignore': 'data\n',
    'nested/old.dvc': `outs:\n- md5: ${hash('md5', list)}.dir\n  size: 5\n  nfiles: 1\n  path: old\n`,
    [older(`${hash('md5', list)}.dir`)]: list,
    [older(hash('md5', 'older'))]: 'older',
    '.gitignore': 'nested/.dvc/cache\n',
  });
  chmodSync(up.path('nested/run.sh'), 0o755);
  git(up.root, 'init', '-q');
  commit(up.root, 'one');
  // A submodule, whose files are in another repository.
  mkdirSync(up.path('module'));
  git(up.root, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  git(up.root, 'commit', '-qm', 'two');
  const store = storeIn(space, layouts.dvc, true);
  for (const committed of [true, false]) {
    const repository = await open(up.root, { committed, path: 'nested/data' });
    const inner = await listEntries(repository, 'nested', store, {
      recursive: true,
      outsOnly: false,
      sizes: false,
    });
    assert.deepEqual(
      inner.map(({ path }) => path),
      ['.dvcignore', 'data', 'data.dvc', 'dvc.yaml', 'old.dvc', 'old/in/a', 'run.sh'],
    );
    await bringPath(repository, 'nested/data', space.path(`got-${committed}`), store, { modes: true });
    assert.equal(readFileSync(space.path(`got-${committed}`), 'utf8'), 'inner');
    repository.close();
    // A part of a folder that DVC 2 recorded.
    const { dialect } = repository.revision;
    const both = openForeignStore(dialect, {
      dir: space.path('both'),
      scratch: space.path('scratch'),
      root: space.root,
      temporary: true,
    });
    await bringPath(repository, 'nested/old/in', space.path(`old-${committed}`), both, { modes: true });
    assert.equal(readFileSync(space.path(`old-${committed}/a`), 'utf8'), 'older');
    await bringPath(repository, 'nested', space.path(`nested-${committed}`), both, { modes: true });
    both.close();
    assert.deepEqual(
      readdirSync(space.path(`nested-${committed}`)),
      ['data', 'old', 'run.sh'],
      'its declarations stay behind',
    );
    assert.ok(statSync(space.path(`nested-${committed}/run.sh`)).mode & 0o100, 'it stays a program');
    const whole = await open(up.root, { committed });
    const names = (
      await listEntries(whole, '.', store, { recursive: true, outsOnly: false, sizes: false })
    ).map((one) => one.path);
    assert.ok(
      names.includes('nested/data.dvc') && !names.some((name) => name.includes('.dvc/')),
      names.join(),
    );
    const top = await listEntries(whole, '.', store, { recursive: false, outsOnly: false, sizes: committed });
    const folders = top.filter(({ isFolder }) => isFolder);
    assert.deepEqual(
      folders.map(({ path }) => path),
      ['module', 'nested'],
    );
    // Also what is not shown counts.
    if (committed) assert.equal(folders[1]!.size, Number(git(up.root, 'cat-file', '-s', 'HEAD:nested')));
    whole.close();
  }
  assert.ok(existsSync(space.path('cache')));
  store.close();
  assert.ok(!existsSync(space.path('cache')));

  // Into a project that hashes otherwise: by way of a store that goes.
  const here = makeWorkspace(t, { 'pipeline.yaml': 'stages: {}\n' });
  here.write('cache/objects/sha256/ab/other', 'of this project');
  const workspace = await openProject(here.root);
  const origin = { kind: 'repository', url: up.root, path: 'nested/data', rev: undefined } as const;
  const bringing = bringFromRepository(origin as never, ['/'], undefined, here.path('data'), workspace, {
    modes: true,
  });
  assert.deepEqual(await bringing, { rev: git(up.root, 'rev-parse', 'HEAD') });
  assert.equal(here.read('data'), 'inner');
  assert.deepEqual(readdirSync(workspace.folders.placing), []);
  assert.equal(here.read('cache/objects/sha256/ab/other'), 'of this project');
  assert.ok(!existsSync(here.path('cache/files')));
  const foreign = { ...origin, url: 'https://me:secret@host/r.git', foreign: ['x'] } as never;
  await assert.rejects(
    bringFromRepository(foreign, ['/'], undefined, here.path('y'), workspace, { modes: true }),
    /^[^]*'https:\/\/(?!me:secret)[^ ]*host\/r\.git' cannot be read: the option x is not known here/,
  );
});

test('a folder that DVC 2 recorded comes as a whole and in parts, with the line ends that its files have', async (t) => {
  const space = makeSpace(t);
  const object = (digest: string): string => `.dvc/cache/${digest.slice(0, 2)}/${digest.slice(2)}`;
  const md5 = (text: string): string => hash('md5', text.replaceAll('\r\n', '\n'));
  const texts = { 'in/a': 'a\r\nb\r\n', 'in/b': 'b\n', c: 'c\r\n' };
  const entries = Object.entries(texts).map(([relpath, text]) => `{"md5": "${md5(text)}", "relpath": "${relpath}"}`);
  const list = `[${[...entries].sort().join(', ')}]`;
  const up = makeWorkspace(t, {
    '.dvc/config': '',
    'dvc.yaml': 'stages: {}\n',
    'd.dvc': `outs:\n- md5: ${hash('md5', list)}.dir\n  size: 13\n  nfiles: 3\n  path: d\n`,
    [object(`${hash('md5', list)}.dir`)]: list,
    ...Object.fromEntries(Object.values(texts).map((text) => [object(md5(text)), text])),
  });
  const dialect = { layout: layouts.dvc, extendStore: withLegacyObjects } as never;
  const store = openForeignStore(dialect, { dir: space.path('cache'), scratch: space.path('scratch'), root: space.root, temporary: true });
  const repository = await open(up.root, { committed: false });
  for (const [path, files] of [['d', ['c', 'in/a', 'in/b']], ['d/in', ['a', 'b']]] as const) {
    await bringPath(repository, path, space.path(`got-${path}`), store, { modes: true });
    const at = path === 'd' ? '' : 'in/';
    for (const name of files)
      assert.equal(readFileSync(space.path(`got-${path}/${name}`), 'utf8'), texts[`${at}${name}` as keyof typeof texts]);
  }
  await bringPath(repository, 'd/in/a', space.path('one'), store, { modes: true });
  assert.equal(readFileSync(space.path('one'), 'utf8'), texts['in/a']);
  repository.close();
  store.close();
}); // prettier-ignore
