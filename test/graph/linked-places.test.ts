// The places that stages read and write through symlinks, as they are found on disk.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { refuseAliases, withLinkedPlaces } from '../../src/graph/graph.ts';
import { makeSpace, type Space } from '../hash/space.ts';
import { makeStage } from '../show/stages.ts';

function link(space: Space, path: string, target: string): void {
  space.write(`${path}.beside`, '');
  symlinkSync(target, space.path(path));
}

test('what a dependency reads behind links, in it and on the way to it; nothing for what is where it is named', (t) => {
  const [space, away] = [makeSpace(t), makeSpace(t)];
  for (const name of ['plain/x', 'ends/one', 'ends/two', 'real/sub/x', 'folder/in/x'])
    space.write(name, name);
  away.write('far/x', '');
  link(away, 'far/back', `../../${basename(space.root)}/ends/two`);
  link(space, 'folder/to-end', '../ends/one');
  link(space, 'folder/to-own', 'in/x');
  link(space, 'folder/in/to-end', '../../ends/two');
  link(space, 'folder/to-away', `../../${basename(away.root)}/far`);
  symlinkSync('real', space.path('link'));
  symlinkSync('folder', space.path('whole'));
  symlinkSync(away.path('far'), space.path('out'));
  symlinkSync('not/there', space.path('dangling'));
  for (const [declared, linked] of [
    [['plain'], [undefined]],
    [
      ['plain', 'folder'],
      [undefined, ['ends/two', 'ends/one']],
    ],
    [
      ['link/sub/x', 'plain/x'],
      [['real/sub/x'], undefined],
    ],
    [['whole'], [['folder', 'ends/two', 'folder/in/x', 'ends/one']]],
    [['dangling'], [['not/there']]],
    [
      ['out', 'out/x'],
      [undefined, undefined],
    ],
    [['dangling/x'], [['not/there/x']]],
  ] as const) {
    const stage = makeStage('s', { deps: [...declared] });
    const found = withLinkedPlaces({
      root: space.root,
      stages: [makeStage('plain', { deps: ['plain'] }), stage],
    } as never);
    assert.deepEqual(
      found.stages[1]!.deps.map((dep) => dep.linked?.toSorted()),
      linked.map((places) => places?.toSorted()),
      declared.join(),
    );
  }
});

test('of a folder in which many paths are declared links are found all the same', (t) => {
  const space = makeSpace(t);
  const names = Array.from({ length: 50 }, (_, n) => `f${n}`);
  for (const name of names) space.write(`d/${name}`, '');
  space.write('real/g', '');
  symlinkSync('../real/g', space.path('d/link'));
  symlinkSync('d', space.path('by-link'));
  const deps = [...names, 'link'].flatMap((name) => [`d/${name}`, `by-link/${name}`]);
  const { stages } = withLinkedPlaces({ root: space.root, stages: [makeStage('s', { deps })] } as never);
  assert.deepEqual(
    stages[0]!.deps.flatMap((dep) => (dep.linked ? [`${dep.at}: ${dep.linked.join()}`] : [])),
    [...names.map((name) => `by-link/${name}: d/${name}`), 'd/link: real/g', 'by-link/link: real/g'],
  );
});

test('outputs are one place by a link of the project, wherever that is, and not by one that leads nowhere', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('project/real'), { recursive: true });
  symlinkSync('real', space.path('project/link'));
  symlinkSync('nowhere', space.path('project/dangling'));
  symlinkSync('project', space.path('by-link'));
  const stages = (...outs: readonly (readonly string[])[]) =>
    outs.map((list, index) => makeStage(`s${index}`, { outs: [...list] }));
  for (const root of ['project', 'by-link'].map(space.path)) {
    assert.throws(
      () => refuseAliases({ root, stages: stages(['plain', 'link/x'], ['real/x']) }),
      /are one place on disk/,
    );
    refuseAliases({ root, stages: stages(['dangling/x'], ['x']) });
  }
});
