import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import test from 'node:test';
import { makeStore } from '../cache/store-space.ts';

test('empty folders, executable bits and links inside of an output come back', async (t) => {
  const space = makeStore(t);
  space.write('data/raw', 'raw');
  space.write('out/run', '#!/bin/sh', 0o755);
  space.write('out/plain', 'plain');
  mkdirSync(space.path('out/empty/deeper'), { recursive: true });
  mkdirSync(space.path('out/links'));
  const links = {
    file: '../plain',
    folder: '../empty',
    outside: '../../data/raw',
    dangling: '../not-yet',
    itself: 'itself-2',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, space.path(`out/links/${name}`));
  const content = await space.keep('out');
  rmSync(space.path('out'), { recursive: true });
  assert.equal(await space.store.restore(content, space.path('out')), 'restored');
  assert.deepEqual(await space.files.look(space.path('out')), content);
  assert.equal(lstatSync(space.path('out/run')).mode & 0o777, 0o755);
  assert.equal(lstatSync(space.path('out/plain')).mode & 0o777, 0o644);
  assert.ok(lstatSync(space.path('out/empty/deeper')).isDirectory());
  for (const [name, target] of Object.entries(links))
    assert.equal(readlinkSync(space.path(`out/links/${name}`)), target);
});

test('a directory with nothing in it comes back', async (t) => {
  for (const layout of ['pipe', 'dvc'] as const) {
    const space = makeStore(t, { layout });
    mkdirSync(space.path('out'));
    const content = await space.keep('out');
    assert.equal(content.nfiles, 0);
    rmSync(space.path('out'), { recursive: true });
    assert.equal(await space.store.restore(content, space.path('out')), 'restored');
    assert.deepEqual(await space.files.look(space.path('out')), content);
  }
});
