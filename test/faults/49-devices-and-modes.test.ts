import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { makeStore } from '../cache/store-space.ts';

const notAFile = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]?.code === 'not-a-file';

test('devices, named pipes and sockets are refused', async (t) => {
  const space = makeStore(t);
  mkdirSync(space.path('pipe'));
  execFileSync('mkfifo', [space.path('pipe/fifo')]);
  mkdirSync(space.path('socket'));
  const server = createServer().listen(space.path('socket/s'));
  t.after(() => server.close());
  await new Promise((resolve) => server.on('listening', resolve));
  for (const path of [
    '/dev/null',
    '/dev/zero',
    space.path('pipe'),
    space.path('pipe/fifo'),
    space.path('socket'),
    space.path('socket/s'),
  ]) {
    await assert.rejects(space.files.look(path), notAFile, path);
  }
});

test('a directory with a device in it is replaced when it is restored', async (t) => {
  const space = makeStore(t);
  space.write('out/a', 'a');
  const content = await space.keep('out');
  execFileSync('mkfifo', [space.path('out/fifo')]);
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual(space.list('out'), ['a']);
});

test('setuid bits are dropped, modes are 0644 or 0755, and hard links become files of their own', async (t) => {
  const space = makeStore(t);
  space.write('out/plain', 'p', 0o600);
  space.write('out/open', 'p');
  space.write('out/run', 'r', 0o700);
  space.write('out/root', 'r');
  chmodSync(space.path('out/open'), 0o666);
  chmodSync(space.path('out/root'), 0o6777);
  linkSync(space.path('out/plain'), space.path('out/twin'));
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  const modes = Object.fromEntries(
    ['plain', 'open', 'run', 'root'].map((name) => [
      name,
      lstatSync(space.path(`out/${name}`)).mode & 0o7777,
    ]),
  );
  assert.deepEqual(modes, { plain: 0o644, open: 0o644, run: 0o755, root: 0o755 });
  assert.equal(lstatSync(space.path('out/twin')).nlink, 1);
});
