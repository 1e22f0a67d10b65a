// Data that is added, moved and removed: what is printed, and what the files have afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bringUpdates } from '../../src/cli/cli.ts';
import { makeHere } from './here.ts';
import { STAGES, project } from './data-project.ts';
import { gitIn } from '../git.ts';

test('add, status --data, move and remove', async (t) => {
  const { at, out, json, err, read, write, path, root, remove } = await project(t);
  const git = gitIn(root);
  assert.equal(
    await out(0, 'add', 'raw', 'one.txt', './raw', 'sub/../one.txt'),
    'Added raw (2 files, 5 B)\nAdded one.txt (3 B)\n',
  );
  assert.equal(read('pipeline.yaml'), `${STAGES}data:\n- path: raw\n- path: one.txt\n`);
  assert.equal(read('.gitignore'), '/raw\n/one.txt\n');
  assert.match(
    read('pipeline.lock'),
    /- path: raw\n {2}hash: sha256\n {2}sha256: \w+\.dir\n {2}size: 5\n {2}nfiles: 2\n/,
  );
  const { added } = (await json('add', 'raw')) as {
    readonly added: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    added.map(({ path, stage, file, what, bytes, files }) => [path, stage, file, what, bytes, files]),
    [['raw', 'raw', 'pipeline.yaml', 'unchanged', 5, 2]],
  );
  write('raw/b.csv', 'bbb\n');
  assert.equal(
    await out(0, 'status', '--data'),
    `Recorded, and not committed to git:
  (\`git commit\` the lock file, or the .dvc files)
    added: one.txt
    added: raw/

Changed, and not recorded:
  (\`pipe commit PATH\` records the change)
  (\`pipe checkout PATH\` discards it)
    modified: raw/
`,
  );
  assert.deepEqual(await json('status', '--data', '--granular'), {
    committed: { added: ['one.txt', 'raw/', 'raw/a.csv', 'raw/b.csv'] },
    uncommitted: { modified: ['raw/', 'raw/b.csv'] },
  });
  const part = { committed: { added: ['raw/b.csv'] }, uncommitted: { modified: ['raw/b.csv'] } };
  assert.deepEqual(await json('status', '--data', 'raw/b.csv'), part);
  assert.deepEqual(await at('sub').json('status', '--data', '../raw/b.csv'), part);
  assert.deepEqual(
    ((await json('status', '--data', '--untracked-files', 'all', 'sub')) as { untracked: unknown }).untracked,
    ['sub/x'],
  );
  await out(1, 'status', '--data', '--check');
  assert.equal(await out(0, 'add', 'raw/b.csv'), 'Updated raw by raw/b.csv (2 files, 6 B)\n');
  write('one.txt', 'two');
  assert.equal(await out(0, 'add', 'one.txt'), 'Updated one.txt (3 B)\n');
  write('one.txt', 'one');
  await out(0, 'add', 'one.txt', '-q');
  symlinkSync('sub', path('link'));
  write('sub/in/x', '');
  for (const [name, why] of [
    ['none', /'none' does not exist/],
    ['used.txt', /'used\.txt' is an output of the stage 'use'/],
    ['raw/..', /the project folder itself cannot be data/],
    ['pipeline.yaml', /belongs to the project itself/],
    ['cache', /holds the cache, or is a part of it/],
    ['link/x', /'link\/x' is behind the symlink 'link'/],
    ['link/in/x', /'link\/in\/x' is behind the symlink 'link'/],
  ] as const)
    assert.match(await err(1, 'add', name), why);
  const before = read('pipeline.yaml');
  write('pipeline.yaml', `${before}config: {cache: {dir: sub/store}}\n`);
  assert.match(await err(1, 'add', 'sub'), /'sub' holds the cache/);
  // What pipe keeps of the project itself stays where it is.
  assert.match(await err(1, 'add', 'cache'), /'cache' holds the cache/);
  assert.match(await err(1, 'add', 'one.txt', 'raw', 'raw/a.csv'), /'raw\/a\.csv' is inside of 'raw'/);
  write('sub/part.yaml', 'stages: {m: {cmd: x, outs: [o, made/x]}}\n');
  write('pipeline.yaml', `${before}include: {part: sub/part.yaml}\n`);
  write('sub/made/y', '');
  assert.match(await err(1, 'add', 'sub/part.yaml'), /'sub\/part\.yaml' belongs to the project itself/);
  assert.match(await err(1, 'add', 'sub/made'), /'sub\/made' contains 'sub\/made\/x', an output/);
  write('.pipeignore', 'gone/\n');
  assert.match(await err(1, 'add', '--out', 'gone/in/x', 'raw/a.csv'), /'gone' is ignored by \.pipeignore/);
  for (const name of ['sub/part.yaml', 'sub/made', '.pipeignore']) remove(name);
  write('pipeline.yaml', before);
  remove('link');
  remove('sub/in');
  // A pattern means no hidden files; links that are configured are for other files than those of --no-relink.
  write('.secret.txt', '');
  write('two.txt', '2');
  write('pipeline.yaml', `${read('pipeline.yaml')}config: {cache: {links: [hardlink]}}\n`);
  assert.equal(await out(0, 'add', '--no-relink', '--glob', '*wo.txt'), 'Added two.txt (1 B)\n');
  await err(1, 'add', '--glob', '.secret.tx?');
  assert.equal(statSync(path('two.txt')).nlink, 1);
  await out(0, 'add', '--no-copy', '--glob', 'o*.txt', '-q');
  assert.equal(statSync(path('one.txt')).nlink, 2);
  await out(0, 'remove', 'two.txt');
  write('three.txt', '3');
  await at('sub').out(0, 'add', '../three.txt', '--file', '../pipeline.yaml', '-q');
  await out(0, 'remove', 'three.txt', '-q');
  remove('three.txt');
  for (const name of ['.secret.txt', 'two.txt']) remove(name);
  await out(0, 'add', 'one.txt', '--desc', 'First');
  assert.match(read('pipeline.yaml'), /- path: one\.txt\n {2}desc: First\n/);
  write('pipeline.yaml', `${STAGES}data:\n- path: raw\n- path: one.txt\n`);
  git('add', '-A');
  git('commit', '-qm', 'Data');
  assert.match(await err(1, 'move', 'one.txt', 'raw'), /'raw\/one\.txt' is inside of the data 'raw'/);

  assert.deepEqual(await json('move', 'raw', 'data'), {
    from: 'raw',
    to: 'data',
    stage: 'data',
    readers: ['use'],
  });
  assert.equal(await out(0, 'move', 'one.txt', 'sub'), 'Moved one.txt to sub/one.txt.\n');
  assert.equal(read('pipeline.yaml'), `${STAGES}data:\n- path: data\n- path: sub/one.txt\n`);
  assert.deepEqual([read('.gitignore'), read('sub/.gitignore')], ['/data\n', '/one.txt\n']);
  assert.deepEqual(
    [read('data/b.csv'), read('sub/one.txt'), existsSync(path('raw'))],
    ['bbb\n', 'one', false],
  );
  assert.deepEqual(await json('status', '--data', '--untracked-files', '--unchanged'), {
    committed: {
      renamed: [
        { old: 'raw/', new: 'data/' },
        { old: 'one.txt', new: 'sub/one.txt' },
      ],
    },
    untracked: ['sub/.gitignore'],
  });
  assert.match(await err(1, 'add', 'sub'), /'sub' contains 'sub\/one\.txt', which is data already/);
  assert.match(await err(1, 'move', 'data', 'data/in/it'), /is inside of what is to be moved/);
  assert.match(
    await err(1, 'move', 'data', 'pipeline.yaml/x'),
    /'pipeline\.yaml' is no folder\n.*choose another path/,
  );
  assert.match(await err(1, 'add', '-j', '2', 'sub/x'), /nothing is transferred here/);
  assert.match(await err(1, 'move', 'data', 'sub/x'), /'sub\/x' exists, and is not replaced/);
  assert.match(await err(1, 'move', 'used.txt', 'y'), /'used\.txt' is an output of the stage 'use'/);
  git('add', '-A');
  git('commit', '-qm', 'Moved');
  assert.deepEqual(await json('status', '--data', '--unchanged'), { unchanged: ['data/', 'sub/one.txt'] });
  await out(0, 'remote', 'add', '-d', '--local', 'far', 'far');
  await out(0, 'status', '--data', '--check');
  assert.match(await out(1, 'status', '--data', '--not-in-remote', '--check'), / data\/\n/);
  assert.deepEqual(await json('status', '--data', '--not-in-remote', '--granular', 'data'), {
    not_in_remote: ['data/', 'data/a.csv', 'data/b.csv'],
  });

  assert.equal(
    await out(0, 'remove', 'sub/one.txt'),
    "Removed 'sub/one.txt': sub/one.txt stays, and is not tracked any more.\n",
  );
  assert.equal(read('sub/one.txt'), 'one');
  assert.deepEqual(await json('remove', 'data', '--outs'), {
    removed: [{ stage: 'data', outs: ['data'] }],
    files: 'removed',
    saved: [],
  });
  assert.ok(!existsSync(path('data')));
  assert.equal(read('pipeline.yaml'), STAGES);
  assert.doesNotMatch(read('pipeline.lock'), /path/);
  for (const name of ['.gitignore', 'sub/.gitignore'])
    assert.ok(!existsSync(path(name)) || !/data|one/.test(read(name)), name);
  assert.match(await err(1, 'remove', 'used.txt'), /'used\.txt' is an output of the stage 'use'/);
});

