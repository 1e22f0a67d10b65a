// Which of the folders of the engine may be no symbolic link.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { test } from 'node:test';
import { refuseLinkedFolders } from '../../src/session/session.ts';
import { makeSpace } from '../hash/space.ts';
import { layouts } from '../layouts.ts';

test('each folder of ours may be a folder or absent, and no link; the cache itself may be one', (t) => {
  const space = makeSpace(t);
  const names = ['state', 'logs', 'scratch', 'saved', 'experiments', 'placing'] as const;
  const folders = Object.fromEntries(names.map((name) => [name, space.path(`own/${name}`)]));
  const check = (layout: object, cache: string, own: string): void =>
    refuseLinkedFolders({ dialect: { layout }, folders: { ...folders, cache: space.path(cache), own: space.path(own) } } as never);
  space.write('elsewhere/file', '');
  symlinkSync('elsewhere', space.path('cache'));
  const below = ['state/journal', 'state/jobs/slurm', 'placing/quarantine'].map((name) => space.path(`own/${name}`));
  for (const [layout, objects] of [[layouts.pipe, ['objects', 'objects/sha256']], [layouts.dvc, ['files', 'files/md5']]] as const) {
    const inCache = [...objects, 'runs', 'quarantine'].map((name) => space.path(`elsewhere/${name}`));
    for (const path of [...Object.values(folders), ...below, ...inCache]) {
      check(layout, 'cache', 'own');
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(space.path('elsewhere'), path);
      assert.throws(() => check(layout, 'cache', 'own'), /is a symbolic link/, relative(space.root, path));
      rmSync(path);
      mkdirSync(path);
    }
    check(layout, 'cache', 'own');
    for (const name of ['own', 'elsewhere']) rmSync(space.path(name), { recursive: true });
    space.write('elsewhere/file', '');
  }
  // A cache of the project alone is marked, and the mark is a file.
  symlinkSync('own', space.path('link'));
  mkdirSync(space.path('own'));
  assert.throws(() => check(layouts.pipe, 'cache', 'link'), /is a symbolic link/);
  check(layouts.pipe, 'link', 'link');
  symlinkSync(space.path('elsewhere/file'), space.path('own/CACHEDIR.TAG'));
  assert.throws(() => check(layouts.pipe, 'own', 'own'), /is a symbolic link/);
}); // prettier-ignore
