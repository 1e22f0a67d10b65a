// Comparisons with `--pull`: what the cache lacks comes from the remote of each output.
import assert from 'node:assert/strict';
import { globSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { gitIn } from '../git.ts';

interface Changed {
  readonly modified: readonly { readonly path: string }[];
}

test('metrics of several remotes are fetched, and what no remote has is named', async (t) => {
  const { both, out, json, path, remove, root, write } = makeHere(t, {
    'pipeline.yaml': `stages:
  s:
    cmd: 'true'
    outs: [d]
    metrics: [a.json, b.json, c.json: {remote: far}, e.json: {push: false}]
config: {remote: near, remotes: {near: {url: near}, far: {url: far}}}
`,
    ...Object.fromEntries(
      ['a', 'b', 'c', 'e'].map((name, index) => [`${name}.json`, `{"${name}": ${index}}`]),
    ),
    'd/file': 'in d',
    '.gitignore': '/cache\n/near\n/far\n/?.json\n/d\n',
  });
  symlinkSync('file', path('d/link'));
  const git = gitIn(root);
  git('init', '-q');
  await out(0, 'commit', '-f', '-q');
  await out(0, 'push', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  for (const name of ['a', 'b', 'c', 'e']) write(`${name}.json`, `{"${name}": 9}`);
  await out(0, 'commit', '-f', '-q');
  // Of a folder, files only: a link has no data of its own.
  write('d/file', 'changed in d');
  const differing = (await json('diff', 'HEAD', 'workspace', '--targets', 'd')) as Changed;
  const { modified, ...others } = differing;
  assert.deepEqual(
    [modified.map((one) => one.path), others],
    [['d/', 'd/file'], { added: [], deleted: [], renamed: [] }],
  );
  remove('cache/objects');
  const { stdout, stderr } = await both(0, 'metrics', 'diff', '--pull', '--json');
  const old = (value: number): object => ({ old: value, new: 9, diff: 9 - value });
  const changes = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => changes[`${name}.json`]),
    ['a', 'b', 'c'].map((name, index) => ({ [name]: old(index) })),
  );
  assert.match(stderr, /remote-missing\]: the remote 'near' does not have all of 'e\.json' of 's'/);
});

test('an output of which one file is nowhere is missing, whatever the others are', async (t) => {
  const { json, out, read, remove, root } = makeHere(t, {
    'pipeline.yaml': 'data: [d]\nconfig: {remotes: {near: {url: near}}}\n',
    'd/a': 'only the remote has it',
    'd/b': 'only the cache has it',
    'd/c': 'nothing has it',
  });
  await out(0, 'commit', '-q');
  await out(0, 'push', '-q');
  const state = async (): Promise<string | undefined> => {
    const { remotes } = (await json('status', '--cloud')) as {
      readonly remotes: readonly { readonly outputs: readonly { readonly state: string }[] }[];
    };
    return remotes[0]!.outputs[0]?.state;
  };
  const lose = (where: string, text: string): void => {
    for (const object of globSync(`${where}/objects/sha256/*/*`, { cwd: root }))
      if (read(object) === text) remove(object);
  };
  assert.equal(await state(), undefined);
  lose('cache', 'only the remote has it');
  assert.equal(await state(), 'deleted');
  lose('near', 'only the cache has it');
  assert.equal(await state(), 'new');
  for (const where of ['cache', 'near']) lose(where, 'nothing has it');
  assert.equal(await state(), 'missing');
});