test('what comes from elsewhere replaces nothing that is declared, and no file that was set aside before', async (t) => {
  const { out, err, json, write, read, path, remove, at } = await project(t);
  assert.match(await err(1, 'import-url', 'one.txt', 'used.txt'), /'used\.txt' is declared already/);
  // What fails leaves no folder that it made, and those that were there.
  mkdirSync(path('kept'));
  for (const [command, ...args] of [
    ['import-url', 'none', 'new/in/x'],
    ['import-url', 'none', 'kept/in/x'],
    ['import', 'none', 'x', '-o', 'new/in/x'],
    ['get', 'none', '-o', 'new/in/x'],
    ['get', 'none', 'x', '-o', 'kept/in/x'],
    ['add', 'none', '--out', 'new/in/x'],
    ['add', 'none', '--to-remote', '--out', 'new/in/x'],
  ] as const)
    assert.match(await err(1, command, ...args), /'\S*none' |no remote/, `${command} ${args.join(' ')}`);
  assert.deepEqual([existsSync(path('new')), readdirSync(path('kept'))], [false, []]);
  const nameless = await err(1, 'get', 'https://me:hunter22@example.org/');
  assert.match(nameless, /has no name for what comes from there/);
  assert.doesNotMatch(nameless, /hunter22/);
  assert.equal(read('pipeline.yaml'), STAGES);
  await out(0, 'import-url', 'one.txt', 'got.txt', '-q');
  assert.match(read('pipeline.lock'), /^- path: got\.txt$/m);
  remove('got.txt');
  await out(0, 'checkout', '-q');
  assert.equal(read('got.txt'), 'one', 'what was brought can be put back');
  // What it comes from is relative to the file that declares it.
  write('sub/pipeline.yaml', 'stages: {}\n');
  await at('sub').out(0, 'import-url', '../one.txt', '-q');
  assert.match(read('sub/pipeline.yaml'), /from: \.\.\/one\.txt$/m);
  write('one.txt', 'changed');
  const updates = async (...args: readonly string[]): Promise<number> =>
    ((await json('status', ...args)) as { readonly updates: readonly unknown[] }).updates.length;
  assert.deepEqual([await updates(), await updates('--no-updates')], [2, 0]);
  await out(0, 'update', 'sub/one.txt', '-q');
  assert.equal(read('sub/one.txt'), 'changed');
  write('got.txt', 'mine');
  assert.equal(
    await err(0, 'commit', 'got.txt'),
    '',
    'other than what comes from a repository, it can be pushed',
  );
  write('mine', 'not stored');
  assert.match(await err(0, 'get', 'one.txt', '-o', 'mine', '-f'), /saved mine: no stage made it/);
  const [saved] = (await json('cache', 'saved')) as readonly { readonly id: string; readonly at: string }[];
  remove('mine');
  await out(0, 'cache', 'restore', saved!.id);
  assert.equal(read('mine'), 'not stored');
  // Of a folder also what is ignored in it.
  write('from/f', '1');
  await out(0, 'import-url', 'from', 'folder', '-q');
  write('.pipeignore', '*.log\n');
  write('folder/my.log', 'mine');
  write('from/f', '2');
  assert.match(await err(0, 'update', 'folder'), /saved folder\/my\.log/);
  assert.equal(read('folder/f'), '2');
  remove('.pipeignore');
  // What is on a remote alone is not what was here.
  await out(0, 'remote', 'add', '-d', 'near', path('store'));
  write('got.txt', 'not stored');
  assert.match(
    await err(0, 'import-url', '--to-remote', '--force', 'one.txt', 'got.txt'),
    /saved got\.txt: no stage made it/,
  );
  assert.ok(!existsSync(path('got.txt')));
  await out(0, 'pull', '-q');
  assert.equal(read('got.txt'), 'changed');
  // A newer version goes to where the first one went.
  await out(0, 'remote', 'add', 'other', path('other'), '-q');
  await out(0, 'import-url', '--to-remote', '-r', 'other', 'one.txt', 'own.txt', '-q');
  write('one.txt', 'only for the other');
  await out(0, 'update', 'own.txt', '--to-remote', '-q');
  const has = (remote: string): boolean =>
    globSync(`${remote}/objects/sha256/*/*`, { cwd: path('.') }).some(
      (name) => read(name) === 'only for the other',
    );
  assert.deepEqual(['store', 'other'].map(has), [false, true]);

  const dvc = makeHere(t, { '.dvc/config': '', x: 'git has it', new: 'n' });
  for (const args of [
    ['init', '-q'],
    ['add', 'x'],
  ])
    execFileSync('git', args, { cwd: dvc.root });
  for (const more of [[], ['--no-download']])
    assert.match(await dvc.err(1, 'import-url', 'new', 'x', '-f', ...more), /git tracks 'x'/);
  assert.deepEqual([dvc.read('x'), existsSync(dvc.path('x.dvc'))], ['git has it', false]);
  await dvc.out(0, 'remote', 'add', '-d', 'near', dvc.path('store'));
  // DVC does not record that what it sends so may be executed.
  chmodSync(dvc.path('new'), 0o755);
  await dvc.out(0, 'add', 'new', '--to-remote', '--out', 'sent/in/x', '-q');
  assert.match(dvc.read('sent/in/x.dvc'), /^outs:\n- md5: \w+\n {2}size: 1\n {2}hash: md5\n {2}path: x\n$/);
  await dvc.out(0, 'remote', 'add', 'drive', 'gdrive://root/x', '-q');
  assert.match(
    await dvc.err(1, 'remote', 'modify', '--local', 'drive', 'rclone', 'mine'),
    /remote-option[^]*'rclone'[^]*cache\/config\.yaml/,
  );
  assert.deepEqual(readdirSync(dvc.path('sent/in')).sort(), ['.gitignore', 'x.dvc']);

  const outside = makeHere(t, { new: 'n', x: '1', 'x.saved': '0' });
  assert.match(await outside.err(0, 'get', 'new', '-o', 'x', '-f'), /what was there is now 'x\.saved-2'/);
  assert.deepEqual(['x', 'x.saved', 'x.saved-2'].map(outside.read), ['n', '0', '1']);
});

