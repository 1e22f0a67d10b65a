// What counts in a dependency, and what is hidden by ignore files.
import assert from 'node:assert/strict';
import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { followLinks, keepTrees, type Content, type Digest } from '../../src/hash/hash.ts';
import { makeSpace, type Space } from './space.ts';

const input = async (space: Space, name: string): Promise<Content | undefined> =>
  (await space.hasher().lookAs('input', space.path(name)))?.content;

test('behind the links of a dependency bytes, bits, names and missing files count, through other links too', async (t) => {
  const space = makeSpace(t);
  space.write('folder/own', 'own');
  space.write('elsewhere/run', 'run');
  space.write('further/deep', 'deep');
  symlinkSync('../elsewhere', space.path('folder/link'));
  symlinkSync('../further', space.path('elsewhere/link'));
  symlinkSync('../nothing-yet', space.path('folder/dangling'));
  const seen = [(await input(space, 'folder'))!];
  for (const change of [
    () => space.write('elsewhere/run', 'RUN'),
    () => chmodSync(space.path('elsewhere/run'), 0o755),
    () => space.write('elsewhere/more', ''),
    () => space.write('further/deep', 'DEEP'),
    () => chmodSync(space.path('further/deep'), 0o755),
    () => space.write('nothing-yet', ''),
  ]) {
    change();
    seen.push((await input(space, 'folder'))!);
  }
  assert.equal(new Set(seen.map(({ digest }) => digest)).size, 1);
  assert.equal(new Set(seen.map(({ links }) => links)).size, seen.length);
});

test('links are followed through folders of the project, and to the first place outside of it', (t) => {
  const space = makeSpace(t);
  for (const name of ['project/in/x', 'project/beside/x', 'far/deep/x', 'deeper/x']) space.write(name, '');
  symlinkSync('../beside', space.path('project/in/link'));
  symlinkSync('../../far', space.path('project/beside/out'));
  symlinkSync('../../far/deep/x', space.path('project/beside/file'));
  symlinkSync('../deeper', space.path('far/link'));
  const none = { file: '.none', above: () => undefined, found: () => undefined } as never;
  const { links, ends } = followLinks(space.path('project/in'), none, space.path('project'));
  const named = (path: string): string => path.slice(space.root.length + 1);
  assert.deepEqual(
    links.map(({ at, end }) => [named(at), named(end.path), end.kind]),
    [
      ['project/in/link', 'project/beside', 'directory'],
      ['project/beside/file', 'far/deep/x', 'file'],
      ['project/beside/out', 'far', 'directory'],
    ],
  );
  assert.deepEqual(
    ends.map(({ path }) => named(path)),
    ['project/beside', 'far/deep/x'],
    'the folder outside, which may be as large as the disk, is not among them',
  );
  const all = followLinks(space.path('project/in'), none);
  assert.deepEqual(all.ends.map(({ path }) => named(path)).sort(), [
    'deeper',
    'far',
    'far/deep/x',
    'project/beside',
  ]);
});

test('links in the folders of a dependency count, unless they are ignored', async (t) => {
  const space = makeSpace(t);
  space.write('.pipeignore', 'hidden/\n');
  space.write('folder/sub/.pipeignore', 'private/\n');
  for (const name of ['folder/hidden', 'folder/sub/deep', 'folder/sub/deep/private', 'folder/private']) {
    space.write(`${name}/own`, 'own');
    space.write(`ends/${name.replaceAll('/', '-')}`, 'end');
    symlinkSync(
      `${'../'.repeat(name.split('/').length)}ends/${name.replaceAll('/', '-')}`,
      space.path(`${name}/link`),
    );
  }
  const before = (await input(space, 'folder'))!;
  for (const [name, counts] of [
    ['folder-hidden', false],
    ['folder-sub-deep-private', false],
    ['folder-sub-deep', true],
    ['folder-private', true],
  ] as const) {
    space.write(`ends/${name}`, 'END');
    assert.equal((await input(space, 'folder'))!.links !== before.links, counts, name);
    space.write(`ends/${name}`, 'end');
    assert.equal((await input(space, 'folder'))!.links, before.links, name);
  }
});

test('what the ignore file of one folder in a dependency hides is hidden, also where no other one is', async (t) => {
  const space = makeSpace(t);
  space.write('folder/sub/.pipeignore', 'private/\n');
  for (const name of ['private', 'public']) {
    space.write(`folder/sub/${name}/own`, 'own');
    space.write(`ends/${name}`, 'end');
    symlinkSync(`../../../ends/${name}`, space.path(`folder/sub/${name}/link`));
  }
  space.write('folder/sub/deep/private/own', 'own');
  const hasher = space.hasher();
  const looked = (await hasher.lookAs('input', space.path('folder')))!;
  assert.deepEqual(looked.behind, [space.path('ends/public')]);
  const leftOut = hasher.leftOut(space.path('folder'));
  assert.deepEqual(leftOut.toSorted(), ['sub/deep/private', 'sub/private']);
  // So is what the files of all folders around it hide.
  space.write('folder/.pipeignore', 'own\n');
  assert.equal((await space.hasher().look(space.path('folder/sub/public')))?.nfiles, 0);
});

