// Data is named by its path, whatever the folder, the name or the link: what is printed, and what is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { STAGES, project } from './data-project.ts';
import { gitIn } from '../git.ts';

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