test('gc --projects keeps what commits of the other project recorded, too', async (t) => {
  const pipeline = 'stages:\n  s: {cmd: cat in > o, deps: [in], outs: [o]}\n';
  const { at, write, root, path } = makeHere(t, {
    'one/pipeline.yaml': pipeline,
    'two/pipeline.yaml': pipeline,
    'three/pipeline.yaml': pipeline,
    'one/in': 'of a commit of two',
    'two/in': 'of a commit of two',
    'three/in': 'of three',
  });
  const git = gitIn(root);
  for (const project of ['one', 'two']) await at(project).out(0, 'repro', '-q');
  git('init', '-q');
  git('add', 'two/pipeline.lock');
  git('commit', '-q', '-m', 'one');
  for (const project of ['one', 'two']) {
    write(`${project}/in`, `later in ${project}`);
    await at(project).out(0, 'repro', '-q');
  }
  const objects = (): number => globSync('cache/objects/sha256/*/*', { cwd: path('one') }).length;
  for (const none of ['../none', '../one'])
    assert.match(
      await at('one').err(1, 'gc', '--workspace', '--projects', none),
      /there is no other project at '\.\.\/\w+'\n.*nothing was removed/,
    );
  await at('three').out(0, 'repro', '-q');
  for (const text of ['of three', 'later in one']) {
    write('one/in', text);
    await at('one').out(0, 'repro', '-q');
  }
  await at('one').out(0, 'gc', '--all-commits', '--projects', '../two', '../three');
  assert.equal(objects(), 3, 'what each of them needs');
  await at('one').out(0, 'gc', '--all-commits', '--projects', '../two');
  assert.equal(objects(), 2);
  await at('one').out(0, 'gc', '--all-commits');
  assert.equal(objects(), 1);
});

