// Data that is moved, removed or looked for on a remote: in folders, without a record, of several files and with several paths.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, lstatSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { gitIn } from '../git.ts';
import { makeHere } from './here.ts';

test('data without a record is moved, and its record is relative to the file that has it', async (t) => {
  const { at, out, err, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'data: [{path: new}, {path: two}]\nstages: {s: {cmd: mkdir made, outs: [made]}}\n',
    'sub/pipeline.yaml': 'data: [{path: x}, {path: y}]\nstages: {}\n',
    new: 'never recorded',
    two: '2',
    'made/x': 'x',
    'sub/x': 'x',
    'sub/y': 'y',
  });
  await out(0, 'move', 'new', 'in/', '-q');
  assert.deepEqual([read('in/new'), existsSync(path('new'))], ['never recorded', false]);
  await out(0, 'commit', '-q', '-f');
  await at('sub').out(0, 'move', 'x', 'z', '-q');
  assert.equal(read('sub/z'), 'x');
  assert.match(read('sub/pipeline.lock'), /^- path: z$/m);
  assert.match(await out(0, 'status', 'sub/z'), /up to date/);
  symlinkSync('nowhere', path('link'));
  assert.match(await err(1, 'move', 'two', 'link'), /'link' exists, and is not replaced/);
  assert.ok(lstatSync(path('link')).isSymbolicLink());
  // Of each file that declares some; a stage is as good as data.
  assert.match(await err(1, 'add', 'made/x'), /an output of the stage 's'/);
  await out(0, 'remove', 's', 'two', 'sub/y', '-q');
  assert.deepEqual(
    ['pipeline.yaml', 'sub/pipeline.yaml', 'pipeline.lock', 'sub/pipeline.lock'].map((name) =>
      /\b(?:two|y)$/m.test(read(name)),
    ),
    [false, false, false, false],
  );
  assert.deepEqual([read('two'), read('sub/y')], ['2', 'y']);
  // A stage that cannot be loaded is removed as a text; its outputs cannot be.
  write('pipeline.yaml', 'stages: {s: {cmd: echo 1 > o, outs: [o]}, t: {cmd: echo, outz: [x]}}\n');
  assert.match(await err(1, 'remove', '--outs', 's'), /pipeline\.yaml/);
});

test('a .dvc file in a folder is removed by its name there, with links of all its paths made files', async (t) => {
  const { at, out, path, read, remove, write } = makeHere(t, {
    '.dvc/config': '[cache]\n    type = symlink\n',
    'sub/a': 'a',
    'sub/b': 'b',
    other: 'o',
  });
  await out(0, 'add', 'sub/a', 'sub/b', 'other', '-q');
  const [a, b] = ['a', 'b'].map((name) => read(`sub/${name}.dvc`));
  const both = a + b!.replace('outs:\n', '');
  for (const name of ['a', 'b']) await at('sub').out(0, 'remove', `${name}.dvc`, '-q');
  assert.deepEqual(
    ['a', 'b'].map((name) => [existsSync(path(`sub/${name}.dvc`)), lstatSync(path(`sub/${name}`)).isFile()]),
    [
      [false, true],
      [false, true],
    ],
  );
  write('sub/two.dvc', both);
  for (const name of ['a', 'b']) remove(`sub/${name}`);
  await out(0, 'checkout', '-q');
  assert.ok(['a', 'b'].every((name) => lstatSync(path(`sub/${name}`)).isSymbolicLink()));
  await at('sub').out(0, 'remove', 'two.dvc', '../other.dvc', '-q');
  assert.deepEqual(
    ['sub/a', 'sub/b', 'other'].map((name) => [lstatSync(path(name)).isFile(), read(name)]),
    [
      [true, 'a'],
      [true, 'b'],
      [true, 'o'],
    ],
  );
  assert.deepEqual(
    ['sub/two.dvc', 'other.dvc'].map((name) => existsSync(path(name))),
    [false, false],
  );
});

