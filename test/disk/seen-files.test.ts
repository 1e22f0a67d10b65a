// Work below the cache goes through real folders only, and removes only what was seen.
import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { inFolder, listFolder, makeRealFolder, removeSeen, replaceSeen } from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';

const isLink = (error: unknown): boolean =>
  error instanceof PipeError && error.problems[0]?.code === 'cache-link';

test('a symbolic link on the way is an error, be it the last folder or one before', (t) => {
  const space = makeSpace(t);
  const base = space.path('cache');
  space.write('elsewhere/in/file', 'precious');
  mkdirSync(space.path('cache/real'), { recursive: true });
  symlinkSync(space.path('elsewhere'), space.path('cache/link'));
  symlinkSync('nowhere', space.path('cache/dangling'));
  for (const name of ['link', 'link/in', 'dangling']) {
    const folder = space.path(`cache/${name}`);
    assert.throws(() => listFolder(base, folder), isLink, name);
    assert.throws(() => makeRealFolder(base, folder), isLink, name);
    assert.throws(() => inFolder(base, folder, () => assert.fail()), isLink, name);
  }
  assert.throws(
    () => removeSeen(base, space.path('cache/link/in/file'), lstatSync(space.path('elsewhere/in/file'))),
    isLink,
  );
  assert.deepEqual(readdirSync(space.path('elsewhere/in')), ['file']);
  // The base itself may be reached by way of links.
  symlinkSync('cache', space.path('by-link'));
  makeRealFolder(space.path('by-link'), space.path('by-link/a/b'));
  assert.deepEqual(
    listFolder(space.path('by-link'), space.path('by-link')).map(({ name }) => name),
    ['a', 'dangling', 'link', 'real'],
  );
  assert.deepEqual(listFolder(base, space.path('cache/none')), []);
});

test('what is no more as it was seen is neither removed nor replaced', (t) => {
  const space = makeSpace(t);
  const base = space.root;
  const file = (text: string, name = 'folder/file'): string => {
    utimesSync(space.write(name, text), 1000, 1000.25);
    return space.path(name);
  };
  const path = file('1234');
  for (const change of [
    () => utimesSync(path, 1000, 1001),
    () => file('12345'),
    // Of the same size and time.
    () => renameSync(file('5678', 'next'), path),
    () => rmSync(path),
  ]) {
    file('1234');
    const seen = lstatSync(path);
    change();
    const there = readdirSync(space.path('folder'));
    assert.equal(removeSeen(base, path, seen), false);
    assert.equal(replaceSeen(base, path, seen, 'new'), false);
    assert.deepEqual(readdirSync(space.path('folder')), there);
  }
  file('1234');
  const seen = lstatSync(path);
  assert.equal(replaceSeen(base, path, seen, 'new'), true);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mtimeMs, seen.mtimeMs, 'its age stays');
  assert.equal(removeSeen(base, path, lstatSync(path)), true);
  assert.deepEqual(readdirSync(space.path('folder')), []);
  assert.equal(removeSeen(base, space.path('folder'), lstatSync(space.path('folder')), true), true);
});