test('of data on one line, what is meant is moved and removed, and the rest stays as it is declared', async (t) => {
  const { out, err, json, read } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\ndata: [a, b, {path: c, push: false}]\n',
    ...Object.fromEntries(['a', 'b', 'c/in', 'd'].map((name) => [name, name])),
  });
  await out(0, 'commit', '-q');
  const declared = (): string => /^data: (.*)$/m.exec(read('pipeline.yaml'))![1]!;
  assert.match(await err(1, 'move', 'b', 'c/x'), /'c\/x' is inside of the data 'c'/);
  await out(0, 'move', 'b', 'bb', '-q');
  assert.equal(declared(), '[a, bb, {path: c, push: false}]');
  await out(0, 'add', 'd', '--no-push', '-q');
  assert.equal(declared(), '[a, bb, {path: c, push: false}, {path: d, push: false}]');
  assert.deepEqual(await json('remove', 'a', 'c'), {
    removed: ['a', 'c'].map((name) => ({ stage: name, outs: [name] })),
    files: 'kept',
    saved: [],
  });
  assert.equal(declared(), '[bb, {path: d, push: false}]');
  assert.equal(
    await out(0, 'remove', 'bb', 'd'),
    ['bb', 'd'].map((name) => `Removed '${name}': ${name} stays, and is not tracked any more.\n`).join(''),
  );
  assert.deepEqual([read('a'), read('bb')], ['a', 'b']);
});

