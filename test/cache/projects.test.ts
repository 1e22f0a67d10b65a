// The files that name the projects of a shared cache.
import assert from 'node:assert/strict';
import { readdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgetProject, noteProject, otherProjects } from '../../src/cache/cache.ts';
import type { Digest } from '../../src/hash/hash.ts';
import { makeSpace } from '../hash/space.ts';

const digest = 'ab'.repeat(32) as Digest;
const project = (root: string) => ({ root, host: hostname(), locks: ['pipeline.lock'], needed: [digest] });

test('the others are all but the one that asks, as they were noted', (t) => {
  const { root: dir } = makeSpace(t);
  for (const root of ['/one', '/two', '/two']) noteProject(dir, project(root), false);
  const modes = () =>
    readdirSync(join(dir, 'projects')).map((name) => statSync(join(dir, 'projects', name)).mode & 0o020);
  assert.deepEqual(modes(), [0, 0]);
  noteProject(dir, { ...project('/one'), host: 'elsewhere' }, true);
  assert.equal(modes().filter((mode) => mode === 0o020).length, 1, 'a group shares its file');
  const { projects, unreadable } = otherProjects(dir, '/one');
  assert.deepEqual(unreadable, []);
  assert.deepEqual(
    projects
      .map(({ root, host, locks, needed }) => ({ root, host, locks, needed }))
      .sort((a, b) => (a.root < b.root ? -1 : 1)),
    [{ ...project('/one'), host: 'elsewhere' }, project('/two')],
  );
});

test('a file that is not one of a project is named; files of other names are nothing', (t) => {
  const good = { schema: 'pipe-project/1', ...project('/other') };
  const { locks: _, ...withoutLocks } = good;
  for (const [what, text] of Object.entries({
    'no JSON': '{',
    nothing: 'null',
    'another schema': JSON.stringify({ ...good, schema: 'pipe-project/2' }),
    'a root that is no text': JSON.stringify({ ...good, root: 1 }),
    'a host that is no text': JSON.stringify({ ...good, host: null }),
    'no lock files': JSON.stringify(withoutLocks),
    'a lock file that is no text': JSON.stringify({ ...good, locks: ['pipeline.lock', 1] }),
    'objects that are no list': JSON.stringify({ ...good, needed: digest }),
    'an object that is no text': JSON.stringify({ ...good, needed: [digest, {}] }),
  })) {
    const space = makeSpace(t);
    space.write('projects/0123456789abcdef.json', text);
    space.write('projects/notes.json', text);
    assert.deepEqual(
      otherProjects(space.root, '/one'),
      { projects: [], unreadable: ['0123456789abcdef.json'] },
      what,
    );
    writeFileSync(space.path('projects/0123456789abcdef.json'), JSON.stringify(good));
    assert.equal(otherProjects(space.root, '/one').projects.length, 1, what);
    // A link could lead anywhere.
    renameSync(space.path('projects/0123456789abcdef.json'), space.path('good.json'));
    symlinkSync('../good.json', space.path('projects/0123456789abcdef.json'));
    assert.deepEqual(otherProjects(space.root, '/one').projects, [], 'a link');
  }
});

test('a project is forgotten, but not when it used the cache meanwhile', (t) => {
  const { root: dir } = makeSpace(t);
  noteProject(dir, project('/other'), false);
  const folder = join(dir, 'projects');
  const [name] = readdirSync(folder);
  utimesSync(join(folder, name!), 1000, 1000);
  const [found] = otherProjects(dir, '/one').projects;
  assert.equal(found!.lastUse, 1_000_000);
  noteProject(dir, project('/other'), false);
  forgetProject(dir, found!);
  const again = otherProjects(dir, '/one').projects;
  assert.equal(again.length, 1);
  forgetProject(dir, again[0]!);
  assert.deepEqual(readdirSync(folder), []);
});
