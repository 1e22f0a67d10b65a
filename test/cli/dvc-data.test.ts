// Data in a repository of DVC: `.dvc` files of several paths, and sizes that they do not have.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, globSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { gitIn } from '../git.ts';

test('a `.dvc` file of several paths: each is named by itself, and they are removed together', async (t) => {
  const { out, err, json, read, write, remove, path } = makeHere(t, {
    '.dvc/config': '',
    'folder.dvc/x': 'No record of data.',
    'a/x': '1',
    'b/y': '2',
    c: '3',
  });
  await out(0, 'add', 'a', 'b', 'c', '-q');
  write('a.dvc', read('a.dvc') + read('b.dvc').replace('outs:\n', ''));
  remove('b.dvc');
  // A part of the second is taken over into its record, and the first stays as it is.
  write('b/z', '3');
  const first = read('a.dvc').split('- md5')[1];
  await out(0, 'add', 'b/z', '-q');
  assert.deepEqual(
    [read('a.dvc').split('- md5')[1], /nfiles: 2\n.*\n  path: b/.test(read('a.dvc'))],
    [first, true],
  );
  assert.match(await out(0, 'status'), /up to date/);
  for (const name of ['a/x', 'b/y', 'c']) write(name, 'changed');
  assert.deepEqual(await json('status', '--data', 'a.dvc'), { uncommitted: { modified: ['a/', 'b/'] } });
  await out(0, 'checkout', '-f', '-q');
  assert.match(await err(1, 'move', 'c', 'b/z2'), /'b\/z2' is inside of the data 'b'/);
  assert.match(await err(1, 'move', 'b/y', 'd'), /'b\/y' is a part of the data 'b'/);
  assert.match(
    await err(1, 'move', 'b', 'd'),
    /'a\.dvc' is of 2 paths[^]*`pipe remove a\.dvc`, then `pipe add a b`/,
  );
  const both = read('a.dvc');
  assert.equal(await out(0, 'remove', 'b'), "Removed 'a.dvc': a, b stay, and are not tracked any more.\n");
  write('a.dvc', both);
  await out(0, 'remove', 'b', '--outs', '-q');
  assert.deepEqual([existsSync(path('a')), existsSync(path('b'))], [false, false]);
});

test('a `.dvc` file that a formatter has indented records what is added, moved and described', async (t) => {
  const { at, out, read, write } = makeHere(t, { '.dvc/config': '', one: '1', 'd/x': 'x' });
  await out(0, 'add', 'one', 'd', '-q');
  const formatted = (name: string): void =>
    write(
      name,
      read(name)
        .replaceAll(/^(?!outs)/gm, '  ')
        .replace(/ +$/, ''),
    );
  ['one.dvc', 'd.dvc'].forEach(formatted);
  assert.match(read('one.dvc'), /^outs:\n {2}- md5: /);
  write('one', '22');
  await out(0, 'add', 'one', '-q');
  assert.equal(read('one.dvc'), `outs:\n- md5: ${hash('md5', '22')}\n  size: 2\n  hash: md5\n  path: one\n`);
  write('new', 'n');
  await out(0, 'add', 'new', 'd', '--desc', 'of it', '-q');
  assert.match(read('d.dvc') + read('new.dvc'), /desc: of it\n[^]*desc: of it\n/);
  formatted('d.dvc');
  await out(0, 'move', 'd', 'e', '-q');
  assert.match(
    read('e.dvc'),
    /^outs:\n- md5: .*\n {2}size: 1\n {2}nfiles: 1\n {2}hash: md5\n {2}path: e\n {2}desc: of it\n$/,
  );
  assert.equal(await out(0, 'status'), 'Data and pipelines are up to date. 3 fresh\n');
  write('one.dvc', `{"outs": [{"md5": "${hash('md5', '22')}", "size": 2, "hash": "md5", "path": "one"}]}\n`);
  await out(0, 'freeze', 'one.dvc', '-q');
  assert.match(read('one.dvc'), /\n {2}path: "?one"?\nfrozen: true\n$/);
  write('one.dvc', '{"frozen": true, "outs": [{"path": "one"}]}\n');
  await out(0, 'unfreeze', 'one.dvc', '-q');
  assert.equal(read('one.dvc').replaceAll('"', ''), 'outs:\n- path: one\n');
  await at('e').out(0, 'freeze', '../one.dvc', '../e.dvc', '-q');
  for (const name of ['one.dvc', 'e.dvc']) assert.match(read(name), /^frozen: true$/m, name);
});