test('a part that fills a folder which was recorded as empty replaces its entry', async (t) => {
  const { out, err, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\n',
    'd/x': 'x',
    'd/xx': 'beside',
  });
  mkdirSync(path('d/empty'));
  await out(0, 'add', 'd');
  write('d/empty/y', 'y');
  await out(0, 'add', 'd/empty/y');
  // What is left of a folder is no empty one.
  write('d/empty/z', 'z');
  await out(0, 'add', 'd/empty/z');
  rmSync(path('d/empty/z'));
  await out(0, 'add', 'd/empty/z');
  await out(0, 'status', '--data', '--check');
  write('d/x', 'program');
  chmodSync(path('d/x'), 0o755);
  write('d/xx', 'not added');
  await out(0, 'add', 'd/x');
  rmSync(path('d'), { recursive: true });
  await out(0, 'checkout');
  assert.deepEqual([read('d/x'), read('d/xx'), read('d/empty/y')], ['program', 'beside', 'y']);
  assert.equal(statSync(path('d/x')).mode & 0o111, 0o111);
  // A folder without its last file is an empty one as long as it is there.
  for (const stays of [true, false]) {
    write('d/empty/y', 'y');
    await out(0, 'add', 'd/empty/y');
    rmSync(path(stays ? 'd/empty/y' : 'd/empty'), { recursive: true });
    await out(0, 'add', 'd/empty/y');
    rmSync(path('d'), { recursive: true });
    await out(0, 'checkout');
    assert.equal(existsSync(path('d/empty')), stays);
  }
  const recorded = read('pipeline.lock');
  rmSync(path('cache/objects'), { recursive: true });
  write('d/x', 'of a folder whose other files are not known');
  assert.match(await err(1, 'add', 'd/x'), /does not have the recorded list of the files in 'd'/);
  assert.equal(read('pipeline.lock'), recorded);
  write('.pipeignore', '*.tmp\n');
  write('own.tmp', 'never stored');
  assert.match(await err(1, 'add', 'own.tmp'), /'own\.tmp' is ignored by \.pipeignore/);
});

test('data that is a symlink may lead to another place of the project, and not out of it', async (t) => {
  const elsewhere = makeHere(t, { x: 'x' });
  const { out, err, json, path, read, write } = await project(t);
  symlinkSync('raw', path('inside'));
  symlinkSync(elsewhere.path('x'), path('outside'));
  await out(0, 'add', 'inside', '-q');
  const before = read('pipeline.yaml');
  assert.match(
    await err(1, 'add', 'outside'),
    /^error\[symlink-refused\]: the symlink "outside" cannot be data or an output: it points outside of the project\n/,
  );
  assert.equal(read('pipeline.yaml'), before);
  await out(0, 'add', elsewhere.path('x'), '-o', 'copied', '-q');
  assert.equal(read('copied'), 'x');
  // A name that is there is no pattern.
  write('odd1', '1');
  write('odd[1]', 'itself');
  assert.equal(await out(0, 'add', 'odd[1]'), 'Added odd[1] (6 B)\n');
  // What cannot be hashed is saved as it is.
  await out(0, 'add', 'raw', '-q');
  symlinkSync(elsewhere.path('x'), path('raw/outside'));
  const { saved } = (await json('remove', 'raw', '--outs')) as { readonly saved: readonly unknown[] };
  assert.equal(saved.length, 1);
  assert.ok(!existsSync(path('raw')));
});

