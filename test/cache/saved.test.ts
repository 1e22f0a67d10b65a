// What was saved before it was replaced: found again, in order, and nothing else for it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  fstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { listSaved, restoreSaved, saveAside } from '../../src/cache/cache.ts';
import { makeSpace, type Space } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

const about = (time: string): string =>
  JSON.stringify({ schema: 'pipe-saved/1', at: 'out', stage: 's', time, files: 1, size: 4 });

const ids = (space: Space): string[] => listSaved(space.path('cache/saved')).map(({ id }) => id);

const noRename = (code: string): Error =>
  Object.assign(new Error(`${code}: no rename`), { code, syscall: 'rename' });

test('the newest is the last, and what is none of ours is left out', (t) => {
  const space = makeSpace(t);
  assert.deepEqual(ids(space), []);
  space.write('cache/saved/0000000b/about.json', about('2026-01-03T00:00:00Z'));
  space.write('cache/saved/0000000c/about.json', about('2026-01-01T00:00:00Z'));
  space.write('cache/saved/0000000a/about.json', about('2026-01-02T00:00:00Z'));
  space.write('cache/saved/0000000d/about.json', about('some day'));
  space.write('cache/saved/0000000e/about.json', '{"schema": "pipe-saved/2"}');
  space.write('cache/saved/notes/about.json', about('2026-01-02T00:00:00Z'));
  mkdirSync(space.path('cache/saved/0000000f'));
  assert.deepEqual(ids(space), ['0000000c', '0000000a', '0000000b']);
});

for (const stays of [false, true])
  test(`a folder is kept whole, with its numbers (${stays ? 'a copy' : 'moved'}), and comes back once`, (t) => {
    const space = makeSpace(t);
    mkdirSync(space.path('cache'));
    space.write('out/a', '1234');
    space.write('out/sub/b', '12');
    mkdirSync(space.path('out/empty'));
    symlinkSync('a', space.path('out/link'));
    const saved = saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), stays);
    assert.deepEqual([saved.about.files, saved.about.size], [2, 6]);
    assert.equal(existsSync(space.path('out')), stays);
    const [found] = listSaved(space.path('cache/saved'));
    assert.deepEqual([found!.id, found!.about], [saved.id, saved.about]);
    restoreSaved(found!, space.path('new/back'));
    assert.deepEqual(
      ['a', 'sub/b', 'link'].map((name) => readFileSync(space.path(`new/back/${name}`), 'utf8')),
      ['1234', '12', '1234'],
    );
    assert.equal(readlinkSync(space.path('new/back/link')), 'a');
    assert.ok(existsSync(space.path('new/back/empty')));
    assert.deepEqual(ids(space), []);
    assert.throws(
      () => restoreSaved(found!, space.path('again')),
      (error) => error instanceof PipeError && error.problems[0]?.code === 'not-saved',
    );
  });

for (const how of ['moved', 'a copy', 'to another file system'] as const)
  test(`of a folder only the parts that are named are kept (${how})`, (t) => {
    const space = makeSpace(t);
    mkdirSync(space.path('cache'));
    space.write('out/a', '1234');
    space.write('out/sub/b', '12');
    space.write('out/sub/c', '1');
    symlinkSync('a', space.path('out/link'));
    const flushed = new Set<bigint>();
    patchFs(t, 'fsyncSync', (real) => (descriptor) => {
      flushed.add(fstatSync(descriptor, { bigint: true }).ino);
      real(descriptor);
    });
    if (how === 'to another file system')
      patchFs(t, 'renameSync', () => () => {
        throw noRename('EXDEV');
      });
    const what = { at: 'out', stage: 's' };
    const parts = ['a', 'sub/b', 'link'];
    const stays = how === 'a copy';
    const saved = saveAside(space.path('out'), what, space.path('cache/saved'), stays, parts);
    assert.deepEqual([saved.about.files, saved.about.size], [2, 6]);
    const content = `${saved.path}/content`;
    assert.deepEqual(readdirSync(content, { recursive: true, encoding: 'utf8' }).sort(), [
      'a',
      'link',
      'sub',
      'sub/b',
    ]);
    assert.equal(readFileSync(`${content}/sub/b`, 'utf8'), '12');
    assert.equal(readlinkSync(`${content}/link`), 'a');
    const left = readdirSync(space.path('out'), { recursive: true, encoding: 'utf8' }).sort();
    assert.deepEqual(left, how === 'moved' ? ['sub', 'sub/c'] : ['a', 'link', 'sub', 'sub/b', 'sub/c']);
    const safe = ['', '/sub', ...(how === 'moved' ? [] : ['/a', '/sub/b'])];
    for (const name of safe)
      assert.ok(flushed.has(statSync(`${content}${name}`, { bigint: true }).ino), name);
  });