test('a `.dvc` file that declares nothing is fresh, and nothing of it can be moved', async (t) => {
  const { out, err, write } = makeHere(t, { '.dvc/config': '', 'x.dvc': '' });
  for (const text of ['', '# nothing\n', '{}\n', 'desc: nothing\nouts: []\n']) {
    write('x.dvc', text);
    assert.equal(await out(0, 'status'), 'Data and pipelines are up to date. 1 fresh\n', text);
    assert.match(
      await err(1, 'move', 'x.dvc', 'y'),
      /'x\.dvc' declares no data\n[^]*help: there is nothing to move; `pipe remove x\.dvc` removes the file/,
    );
    await out(0, 'repro', '-q');
    await out(0, 'remove', 'x.dvc', '-q');
  }
});

test('a symlink to a folder is refused, as by DVC, whose checkout writes to where it leads; one to a file is not', async (t) => {
  const { out, err, path, read } = makeHere(t, { '.dvc/config': '', 'd/x': 'x', one: '1' });
  symlinkSync('d', path('linked'));
  symlinkSync('one', path('file'));
  assert.match(
    await err(1, 'add', 'linked', 'd'),
    /^error\[data-refused\]: 'linked' is a symlink to a folder\n.*help: add the folder itself \(`pipe add d`\)/,
  );
  symlinkSync(path('d'), path('absolute'));
  assert.match(await err(1, 'add', 'absolute'), /'absolute' is a symlink to a folder\n.*\(`pipe add d`\)/);
  assert.ok(!existsSync(path('linked.dvc')) && !existsSync(path('d.dvc')));
  await out(0, 'add', 'file', 'd', '-q');
  assert.match(read('file.dvc'), /path: file\n/);
});

test('sizes in a repository of DVC, whose lists of files have none, are those of the objects, or unknown', async (t) => {
  const { out, json, read, write, path, remove, root } = makeHere(t, {
    '.dvc/config': '',
    'd/x': 'x',
    'd/y': 'yy',
    one: '1',
  });
  await out(0, 'add', 'd', 'one', '-q');
  write('d/z', 'zzz');
  await out(0, 'add', 'd/z', '-q');
  assert.match(read('d.dvc'), /\n {2}size: 6\n {2}nfiles: 3\n/);
  // As DVC leaves it: the other sizes are not in the list.
  write('d/x', 'longer');
  await out(0, 'add', 'd/x', '-q');
  assert.match(read('d.dvc'), /^outs:\n- md5: \w+\.dir\n {2}nfiles: 3\n/);
  const sizes = async (...targets: readonly string[]): Promise<unknown> =>
    (
      (await json('du', ...targets)) as { readonly entries: readonly { readonly bytes?: number }[] }
    ).entries.map(({ bytes }) => bytes);
  assert.deepEqual(await sizes(), [11, 1]);
  write('d.dvc', read('d.dvc').replace('  nfiles: 3\n', ''));
  assert.deepEqual(await sizes('one', 'd'), [6, 2, 3, 1]);
  assert.deepEqual(await sizes(), [11, 1]);
  const [object] = globSync('.dvc/cache/files/md5/*/*', { cwd: path('.') }).filter(
    (name) => read(name) === 'yy',
  );
  remove(object!);
  assert.deepEqual(
    [await sizes('d'), await sizes()],
    [
      [6, undefined, 3],
      [undefined, 1],
    ],
  );
  const git = gitIn(root);
  git('init', '-q');
  git('add', 'd.dvc', 'one.dvc');
  git('commit', '-qm', 'Before');
  for (const [from, to] of ['xr', 'zs']) write(`d/${to}`, read(`d/${from}`));
  for (const name of ['x', 'z']) remove(`d/${name}`);
  for (const [name, text] of [
    ['d/a', '4444'],
    ['d/b', '55555'],
    ['d/y', 'y later'],
    ['one', '333'],
  ] as const)
    write(name, text);
  await out(0, 'add', 'd', 'one', '-q');
  git('commit', '-qam', 'After');
  const [a, b] = [
    { path: 'd/a', size: 4 },
    { path: 'd/b', size: 5 },
  ];
  const renamed = (old: string, now: string, size: number): object => ({ path: { old, new: now }, size });
  assert.deepEqual(await json('diff', 'HEAD~1', 'HEAD'), {
    added: [a, b],
    deleted: [],
    // What no record says is unknown, and not nothing.
    modified: [
      { path: 'd/', size: { old: null, new: 25 } },
      { path: 'd/y', size: { old: null, new: 7 } },
      { path: 'one', size: { old: 1, new: 3 } },
    ],
    renamed: [renamed('d/x', 'd/r', 6), renamed('d/z', 'd/s', 3)],
  });
  const { deleted } = (await json('diff', 'HEAD', 'HEAD~1')) as { readonly deleted: unknown };
  assert.deepEqual(deleted, [a, b]);
  write('d/q', read('d/r'));
  remove('d/r');
  const moved = (await json('diff')) as { readonly renamed: unknown };
  assert.deepEqual(moved.renamed, [renamed('d/r', 'd/q', 6)]);
  // Each warning about the pipeline is in the output of a run.
  const split = (name: string): string => `  ${name}:\n    cmd: |\n      true \\\n        true\n`;
  write('dvc.yaml', `stages:\n${split('a')}${split('b')}`);
  assert.equal((await out(0, 'repro')).match(/warning\[split-command\]/g)?.length, 2);
});