test('imports: what was recorded alone, other data than was recorded, another name of the same commit', async (t) => {
  const { out, err, json, write, read, path, remove, root } = makeHere(t, {
    'pipeline.yaml': 'vars: [n: 1]\nstages:\n  gone: {cmd: "echo ${n} > g", outs: [g]}\n',
    in: 'one',
    'up/x': 'theirs',
  });
  // What the lock file has of the last run is not the business of an import.
  await out(0, 'repro', '-S', 'n=2', '-q');
  write('pipeline.yaml', 'stages: {}\n');
  const git = gitIn(path('up'));
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  for (const tag of ['v1', 'v2']) git('tag', tag);
  for (const name of ['later', 'changed']) await out(0, 'import-url', '--no-download', 'in', name, '-q');
  assert.match(read('pipeline.lock'), /n=2[^]*gone:/);
  assert.match(await out(0, 'pull', 'later'), /^A\tlater$/m);
  assert.equal(read('later'), 'one');
  write('in', 'two');
  assert.match(await err(1, 'pull'), /source-changed\]: the source of 'changed' has other data/);
  assert.ok(!existsSync(path('changed')));
  await out(0, 'update', 'changed', '-q');
  assert.equal(read('changed'), 'two');
  // What the cache has lost comes into it again.
  remove('cache/objects');
  await out(0, 'update', 'changed', '-q');
  remove('changed');
  await out(0, 'checkout', 'changed', '-q');
  assert.equal(read('changed'), 'two');

  await out(0, 'import', path('up'), 'x', '--rev', 'v1', '-q');
  await out(0, 'update', 'x', '--rev', 'v2', '-q');
  assert.match(read('pipeline.yaml'), /rev: v2$/m);
  remove('cache/objects');
  assert.match(await out(0, 'fetch', 'x'), /^Fetched 'x' /);
  const right = read('pipeline.lock');
  write('pipeline.lock', right.replace(hash('sha256', 'theirs'), hash('sha256', 'ours!!')));
  assert.match(await err(1, 'fetch', 'x'), /source-changed\]: the source of 'x' has other data/);
  write('pipeline.lock', right);
  assert.match(await err(1, 'update', '--rev', 'v1'), /'later'.* a URL, which has no revisions/);
  assert.equal(read('pipeline.lock'), right);
  // The revision that was recorded without its data, and not the present one.
  await out(0, 'import', '--no-download', path('up'), 'x', '-o', 'y', '-q');
  write('up/x', 'theirs, later');
  git('commit', '-qam', 'two');
  assert.match(await out(0, 'update', 'later', '--no-download'), /has nothing new|Recorded/);
  await out(0, 'pull', 'y', '-q');
  write('up/x', 'the last');
  git('commit', '-qam', 'three');
  assert.match(await err(1, 'update', 'y', '--to-remote'), /a repository, which has its data itself/);
  assert.equal(read('y'), 'theirs');
  const updates = async (): Promise<unknown> =>
    ((await json('status')) as { readonly updates: readonly { readonly from?: string }[] }).updates.map(
      (one) => ({ ...one, from: undefined }),
    );
  assert.deepEqual(await updates(), [{ name: 'y', from: undefined, what: 'changed' }]);
  remove('up/.git');
  const reason = `${path('up')} is not in git, so it has no revisions`;
  assert.deepEqual(
    await updates(),
    ['x', 'y'].map((name) => ({ name, from: undefined, what: 'unknown', reason })),
  );

  // What neither a cache nor a remote has comes from where the other project had it from: a part is that part.
  const theirs = makeHere(t, { 'pipeline.yaml': 'stages: {}\n', 'raw/a/x': 'of a', 'raw/b/x': 'of b' });
  await theirs.out(0, 'import-url', 'raw', 'd', '-q');
  for (const name of ['cache', 'd']) theirs.remove(name);
  await out(0, 'get', theirs.root, 'd/b', '-o', 'part', '-q');
  assert.deepEqual(
    [read('part/x'), readdirSync(path('part')), existsSync(path('part.whole'))],
    ['of b', ['x'], false],
  );
  assert.match(await err(1, 'get', theirs.root, 'd/c', '-o', 'none'), /has no 'd\/c'/);

  const dvc = makeHere(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n' });
  await dvc.out(0, 'import-url', join(root, 'in'), 'got', '-q');
  write('in', 'three');
  await dvc.out(0, 'import-url', join(root, 'up/x'), 'second', '-q');
  write('up/x', 'newer');
  await dvc.out(0, 'repro', '-q');
  assert.equal(dvc.read('got'), 'two', 'it is frozen');
  for (const name of ['got.dvc', 'second.dvc']) dvc.write(name, dvc.read(name).replace('frozen: true\n', ''));
  assert.match(await dvc.out(0, 'repro', '--dry'), /source of 'got\.dvc' has changed: a run brings it first/);
  assert.equal(dvc.read('got'), 'two');
  await dvc.out(0, 'repro', '-q');
  assert.deepEqual([dvc.read('got'), dvc.read('second')], ['three', 'newer']);
  remove('in');
  assert.match(await dvc.out(0, 'repro', '--dry'), /source of 'got\.dvc' cannot be read/);
  dvc.write('dvc.yaml', 'stages:\n  s: {cmd: echo 1 > o, outs: [o]}\n');
  assert.equal(await dvc.out(0, 'remove', 's'), "Removed 's': its outputs stay.\n");
});

test('a command in a hint can be copied, whatever the name is', async (t) => {
  const { out, err, write } = await project(t);
  write("it's odd/one", '1');
  await out(0, 'add', "it's odd/one");
  assert.match(
    await err(1, 'add', "it's odd"),
    /`pipe remove 'it'"'"'s odd\/one'`, then `pipe add 'it'"'"'s odd'`/,
  );
});

test('a name that looks like a template is the name of a file', async (t) => {
  const { out, read, write, json } = await project(t);
  const names = ['${x}', 'a${', '\\${z}', '$${c}', '${a${b}'];
  for (const name of names) write(`odd/${name}`, name);
  await out(0, 'add', '--desc', 'for ${all}', ...names.map((name) => `odd/${name}`));
  assert.ok(read('pipeline.yaml').includes('- path: odd/\\${x}\n'), read('pipeline.yaml'));
  await out(0, 'import-url', 'odd/${x}', 'odd/copy of ${x}');
  for (const name of names) await out(0, 'move', `odd/${name}`, `odd/moved ${name}`);
  const stages = (await json('stage', 'list')) as readonly { stage: string }[];
  const known = JSON.stringify(stages);
  for (const name of [...names.map((one) => `odd/moved ${one}`), 'odd/copy of ${x}'])
    assert.ok(known.includes(JSON.stringify(name).slice(1, -1)), `${name} ${known}`);
  assert.match(known, /for \$\{all\}/);
  for (const name of names) assert.equal(read(`odd/moved ${name}`), name);
});

