// Data that is added, moved and removed: what is printed, and what the files have afterwards.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, globSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
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