test('what neither the cache nor a remote has comes from its source, from DVC, or from people, by what it is', async (t) => {
  const { err, out, write, remove } = makeHere(t, {
    '.dvc/config': '[core]\n    remote = r\n[\'remote "r"\']\n    url = ../store\n',
    one: '1',
    far: '2',
  });
  await out(0, 'add', 'one', '-q');
  await out(0, 'import-url', 'far', 'near', '-q');
  await out(0, 'push', '-q');
  const versions = `outs:
- {path: old, md5: 6654c734ccab8f440ff0825eb443dc7f, size: 2, hash: md5, push: false}
deps:
- {path: 's3://bucket/old', etag: 6654c734ccab8f440ff0825eb443dc7f, size: 2, version_id: v, hash: md5, fs_config: {version_aware: true}}
`;
  write('old.dvc', versions);
  for (const name of ['one', 'near', 'store/files', '.dvc/cache']) remove(name);
  const pulled = await err(1, 'pull');
  assert.match(pulled, /all of 'one' of 'one\.dvc'\n[^]*?help: push it from where the cache has it\n/);
  assert.match(
    pulled,
    /all of 'near' of 'near\.dvc'\n[^]*?help: push it from where the cache has it, or bring it from its source \(`pipe update near\.dvc`\)\n/,
  );
  const placed = await err(1, 'checkout');
  assert.match(placed, /'one' of 'one\.dvc'\n[^]*?help: fetch it \(`pipe pull one\.dvc`\)\n/);
  assert.match(
    placed,
    /help: fetch it \(`pipe pull near\.dvc`\), or bring it from its source \(`pipe update near\.dvc`\)\n/,
  );
  assert.match(
    placed,
    /'old' of 'old\.dvc'\n[^]*?help: it is on no remote \(`push: false`\): let DVC bring it \(`dvc pull old\.dvc`\)\n/,
  );
  const asked = await out(0, 'status', 'old.dvc');
  assert.match(asked, /the options fs_config, version_id are not known here/);
  await out(0, 'update', 'near', '-q');
  assert.equal(await out(0, 'status', 'near.dvc'), 'Data and pipelines are up to date. 1 fresh\n');
});