test('data whose path a template makes is moved by hand: the file stays as it is', async (t) => {
  const text = "vars: [{base: raw, to: raw}]\ndata: ['${base}/a', b]\nstages: {}\n";
  const { out, err, read } = makeHere(t, { 'pipeline.yaml': text, 'raw/a': '1', b: '2' });
  await out(0, 'add', 'raw/a', 'b', '-q');
  assert.match(await err(1, 'move', 'raw/a', 'c'), /the path of 'raw\/a' is made by a template/);
  assert.deepEqual([read('pipeline.yaml'), read('raw/a')], [text, '1']);
  await out(0, 'move', 'b', 'c', '-q');
  assert.equal(read('pipeline.yaml'), text.replace(', b]', ', c]'));
});

test('what the cache is not to keep is no reason to record a stage again', async (t) => {
  const { out } = makeHere(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > o; echo 2 > p, outs: [o, {p: {cache: false}}]}\n',
  });
  await out(0, 'repro', '-q');
  assert.equal(await out(0, 'commit'), 'Nothing to record: the workspace matches the lock file.\n');
});

test('paths are those of the current folder: moved, removed, described, put back and brought', async (t) => {
  const { at, out, json, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'data: [x, in/x, in/y, in/d]\n',
    x: 'of the root',
    'in/x': 'of the folder',
    'in/y': 'y',
    'in/d/z': 'z',
    'in/e/w': '',
  });
  await out(0, 'commit', '-q');
  const inside = at('in');
  assert.deepEqual(await inside.json('du', 'x', 'd'), {
    entries: [
      { path: 'in/d/z', bytes: 1 },
      { path: 'in/x', bytes: 13 },
    ],
    bytes: 14,
  });
  assert.match(await inside.err(1, 'move', 'x', 'd/x'), /'in\/d\/x' is inside of the data 'in\/d'/);
  assert.equal(await inside.out(0, 'move', 'x', 'e'), 'Moved in/x to in/e/x.\n');
  assert.equal(await inside.out(0, 'move', 'y', '../y'), 'Moved in/y to y.\n');
  assert.equal(read('pipeline.yaml'), 'data: [x, in/e/x, y, in/d]\n');
  assert.deepEqual([read('x'), read('in/e/x'), read('y')], ['of the root', 'of the folder', 'y']);
  assert.match(await inside.err(1, 'remove', 'd/z'), /'in\/d\/z' is inside of 'in\/d', which is data/);
  write('in/e/x', 'changed');
  await at('in/e').out(0, 'remove', 'x', '--outs', '-q');
  assert.equal(read('x'), 'of the root');
  const [saved] = (await json('cache', 'saved')) as readonly { readonly id: string; readonly path: string }[];
  assert.equal(saved!.path, 'in/e/x');
  assert.match(await inside.err(1, 'cache', 'restore', saved!.id, 'd'), /'d' exists, and is not replaced/);
  await inside.out(0, 'cache', 'restore', saved!.id);
  assert.equal(read('in/e/x'), 'changed', 'without a path it is where it was');
  // What is saved has its path from the root, whatever the folder is.
  await inside.out(0, 'get', 'e/x', '-o', 'got', '-q');
  assert.equal(read('in/got'), 'changed');
  write('in/got', 'mine');
  assert.match(await inside.err(0, 'get', '../y', '-o', 'got', '-f'), /saved in\/got: no stage made it/);
  assert.equal(read('in/got'), 'y');
  assert.ok(!existsSync(path('got')));
});

