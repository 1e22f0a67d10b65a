// Edits of remotes: what is typed is written as it was, and what somebody wrote beside it stays.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { makeHere } from './here.ts';

test('a secret that is typed loses its line end alone, and names are those of the files that count', async (t) => {
  const { out, err, json, path, read, write } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\n',
    'cache/.gitignore': '*\n# by hand\n',
  });
  for (const [name, url] of [
    ['near', 'store'],
    ['far', 'https://host.example.org/x'],
  ] as const)
    await out(0, 'remote', 'add', name, url, '-q');
  const before = read('pipeline.yaml');
  for (const name of ['near', 'far'])
    assert.match(await err(1, 'remote', 'add', name, 'z'), new RegExp(`declares a remote '${name}' already`));
  for (const name of [' x', 'x\t'])
    assert.match(await err(1, 'remote', 'add', name, 'z'), /a remote cannot be called/);
  assert.equal(read('pipeline.yaml'), before);

  const { stdin } = process;
  t.after(() => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true }));
  for (const [text, written] of [
    [' hush \n', ' hush '],
    ['hush\t\r\n', 'hush\t'],
    ['hush\n\n', 'hush\n'],
    ['hush', 'hush'],
  ] as const) {
    write('typed', text);
    Object.defineProperty(process, 'stdin', {
      value: createReadStream(path('typed')),
      configurable: true,
    });
    await out(0, 'remote', 'modify', '--local', 'far', 'password', '-', '-q');
    const { remotes } = parse(read('cache/config.yaml')) as {
      readonly remotes: Readonly<Record<string, { readonly password: string }>>;
    };
    assert.equal(remotes['far']!.password, written);
  }
  assert.equal(read('cache/.gitignore'), '*\n# by hand\n');
  assert.doesNotMatch(read('pipeline.yaml'), /hush/);

  // A file that git shares names no default that only this machine has.
  await out(0, 'remote', 'add', '--local', 'own', 'somewhere', '-q');
  assert.match(await err(1, 'remote', 'default', 'own'), /cache\/config\.yaml declares it: give --local/);
  assert.match(await err(1, 'remote', 'modify', 'own', 'jobs', '2'), /give --local/);
  assert.match(await err(1, 'remote', 'default', '--local', 'owm'), /did you mean 'own'/);
  await out(0, 'remote', 'default', '--local', 'near', '-q');
  assert.deepEqual(await json('remote', 'default'), { default: 'near' });
  // What goes from one file is still there in a weaker one.
  await out(0, 'remote', 'default', 'far', '-q');
  await out(0, 'remote', 'remove', '--local', 'far', '-q');
  assert.match(read('pipeline.yaml'), /^ {2}remote: far$/m, 'the default of the other file stays');
});