test('texts that DVC 2 recorded are what they were, whatever their line ends', async (t) => {
  const md5 = (text: string): string => hash('md5', text);
  const list = `[{"md5": "${md5('b\n')}", "relpath": "x"}]`;
  const { out, path, remove, write } = makeHere(t, {
    '.dvc/config': '',
    'dvc.yaml': "stages:\n  s:\n    cmd: 'true'\n    deps: [d, in]\n",
    'dvc.lock': `schema: '2.0'
stages:
  s:
    cmd: 'true'
    deps:
    - path: d
      md5: ${md5(list)}.dir
      size: 2
      nfiles: 1
    - path: in
      md5: ${md5('a\n')}
      size: 2
`,
    'd/x': 'b\r\n',
    in: 'a\r\n',
  });
  await out(0, 'status', '--check');
  // Its objects are where DVC 2 had them.
  const object = `.dvc/cache/${md5('a\n').slice(0, 2)}/${md5('a\n').slice(2)}`;
  write(object, 'a\n');
  write('kept.dvc', `outs:\n- md5: ${md5('a\n')}\n  size: 2\n  path: kept\n`);
  assert.equal(await out(0, 'locate', 'kept'), `${path(object)}\n`);
  remove('kept.dvc');
  write('d/x', 'c\r\n');
  assert.match(await out(1, 'status', '--check'), /^s: deps: d modified$/m);
  write('d/x', 'b\n');
  write('in', 'c\r\n');
  assert.match(await out(1, 'status', '--check'), /^s: deps: in modified$/m);
});

test('what git has is not added, nor is data declared where git would not see it', async (t) => {
  const dvc = makeHere(t, {
    '.dvc/config': '[\'remote "here"\']\n    url = ../remote\n',
    'dvc.yaml': 'stages: {}\n',
    x: '1',
    y: '2',
    z: '3',
    '.gitignore': '/y.dvc\n',
  });
  const own = makeHere(t, { 'pipeline.yaml': 'stages: {}\n', x: '1', z: '3' });
  for (const { root } of [dvc, own])
    for (const args of [
      ['init', '-q'],
      ['add', 'x'],
    ])
      execFileSync('git', args, { cwd: root });
  for (const { err, read } of [dvc, own]) {
    assert.match(await err(1, 'add', 'z', 'x'), /data-in-git\]: git tracks 'x'/);
    assert.equal(read('x'), '1');
  }
  assert.match(await dvc.err(1, 'add', 'z', 'y'), /data-ignored\]: git ignores 'y\.dvc'/);
  assert.ok(!existsSync(dvc.path('y.dvc')));
  rmSync(dvc.path('x'));
  for (const flags of [[], ['--no-exec'], ['--no-download'], ['--to-remote', '-r', 'here']])
    assert.match(
      await dvc.err(1, 'import-url', dvc.path('y'), 'x', ...flags),
      /out-tracked-by-git\]: git tracks 'x'/,
      flags[0],
    );
  assert.deepEqual([dvc.path('x'), dvc.path('x.dvc')].filter(existsSync), []);
  // What somebody made without pipe is recorded, and kept out of git; not what git has.
  dvc.write('dvc.yaml', 'stages:\n  s: {cmd: cp z o, deps: [z], outs: [o, p]}\n');
  for (const name of ['o', 'p']) dvc.write(name, '3');
  execFileSync('git', ['add', 'p'], { cwd: dvc.root });
  assert.match(await dvc.err(1, 'commit', '-f'), /out-tracked-by-git\]: git tracks 'p'/);
  assert.ok(!existsSync(dvc.path('dvc.lock')));
  execFileSync('git', ['rm', '-q', '--cached', 'p'], { cwd: dvc.root });
  dvc.write('.dvc/config', `[core]\n    autostage = true\n${dvc.read('.dvc/config')}`);
  await dvc.out(0, 'commit', '-f', '-q');
  assert.equal(dvc.read('.gitignore'), '/y.dvc\n/o\n/p\n');
  const { stdout: added } = spawnSync('git', ['ls-files', 'dvc.lock'], { cwd: dvc.root, encoding: 'utf8' });
  assert.equal(added, 'dvc.lock\n');
  await dvc.out(0, 'import-url', dvc.path('y'), 'got', '-q');
  assert.match(dvc.read('.gitignore'), /^\/got$/m);
  const { stdout } = spawnSync('git', ['ls-files', 'got.dvc'], { cwd: dvc.root, encoding: 'utf8' });
  assert.equal(stdout, 'got.dvc\n');
});