test('a file that a link leads to directly counts with its bit', async (t) => {
  const space = makeSpace(t);
  space.write('folder/own', 'own');
  space.write('script', 'x');
  symlinkSync('../script', space.path('folder/link'));
  const before = await input(space, 'folder');
  chmodSync(space.path('script'), 0o755);
  assert.notEqual((await input(space, 'folder'))!.links, before!.links);
});

test('rules for folders hide folders only, and later ones take back earlier ones', async (t) => {
  const space = makeSpace(t);
  for (const name of ['d/build/x', 'd/sub/build', 'd/a.log', 'd/keep.log', 'd/sub/b.log', 'd/sub/kept/c.log'])
    space.write(name, name);
  space.write('.pipeignore', 'build/\n*.log\n!keep.log\n');
  space.write('d/sub/kept/.pipeignore', '!*.log\n');
  const { entries } = await space.hasher().tree(space.path('d'));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ['keep.log', 'sub/build', 'sub/kept/.pipeignore', 'sub/kept/c.log'],
  );
});

test('the entries of a folder are given again only for what was seen there last', () => {
  const content = (digest: string): Content => ({ digest: digest as Digest, size: 0, nfiles: 0 });
  const tree = { content: content('a.dir'), entries: [], manifest: '' };
  const kept = keepTrees();
  kept.keep('/d', tree);
  assert.equal(kept.get('/d', content('a.dir')), tree);
  assert.equal(kept.get('/d', content('b.dir')), undefined);
  assert.equal(kept.get('/d', undefined), undefined);
  assert.equal(kept.get('/e', content('a.dir')), undefined);
  const next = { ...tree, content: content('b.dir') };
  kept.keep('/d', next);
  assert.equal(kept.get('/d', content('b.dir')), next);
});

test('a look at a directory shows whether something in it may be a link into the cache', async (t) => {
  const space = makeSpace(t);
  space.write('.pipeignore', 'hidden\n');
  space.write('folder/sub/own', 'own');
  const hasher = space.hasher();
  const mayBeLink = {
    'read-only file': () => void space.write('folder/sub/other', 'other', 0o444),
    symlink: () => symlinkSync('own', space.path('folder/sub/other')),
    'ignored file': () => void space.write('folder/sub/hidden/other', 'other'),
  };
  for (const [what, make] of Object.entries(mayBeLink)) {
    const mayHoldLinks = hasher.watchForLinks(space.path('folder'));
    assert.equal(mayHoldLinks(), true, 'an earlier look says nothing of now');
    await hasher.look(space.path('folder'));
    assert.equal(mayHoldLinks(), false);
    make();
    await hasher.look(space.path('folder'));
    assert.equal(mayHoldLinks(), true, what);
    rmSync(space.path('folder/sub/other'), { force: true });
    rmSync(space.path('folder/sub/hidden'), { recursive: true, force: true });
    await hasher.look(space.path('folder'));
  }
});

test('all places that a dependency reads are named, be they there or not', async (t) => {
  const space = makeSpace(t);
  space.write('deep/real/own', 'own');
  space.write('elsewhere/x', 'x');
  symlinkSync('../../elsewhere/x', space.path('deep/real/link'));
  symlinkSync('../../middle', space.path('deep/real/dangling'));
  symlinkSync(space.path('not/there'), space.path('middle'));
  symlinkSync('deep/real', space.path('folder'));
  const hasher = space.hasher();
  const looked = (await hasher.lookAs('input', space.path('folder')))!;
  assert.deepEqual(looked.behind.toSorted(), ['deep/real', 'elsewhere/x', 'not/there'].map(space.path));
  const { entries } = await hasher.inputTree(space.path('folder'));
  assert.deepEqual(
    entries.map(({ path }) => path),
    ['dangling', 'link', 'own'],
  );
});

test('what a link leads to in a .git counts, though the rest of it does not', async (t) => {
  const space = makeSpace(t);
  space.write('folder/own', 'own');
  space.write('folder/.git/hooks/run', 'run');
  space.write('folder/.git/index', 'index');
  symlinkSync('.git/hooks', space.path('folder/link'));
  space.write('elsewhere', 'x');
  symlinkSync('../../elsewhere', space.path('folder/.git/link'));
  const before = await input(space, 'folder');
  space.write('folder/.git/index', 'INDEX');
  space.write('elsewhere', 'y');
  assert.deepEqual(await input(space, 'folder'), before);
  space.write('folder/.git/hooks/run', 'RUN');
  assert.notEqual((await input(space, 'folder'))!.links, before!.links);
});

