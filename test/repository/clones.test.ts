// The folders of clones: whose secrets git gets in which of them, what earlier versions left in them, and who may write.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { alone, cleanOlderClones, gitCommand, keepLogin, loginIn } from '../../src/repository/repository.ts';
import { makeSpace } from '../hash/space.ts';

test('git gets the secrets of the URL of its own clone, and in no other folder', () => {
  const secrets = (folder: string): unknown => {
    const { args, env } = gitCommand(folder);
    return [args.some((arg) => arg.includes('.helper')), env['PIPE_GIT_USERNAME'], env['PIPE_GIT_PASSWORD']];
  };
  keepLogin('/clones/one', loginIn('https://ada:first@one.example.org/x.git')!);
  keepLogin('/clones/two', loginIn('https://bob:second@two.example.org/x.git')!);
  assert.deepEqual(secrets('/clones/one'), [true, 'ada', 'first']);
  assert.deepEqual(secrets('/clones/two'), [true, 'bob', 'second']);
  assert.deepEqual(secrets('/clones/three'), [false, undefined, undefined]);
});

test('secrets that earlier versions wrote go out of each clone, which is kept where nothing else is in its place', (t) => {
  const space = makeSpace(t);
  const clone = (name: string, url: string): void => {
    const quoted = url.includes('#') ? `"${url}"` : url;
    space.write(`${name}/config`, `[core]\n\tbare = true\n[remote "origin"]\n\turl = ${quoted}\n`);
    space.write(`${name}/HEAD`, 'ref: refs/heads/main\n');
    for (const folder of ['objects', 'refs']) mkdirSync(space.path(`${name}/${folder}`));
  };
  clone('a/open', 'https://host/open.git');
  clone('a/moves', 'https://me:hush@host/moves.git');
  clone('a/hash', 'https://me:hush@host/hash.git?token=a#b');
  clone('a/goes', 'https://me:hush@host/goes.git');
  clone('a/place of goes', 'https://host/goes.git');
  clone('a/stays', 'https://token@host/stays.git');
  // What was taken for a URL there, because of a slash in a password: nothing can have come from it.
  clone('a/rest', 'https://ss/word@host/x.git');
  clone('a/no rest', 'https://team/word@host/x.git');
  const blob = execFileSync('git', ['hash-object', '-w', space.write('blob', 'x')], { cwd: space.path('a/no rest'), encoding: 'utf8' });
  space.write('a/no rest/refs/pipe/x', blob);
  clone('b/moves', 'https://me:hush@host/b.git');
  const asked: string[] = [];
  const placeOf = (folder: string) => (url: string): string => {
    asked.push(url);
    const [, name] = /\/(\w+)\.git/.exec(url)!;
    return space.path(name === 'stays' ? 'a/stays' : `${folder}/place of ${name}`);
  };
  for (const folder of ['a', 'b']) cleanOlderClones(space.path(folder), placeOf(folder));
  const urls = (name: string): string | undefined =>
    existsSync(space.path(name)) ? /url = (.*)/.exec(readFileSync(space.path(`${name}/config`), 'utf8'))![1] : undefined;
  assert.deepEqual(['open', 'moves', 'hash', 'goes', 'place of goes', 'stays'].map((name) => urls(`a/${name}`)), [
    'https://host/open.git', undefined, undefined, undefined, 'https://host/goes.git', 'https://host/stays.git',
  ]);
  assert.deepEqual([urls('a/rest'), urls('a/no rest')], [undefined, 'https://team/word@host/x.git']);
  assert.equal(urls('a/place of moves'), 'https://host/moves.git');
  assert.doesNotMatch(urls('a/place of hash')!, /hush|token=a/);
  assert.equal(urls('b/place of b'), 'https://host/b.git');
  assert.ok(asked.length > 0 && asked.every((url) => !url.includes('hush')));
}); // prettier-ignore

test('whoever has a clone alone finds no locks that a killed git left, and leaves none, also where it fails', async (t) => {
  const space = makeSpace(t);
  const long = new Date(Date.now() - 60_000);
  for (const name of ['config.lock', 'shallow.lock', 'HEAD.lock', 'packed-refs.lock', 'other.lock'])
    utimesSync(space.write(name, ''), long, long);
  const there = (): readonly boolean[] =>
    ['config', 'shallow', 'HEAD', 'packed-refs', 'other'].map((name) =>
      existsSync(space.path(`${name}.lock`)),
    );
  const inside = await alone(space.root, there);
  assert.deepEqual(inside, [false, false, false, false, true]);
  assert.match(readFileSync(space.path('in-use.owner'), 'utf8'), new RegExp(`^process ${process.pid} on `));
  await assert.rejects(
    alone(space.root, () => assert.fail('no')),
    /no/,
  );
  // A git that was left a moment ago may still be at work.
  const lock = space.write('shallow.lock', '');
  let ran = false;
  const later = alone(space.root, () => (ran = true));
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  assert.deepEqual([ran, existsSync(lock)], [false, true]);
  rmSync(lock);
  assert.equal(await later, true);
  const [one, two] = await Promise.all([alone(space.root, () => 'one'), alone(space.root, () => 'two')]);
  assert.deepEqual([one, two], ['one', 'two']);
});
