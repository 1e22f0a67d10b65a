// `pipe get` and `pipe list`: what comes keeps its mode, what was there is kept, and sizes are shown where they are asked for.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { startFileServer } from '../cache/remote/file-server.ts';
import { gitIn } from '../git.ts';
import { makeHere } from './here.ts';

const isProgram = (path: string): boolean => (statSync(path).mode & 0o100) !== 0;

test('what get replaces is saved in its own project only, and programs stay programs', async (t) => {
  const { at, out, err, json, path, read, write } = makeHere(t, {
    'pro/pipeline.yaml': 'stages: {}\n',
    'pro/there/old': 'mine',
    'project/x': 'mine, too',
    'from/tool': '#!/bin/sh\n',
    'from/in/plain': 'p',
  });
  chmodSync(path('from/tool'), 0o755);
  const pro = at('pro');
  // The folder beside the project begins with its name.
  write('y', 'new');
  assert.match(
    await pro.err(0, 'get', '../y', '-o', '../project/x', '-f'),
    /what was there is now '\.\.\/project\/x\.saved'/,
  );
  assert.deepEqual(['project/x', 'project/x.saved'].map(read), ['new', 'mine, too']);
  assert.match(await pro.err(0, 'get', '../from', '-o', 'other', '-q'), /^$/);
  assert.deepEqual(
    ['tool', 'in/plain'].map((name) => isProgram(path(`pro/other/${name}`))),
    [true, false],
  );
  // A folder gives way as a whole.
  write('from/in/more', 'm');
  await pro.out(0, 'get', '../from/in', '-o', 'in', '-q');
  write('pro/in/own', 'by hand');
  assert.match(await pro.err(0, 'get', '../from/in', '-o', 'pro-none/in', '-q'), /^$/);
  assert.match(await pro.err(0, 'get', '../from/in', '-o', '.', '-f'), /^saved in: /m);
  assert.deepEqual(readdirSync(path('pro/in')).sort(), ['more', 'plain']);
  const [saved] = (await pro.json('cache', 'saved')) as readonly { readonly id: string }[];
  await pro.out(0, 'cache', 'restore', saved!.id, 'back');
  assert.equal(read('pro/back/own'), 'by hand');

  const server = await startFileServer(t);
  server.files.set('x', Buffer.from('of the server'));
  const url = server.url.replace('//', '//ada:hush@');
  for (const [flag, name] of [
    ['--json', 'a'],
    ['-v', 'b'],
  ] as const) {
    const said = await out(0, 'get', `${url}x`, '-o', name, flag);
    assert.match(said, /127\.0\.0\.1/);
    assert.doesNotMatch(said, /hush/);
    assert.equal(read(name), 'of the server');
  }
  assert.doesNotMatch(await pro.out(0, 'add', `${url}x`, '--out', 'added'), /hush/);
  assert.match(await err(1, 'get', `${url}none`, '-o', 'c'), /none/);
  assert.ok(!existsSync(path('c')));

  // Sizes of what git has, too.
  const git = gitIn(path('from'));
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  write('from/in/plain', 'longer by now');
  const sizes = async (...args: readonly string[]): Promise<unknown> =>
    ((await json('list', 'from', ...args)) as readonly Readonly<Record<string, unknown>>[]).map(
      ({ path: name, size, isexec }) => [name, size, isexec],
    );
  assert.deepEqual(await sizes('-R', '--rev', 'HEAD'), [
    ['in/more', 1, false],
    ['in/plain', 1, false],
    ['tool', 10, true],
  ]);
});
