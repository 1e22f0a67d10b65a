// Files of a commit that are read in place of those of the disk.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import {
  entriesOf,
  readingTree,
  witnessedExists,
  witnessedLstat,
  witnessedRead,
  witnessedReaddir,
  witnessedReadlink,
  witnessedRealpath,
  witnessedStat,
  type MountedTree,
  type TreeEntry,
} from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';

const file = (text: string): TreeEntry => ({ kind: 'file', read: () => Buffer.from(text) });
const link = (to: string): TreeEntry => ({ kind: 'symlink', target: () => to });
const folder = (entries: Record<string, TreeEntry>): TreeEntry & { kind: 'directory' } => ({
  kind: 'directory',
  entries: new Map(Object.entries(entries)),
});

function mount(t: TestContext) {
  const space = makeSpace(t);
  // What is on the disk is another state of the same project.
  space.write('project/a', 'of the disk');
  space.write('project/only-here', 'of the disk');
  space.write('project-beside/a', 'beside');
  const tree: MountedTree = {
    top: space.path('project'),
    root: folder({
      a: file('of the commit'),
      not: { kind: 'file', read: () => undefined },
      sub: folder({
        b: file('b'),
        up: link('../a'),
        chain: link('./again/../link'),
        again: folder({}),
        link: link('b'),
        out: link('../../project-beside/a'),
        absolute: link(space.path('project/a')),
        round: link('round'),
        nowhere: link('nothing'),
        folder: link('../sub/again/..'),
        many: folder(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}`, file('')]))),
      }),
      down: link('sub'),
    }),
  };
  const at = (name: string): string => space.path(`project/${name}`);
  return { space, at, inside: <T>(work: () => T): T => readingTree(tree, work) };
}

test('the tree replaces the folder as a whole, and nothing beside it', (t) => {
  const { space, at, inside } = mount(t);
  const read = (path: string): unknown => witnessedRead(path, 'utf8');
  // A listing of the disk is none of the tree, nor the other way round.
  for (let n = 0; n < 80; n += 1) space.write(`project/sub/many/only-here${n}`, '');
  while (entriesOf(at('sub/many')) !== entriesOf(at('sub/many')));
  inside(() => assert.equal(entriesOf(at('sub/many')).length, 100));
  assert.equal(entriesOf(at('sub/many')).length, 80);
  inside(() => {
    assert.deepEqual(witnessedReaddir(at('')), ['a', 'not', 'sub', 'down']);
    assert.deepEqual([read(at('a')), read(at('./sub//b'))], ['of the commit', 'b']);
    assert.equal(witnessedExists(at('only-here')), false);
    assert.equal(witnessedStat(at('only-here'), { throwIfNoEntry: false }), undefined);
    assert.throws(() => witnessedStat(at('only-here')), { code: 'ENOENT' });
    assert.equal(read(space.path('project-beside/a')), 'beside');
    assert.throws(() => read(at('not')), { code: 'ENOENT' }, 'bytes that are not here');
    assert.throws(() => read(at('sub')), { code: 'EISDIR' });
    assert.throws(() => witnessedReaddir(at('a')), { code: 'ENOTDIR' });
    assert.throws(() => witnessedReaddir(at('a/b')), { code: 'ENOENT' });
    assert.deepEqual(
      entriesOf(at('')).map((entry) => [
        entry.name,
        entry.isFile(),
        entry.isDirectory(),
        entry.isSymbolicLink(),
      ]),
      [
        ['a', true, false, false],
        ['not', true, false, false],
        ['sub', false, true, false],
        ['down', false, false, true],
      ],
    );
  });
  assert.equal(read(at('a')), 'of the disk');
  assert.throws(() => inside(() => read(at('nothing'))));
  assert.equal(read(at('only-here')), 'of the disk');
});

test('links of the tree lead from their folders to places in it, and nowhere else', (t) => {
  const { at, inside } = mount(t);
  rmSync(at('a'));
  inside(() => {
    for (const [name, real] of [
      ['sub/up', 'a'],
      ['sub/link', 'sub/b'],
      ['sub/chain', 'sub/b'],
      ['down/up', 'a'],
      ['down/b', 'sub/b'],
      ['sub/folder/b', 'sub/b'],
      ['down', 'sub'],
      ['sub/../a', 'a'],
    ] as const)
      assert.equal(witnessedRealpath(at(name)), at(real), name);
    assert.equal(witnessedRead(at('down/up'), 'utf8'), 'of the commit');
    assert.ok(witnessedStat(at('down')).isDirectory() && witnessedLstat(at('down')).isSymbolicLink());
    assert.ok(witnessedStat(at('sub/link')).isFile() && witnessedLstat(at('sub/link')).isSymbolicLink());
    assert.equal(witnessedReadlink(at('sub/up')), '../a');
    assert.throws(() => witnessedReadlink(at('a')), { code: 'EINVAL' });
    for (const name of ['sub/out', 'sub/absolute', 'sub/round', 'sub/nowhere', 'sub/link/x']) {
      assert.equal(witnessedExists(at(name)), false, name);
      assert.throws(() => witnessedRealpath(at(name)), { code: 'ENOENT' }, name);
    }
  });
});