test('what a remote lacks is that of the remote that is asked for', async (t) => {
  const { json, out, remove } = makeHere(t, {
    'pipeline.yaml': `data: [{path: d}, {path: e}]
config: {remotes: {near: {url: near}, far: {url: far}}, remote: near}
`,
    'd/x': 'x',
    e: 'e',
  });
  await out(0, 'commit', '-q');
  await out(0, 'push', '-q');
  await out(0, 'push', 'e', '-r', 'far', '-q');
  const lacking = async (...args: readonly string[]): Promise<unknown> =>
    ((await json('status', '--data', '--not-in-remote', ...args)) as Readonly<Record<string, unknown>>)[
      'not_in_remote'
    ];
  assert.deepEqual(
    [await lacking(), await lacking('-r', 'far'), await lacking('-r', 'far', '--granular', 'd')],
    [undefined, ['d/'], ['d/', 'd/x']],
  );
  // What the cache has lost is a difference by itself.
  await out(0, 'status', '--data', '--check');
  remove('cache/objects');
  await out(1, 'status', '--data', '--check');
});

test('a pattern means no file that declares data', async (t) => {
  const { json } = makeHere(t, { '.dvc/config': '', 'raw/a': 'a', 'raw/b': 'b' });
  for (const pattern of ['raw/a', 'raw/*']) {
    const { added } = (await json('add', '--glob', pattern)) as {
      readonly added: readonly { readonly path: string }[];
    };
    assert.deepEqual(
      added.map((one) => one.path),
      pattern === 'raw/a' ? ['raw/a'] : ['raw/a', 'raw/b'],
    );
  }
});

testInWhole('of a revision each part that is named comes', async (t) => {
  const { out, read, remove, root, write } = makeHere(t, {
    'pipeline.yaml': 'data: [d, e]\nconfig: {remotes: {near: {url: near}}}\n',
    '.gitignore': '/near\n/d\n/e\n/cache\n',
  });
  const git = gitIn(root);
  git('init', '-q');
  for (const tag of ['v1', 'v2']) {
    for (const name of ['d/x', 'd/y', 'e/x', 'e/y']) write(name, `${name} of ${tag}`);
    await out(0, 'commit', '-q', '-f');
    git('add', '-A');
    git('commit', '-qm', tag);
    git('tag', tag);
  }
  await out(0, 'push', '-T', '-q');
  remove('cache/objects');
  await out(0, 'fetch', '--rev', 'v1', 'd/x', 'e/x', '-q');
  assert.deepEqual(
    globSync('cache/objects/sha256/*/*', { cwd: root })
      .map(read)
      .filter((text) => / of /.test(text) && !text.includes('{'))
      .toSorted(),
    ['d/x', 'e/x'].flatMap((name) => [`${name} of v1`, `${name} of v2`]),
  );
});

testInWhole('with core.autostage git is given what is declared, moved and removed', async (t) => {
  const { out, read, root } = makeHere(t, {
    '.dvc/config': '[core]\n    autostage = true\n',
    a: 'a',
    source: 's',
  });
  const git = gitIn(root);
  git('init', '-q');
  const staged = (): string =>
    execFileSync('git', ['diff', '--cached', '--name-only'], { cwd: root, encoding: 'utf8' });
  await out(0, 'add', 'a', '-q');
  assert.equal(staged(), '.gitignore\na.dvc\n');
  await out(0, 'move', 'a', 'b', '-q');
  assert.match(staged(), /^b\.dvc$/m);
  await out(0, 'import-url', '--no-exec', 'source', 'new/in/c', '-q');
  assert.match(staged(), /^new\/in\/\.gitignore\nnew\/in\/c\.dvc$/m);
  assert.equal(read('new/in/.gitignore'), '/c\n');
});

test('what a removed stage made stays, as files of their own', async (t) => {
  const { out, path, read } = makeHere(t, {
    '.dvc/config': '[cache]\n    type = symlink\n',
    'dvc.yaml': 'stages: {s: {cmd: echo made | tee one two, outs: [one, two]}}\n',
  });
  await out(0, 'repro', '-q');
  const isLink = (name: string): boolean => lstatSync(path(name)).isSymbolicLink();
  assert.deepEqual(['one', 'two'].map(isLink), [true, true]);
  await out(0, 'remove', 's', '-q');
  assert.deepEqual(['one', 'two'].map(isLink), [false, false]);
  assert.equal(read('two'), 'made\n');
});