test('data does not include what belongs to git, an output of a stage does', async (t) => {
  const space = makeSpace(t);
  for (const name of ['data', 'out'])
    for (const file of ['x', '.git/HEAD']) space.write(`${name}/${file}`, '');
  const hasher = space.hasher('sha256', { isData: (path) => path === space.path('data') });
  const files = async (name: string): Promise<unknown> => (await hasher.look(space.path(name)))?.nfiles;
  assert.deepEqual([await files('data'), await files('out')], [1, 2]);
  await hasher.lookAs('input', space.path('out'));
  assert.deepEqual(hasher.leftOut(space.path('out')), [], 'what a look at it as a dependency leaves out');
});

test('a file in a folder is executable for its owner or not at all, and a folder of ignored files is kept as an empty one', async (t) => {
  const space = makeSpace(t);
  space.write('.pipeignore', '*.log\n');
  chmodSync(space.write('d/others', ''), 0o655);
  chmodSync(space.write('d/owner', ''), 0o700);
  space.write('d/logs/run.log', '');
  const { entries, content } = await space.hasher().tree(space.path('d'));
  assert.equal(content.nfiles, 2);
  assert.deepEqual(
    entries.map((entry) => [entry.path, entry.kind, 'isexec' in entry]),
    [
      ['logs', 'directory', false],
      ['others', 'file', false],
      ['owner', 'file', true],
    ],
  );
});

test('what the links of a dependency lead to is the same in a project that was moved', async (t) => {
  const looked = await Promise.all(
    [makeSpace(t), makeSpace(t)].map((space, index) => {
      space.write('folder/own', 'own');
      space.write('elsewhere/x', 'x');
      // Whichever was made first.
      const names = ['a', 'b', 'c', 'd'];
      for (const name of index === 0 ? names : names.toReversed()) {
        space.write(`ends/${name}`, name);
        symlinkSync(`../ends/${name}`, space.path(`folder/${name}`));
      }
      symlinkSync('../elsewhere', space.path('folder/link'));
      return input(space, 'folder');
    }),
  );
  assert.deepEqual(looked[0], looked[1]);
});

test('which of two places a link leads to counts, also where others lead to both, and the link in between changes', async (t) => {
  const space = makeSpace(t);
  for (const name of ['x', 'y']) {
    space.write(`ends/${name}`, name);
    symlinkSync(`ends/${name}`, space.path(name === 'x' ? 'middle' : 'other'));
  }
  space.write('folder/own', 'own');
  for (const name of ['middle', 'other']) symlinkSync(`../${name}`, space.path(`folder/${name}`));
  // They are reached before the others.
  for (const name of ['x', 'y']) symlinkSync(`../ends/${name}`, space.path(`folder/first-${name}`));
  const before = (await input(space, 'folder'))!;
  for (const [name, end] of [
    ['middle', 'y'],
    ['other', 'x'],
  ] as const) {
    rmSync(space.path(name));
    symlinkSync(`ends/${end}`, space.path(name));
  }
  const after = (await input(space, 'folder'))!;
  assert.equal(after.digest, before.digest);
  assert.notEqual(after.links, before.links);
});

test('a file that the cache linked back is no link of a dependency, and a link out of the project stays one path', async (t) => {
  const [space, away] = [makeSpace(t), makeSpace(t)];
  space.write('folder/own', 'own');
  symlinkSync('own', space.path('folder/link'));
  const object = space.write('cache/objects/ab', 'text', 0o444);
  space.write('folder/file', 'text');
  const look = async (): Promise<Content | undefined> =>
    (
      await space
        .hasher('sha256', { objects: space.path('cache/objects') })
        .lookAs('input', space.path('folder'))
    )?.content;
  const before = await look();
  rmSync(space.path('folder/file'));
  symlinkSync(object, space.path('folder/file'));
  assert.deepEqual(await look(), before);

  away.write('d/x', 'x');
  symlinkSync(away.path('d'), space.path('out'));
  const looked = (await space.hasher().lookAs('input', space.path('out')))!;
  assert.deepEqual([looked.content.nfiles, looked.behind], [1, []]);
});

test('the rules at the top of the project hold for the project itself, too', async (t) => {
  const space = makeSpace(t);
  for (const name of ['a', 'b.log', 'sub/c.log']) space.write(name, name);
  space.write('.pipeignore', '*.log\n');
  const { entries } = await space.hasher().tree(space.root);
  assert.deepEqual(
    entries.map(({ path }) => path),
    ['.pipeignore', 'a', 'sub'],
  );
});