test('programs stay programs, also in their records; a `.dvc` file of another path is never replaced', async (t) => {
  const { out, err, read, write, remove, path } = makeHere(t, {
    '.dvc/config': '',
    run: '#!/bin/sh',
    far: '2',
    'in/near.dvc': 'outs:\n- path: near\n- path: other\n',
  });
  chmodSync(path('run'), 0o755);
  await out(0, 'add', 'run', '-q');
  const recorded = (text: string): string =>
    `outs:\n- md5: ${hash('md5', text)}\n  size: ${text.length}\n  isexec: true\n  hash: md5\n  path: run\n`;
  assert.equal(read('run.dvc'), recorded('#!/bin/sh'));
  write('run', '#!/bin/bash');
  await out(0, 'add', 'run', '-q');
  assert.equal(read('run.dvc'), recorded('#!/bin/bash'));
  remove('run');
  await out(0, 'checkout', '-q');
  assert.equal(statSync(path('run')).mode & 0o111, 0o111);

  const kept = read('in/near.dvc');
  write('mine.dvc', 'outs:\n- path: yours\n');
  for (const [args, said] of [
    [['import-url', 'far', 'mine'], /'mine\.dvc' exists, and does not declare this path/],
    [['import-url', 'far', 'in/other', '--force'], /'in\/other' is declared in in\/near\.dvc/],
    [['add', 'mine'], /mine/],
  ] as const) {
    if (args[0] === 'add') write('mine', 'mine');
    assert.match(await err(1, ...args), said);
  }
  assert.deepEqual([read('in/near.dvc'), read('mine.dvc')], [kept, 'outs:\n- path: yours\n']);
});

test('a run in a folder of the repository waits for no DVC, but does not write what one writes', async (t) => {
  const here = makeHere(t, {
    '.dvc/config': '',
    'in/dvc.yaml': 'stages:\n  s: {cmd: echo 1 > o, outs: [o]}\n',
  });
  const other = { pid: process.ppid, cmd: 'repro' };
  here.write('.dvc/tmp/rwlock', JSON.stringify({ write: { [here.path('in/o')]: other } }));
  assert.match(await here.at('in').out(1, 'repro'), /DVC works on '.*in\/o'/);
  here.write('.dvc/tmp/rwlock', '{}');
  await here.at('in').out(0, 'repro', '-q');
});

test('commit records the size that the record of a folder lacks, though the cache has all of it', async (t) => {
  const { out, read, write } = makeHere(t, { '.dvc/config': '', 'd/x': '22', 'd/y': '3', e: '' });
  await out(0, 'add', 'd', 'e', '-q');
  const whole = read('d.dvc');
  write('d.dvc', whole.replace(/ {2}size: 3\n/, ''));
  assert.notEqual(read('d.dvc'), whole);
  assert.equal(await out(0, 'commit'), 'Recorded: d.dvc\n');
  assert.deepEqual(
    new Set(read('d.dvc').split('\n')),
    new Set(whole.split('\n')),
    'as it was, in another order of keys',
  );
  assert.equal(await out(0, 'commit'), 'Nothing to record: the workspace matches the lock file.\n');
});

test('what DVC 2 recorded of a text with other line ends is as recorded, of dependencies and of outputs', async (t) => {
  const alike = hash('md5', 'a\nb\n');
  const { json, out, path, remove, write } = makeHere(t, {
    '.dvc/config': '',
    'dvc.yaml': 'stages:\n  s: {cmd: cp in out, deps: [in], outs: [out]}\n',
    'dvc.lock': `schema: '2.0'
stages:
  s:
    cmd: cp in out
    deps:
    - path: in
      md5: ${alike}
      size: 6
    outs:
    - path: out
      md5: ${alike}
      size: 6
`,
    in: 'a\r\nb\r\n',
    out: 'a\r\nb\r\n',
    [`.dvc/cache/${alike.slice(0, 2)}/${alike.slice(2)}`]: 'a\r\nb\r\n',
  });
  assert.match(await out(0, 'status'), /up to date/);
  write('in', 'a\r\nB\r\n');
  assert.match(await out(0, 'status'), /deps: in modified/);
  remove('out');
  assert.partialDeepStrictEqual(await json('locate', 'out'), {
    source: 'cache',
    algorithm: 'md5-dos2unix',
    file: path(`.dvc/cache/${alike.slice(0, 2)}/${alike.slice(2)}`),
  });
});
