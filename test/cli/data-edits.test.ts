// Data that is moved, removed or looked for on a remote: in folders, without a record, of several files and with several paths.
import assert from 'node:assert/strict';
import { existsSync, lstatSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';

test('data without a record is moved, and its record is relative to the file that has it', async (t) => {
  const { at, out, err, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'data: [{path: new}, {path: two}]\nstages: {}\n',
    'sub/pipeline.yaml': 'data: [{path: x}, {path: y}]\nstages: {}\n',
    new: 'never recorded',
    two: '2',
    'sub/x': 'x',
    'sub/y': 'y',
  });
  await out(0, 'move', 'new', 'in/', '-q');
  assert.deepEqual([read('in/new'), existsSync(path('new'))], ['never recorded', false]);
  await out(0, 'commit', '-q');
  await at('sub').out(0, 'move', 'x', 'z', '-q');
  assert.equal(read('sub/z'), 'x');
  assert.match(read('sub/pipeline.lock'), /^- path: z$/m);
  assert.match(await out(0, 'status', 'sub/z'), /up to date/);
  // Of each file that declares some.
  await out(0, 'remove', 'two', 'sub/y', '-q');
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
  const { json, out } = makeHere(t, {
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