test('status --data: files of lost lists, folders that a remote lacks, and what is not meant', async (t) => {
  const { at, out, json, path, read, remove, root } = makeHere(t, {
    'pipeline.yaml':
      "stages:\n  s: {cmd: 'true', outs: [sub/d, {kept: {cache: false}}]}\nconfig: {remotes: {near: {url: store}}}\n",
    'sub/d/x': 'x',
    'sub/d/y': 'y',
    'sub/dd': '1',
    kept: 'not cached',
    'other/new': 'n',
    'sub/new': 'n',
  });
  await out(0, 'add', 'sub/dd', '-q');
  await out(0, 'commit', '-f', '-q');
  execFileSync('git', ['init', '-q'], { cwd: root });
  const inside = at('sub');
  const status = (...args: readonly string[]): Promise<unknown> => inside.json('status', '--data', ...args);
  const committed = { committed: { added: ['sub/d/'] } };
  // Outputs that the cache is not to keep are none of them, and untracked are those that are meant.
  assert.deepEqual(await json('status', '--data', '--untracked-files', 'all', 'kept'), {
    untracked: ['kept'],
  });
  assert.deepEqual(await status('--untracked-files', 'all', 'new', '../other'), {
    untracked: ['../other/new', 'new'],
  });
  assert.deepEqual(await status('--not-in-remote', 'd'), { ...committed, not_in_remote: ['sub/d/'] });
  const [object] = globSync('cache/objects/sha256/*/*', { cwd: root }).filter((name) => read(name) === 'y');
  remove(object!);
  // Without its list nothing is known of a folder; with it each file is looked for where that is asked.
  assert.deepEqual(await status('d'), committed);
  assert.deepEqual(await status('--granular', 'd'), {
    committed: { added: ['sub/d/', 'sub/d/x', 'sub/d/y'] },
    not_in_cache: ['sub/d/y'],
  });
  const [list] = globSync('cache/objects/sha256/*/*.dir', { cwd: root });
  remove(list!);
  assert.deepEqual(await status('d'), { ...committed, not_in_cache: ['sub/d/'] });
  assert.ok(existsSync(path('sub/d/x')));
});

test('a name of two lines is one line of what is printed', async (t) => {
  const name = 'a\nb';
  const { out, remove, write, path } = makeHere(t, {
    'pipeline.yaml': `stages: {s: {cmd: 'true', deps: ["a\\nb"], outs: ["o\\nd"]}}\n`,
    [name]: '1',
    'o\nd': 'made',
    [`cache/runs/ab/${name}`]: 'of a newer version',
  });
  await out(0, 'commit', '-f', '-q');
  write(name, '2');
  assert.match(await out(1, 'verify', '--inputs'), /^changed: a\\nb \(read by s\)\n1 input /);
  assert.equal(await out(0, 'du', '-s', 'o\nd'), '       4 B  o\\nd\n');
  assert.match(await out(0, 'gc', '--dry'), /^Left alone below runs: .*: runs\/ab\/a\\nb$/m);
  await out(0, 'get', path('o\nd'), '-o', name, '-f', '-q');
  const saved = await out(0, 'cache', 'saved');
  assert.match(saved, /^\S+ .* {2}a\\nb {2}replaced by pipe get\n$/);
  remove(name);
  assert.equal(await out(0, 'cache', 'restore', saved.split(' ')[0]!), 'Put back: a\\nb\n');
});

test('brought updates exclude a DVC that runs at the same time, from the first to the last', async () => {
  const turns: string[] = [];
  const beside = {
    exclusive: async (work: () => Promise<void>): Promise<void> => {
      turns.push('held');
      await work();
      turns.push('free');
    },
  } as unknown as Parameters<typeof bringUpdates>[2];
  await bringUpdates([], undefined as never, beside);
  assert.deepEqual(turns, ['held', 'free']);
  await bringUpdates([], undefined as never, undefined);
});

test('what git tracks is refused only where it is new; of a folder that is named what a remote lacks is listed', async (t) => {
  const { at, out, err, json, path, read, root, write } = await project(t);
  const git = gitIn(root);
  write('pipeline.yaml', `${STAGES}config: {remotes: {near: {url: store}}}\n`);
  await out(0, 'add', 'raw', 'one.txt', '-q');
  git('add', '-f', 'one.txt', 'sub/x');
  write('one.txt', 'two');
  assert.match(await err(1, 'add', 'one.txt', 'sub/x'), /^error\S* git tracks 'sub\/x'/m);
  assert.equal(await out(0, 'add', 'one.txt'), 'Updated one.txt (3 B)\n', 'it is data already');
  const lacking = async (...args: readonly string[]): Promise<unknown> =>
    ((await json('status', '--data', '--not-in-remote', ...args)) as { not_in_remote?: unknown })
      .not_in_remote;
  assert.deepEqual(await lacking(), ['one.txt', 'raw/']);
  assert.deepEqual([await lacking('raw'), await at('sub').out(0, 'status', '-q')], [['raw/'], '']);
  assert.deepEqual(await lacking('--granular', 'raw'), ['raw/', 'raw/a.csv', 'raw/b.csv']);
  // A pipeline file that is named means itself, and outputs that are not cached are no data.
  assert.equal(await lacking('pipeline.yaml'), undefined);
  write(
    'pipeline.yaml',
    read('pipeline.yaml').replace('outs: [used.txt]', 'outs: [used.txt: {cache: false}]'),
  );
  await out(0, 'repro', '-q');
  assert.ok(existsSync(path('used.txt')));
  assert.doesNotMatch(JSON.stringify(await json('status', '--data', '--unchanged')), /used\.txt/);
});