test('a copy is flushed before it has its name', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('cache'));
  space.write('out/a', 'a');
  const flushed = new Set<bigint>();
  patchFs(t, 'fsyncSync', (real) => (descriptor) => {
    flushed.add(fstatSync(descriptor, { bigint: true }).ino);
    real(descriptor);
  });
  const { path } = saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), true);
  for (const name of ['about.json', 'content', 'content/a'])
    assert.ok(flushed.has(statSync(`${path}/${name}`, { bigint: true }).ino), name);
});

// To another file system; a mount point; a folder that may not be written.
for (const code of ['EXDEV', 'EBUSY', 'EACCES'])
  test(`what cannot be renamed is copied, and stays until it is replaced (${code})`, (t) => {
    const space = makeSpace(t);
    mkdirSync(space.path('cache'));
    space.write('out/a', 'only here');
    patchFs(t, 'renameSync', (real) => (from, to) => {
      if (from !== space.path('out')) return real(from, to);
      throw noRename(code);
    });
    const what = { at: 'out', stage: 's' };
    const { path } = saveAside(space.path('out'), what, space.path('cache/saved'), false);
    for (const place of [`${path}/content/a`, space.path('out/a')])
      assert.equal(readFileSync(place, 'utf8'), 'only here');
  });

test('of what could not be saved nothing is left', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('cache'));
  space.write('out', 'only here');
  patchFs(t, 'renameSync', () => () => {
    throw noRename('EIO');
  });
  assert.throws(() =>
    saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), false),
  );
  assert.deepEqual(readdirSync(space.path('cache/saved')), []);
  assert.equal(readFileSync(space.path('out'), 'utf8'), 'only here');
});

test('on another file system a file that appeared meanwhile is not replaced, and what was saved stays', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('cache'));
  space.write('out', 'saved');
  const saved = saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), false);
  patchFs(t, 'renameSync', () => () => {
    writeFileSync(space.path('back'), 'of another program');
    throw noRename('EXDEV');
  });
  assert.throws(() => restoreSaved(saved, space.path('back')));
  assert.equal(readFileSync(space.path('back'), 'utf8'), 'of another program');
  assert.equal(readFileSync(`${saved.path}/content`, 'utf8'), 'saved');
});

test('what cannot be saved is named, and all stays where it is', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('cache'));
  space.write('out/in/a', 'only here');
  execFileSync('mkfifo', [space.path('out/in/pipe')]);
  assert.throws(
    () => saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), false),
    (error) =>
      error instanceof PipeError && error.problems[0]!.title.startsWith("'out/in/pipe' is a named pipe"),
  );
  assert.equal(readFileSync(space.path('out/in/a'), 'utf8'), 'only here');
});

test('what was moved there stays where the flush afterwards fails, and is found', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('cache'));
  space.write('out', 'only here');
  const mend = patchFs(t, 'fsyncSync', () => () => {
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', errno: -5, syscall: 'fsync' });
  });
  const save = (): unknown =>
    saveAside(space.path('out'), { at: 'out', stage: 's' }, space.path('cache/saved'), false);
  assert.throws(save, (error) => error instanceof PipeError && error.problems[0]?.code === 'disk-error');
  mend();
  restoreSaved(listSaved(space.path('cache/saved'))[0]!, space.path('back'));
  assert.equal(readFileSync(space.path('back'), 'utf8'), 'only here');
});
