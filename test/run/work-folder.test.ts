// What a stage of an experiment finds in its folder, and what is left there for the next one.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { mirrored, mirrorOf, WorkFolder } from '../../src/run/run.ts';
import { makeSpace } from '../hash/space.ts';
import { makeStage } from '../show/stages.ts';

const at = (path: string): WorkspacePath => path as WorkspacePath;

test('a work folder takes the place of all that the stages name', () => {
  const topOf = (git: string | undefined, ...stages: readonly object[]): string =>
    mirrorOf('/w/p', git, [makeStage('first'), ...stages.map((more) => makeStage('s', more))]).top;
  const dep = (path: string, place = path): object => ({ path, at: at(place) });
  const param = (file: string): object => ({ file, at: at(file), keys: [] });
  assert.equal(topOf(undefined), '/w/p');
  assert.equal(topOf(undefined, { deps: ['in'] }), '/w/p');
  assert.equal(topOf('/w'), '/w');
  assert.equal(topOf('/elsewhere'), '/w/p');
  assert.equal(topOf(undefined, {}, { deps: ['in', '../beside/x'] }), '/w');
  assert.equal(topOf(undefined, { params: [param('params.yaml'), param('../p.yaml')] }), '/w');
  assert.equal(topOf(undefined, { wdir: at('../other') }), '/w');
  assert.equal(topOf('/w', { deps: ['../../above/x'] }), '/');
  // What is named by an absolute path is read there.
  const stage = { ...makeStage('s'), deps: [dep('/w/x', '../x')] } as ReturnType<typeof makeStage>;
  assert.equal(mirrorOf('/w/p', undefined, [stage]).top, '/w/p');
  const mirror = { top: '/w', root: '/w/p' };
  const places = ['.', 'in', '../beside', '..'].map((path) => mirrored(mirror, '/f', at(path)));
  assert.deepEqual(places, ['/f/p', '/f/p/in', '/f/beside', '/f']);
});

test('what a stage leaves without declaring it goes, and what was there is whole again', (t) => {
  const space = makeSpace(t);
  const base = ['p/code', 'p/gone', 'p/read', 'p/out', 'p/placed', 'p/tool', 'above'];
  for (const path of base) space.write(`top/${path}`, path);
  chmodSync(space.path('top/p/tool'), 0o555);
  symlinkSync('code', space.path('top/p/link'));
  space.write('top/venv/lib', 'installed');
  const folder = new WorkFolder({
    mirror: { top: space.path('top'), root: space.path('top/p') },
    id: '1',
    folder: space.path('work'),
    base: { files: [...base, 'p/link'], large: [], environments: ['venv'] },
    openTools: () => ({}) as never,
  });
  const path = (name: string): string => space.path(`work/${name}`);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  assert.equal(folder.root, path('p'));
  assert.equal(statSync(path('p/tool')).mode & 0o777, 0o755, 'one that can be replaced');
  assert.deepEqual([readlinkSync(path('p/link')), read('venv/lib')], ['code', 'installed']);
  for (const [name, is] of [['code', true], ['../above', true], ['new', false]] as const)
    assert.equal(folder.has(at(name)), is, name);
  // A large file, as a link into the cache.
  space.write('object', 'large');
  symlinkSync(space.path('object'), path('p/large'));
  folder.placed(at('large'));
  folder.keepAsBase(at('large'));

  folder.write(at('params.yaml'), 'lr: 2\n');
  mkdirSync(path('p/data/in'), { recursive: true });
  writeFileSync(path('p/data/in/file'), 'placed');
  folder.placed(at('data'));
  assert.ok(folder.has(at('data/in/file')));
  // The stage runs.
  for (const name of ['p/code', 'above', 'p/read', 'p/out', 'p/new', 'p/large-too', 'p/data/in/file', 'p/made'])
    writeFileSync(path(name), 'by the stage');
  mkdirSync(path('p/outs/deep'), { recursive: true });
  writeFileSync(path('p/outs/deep/file'), 'result');
  writeFileSync(path('p/data/more'), 'undeclared');
  for (const name of ['p/gone', 'p/large', 'p/link']) rmSync(path(name));
  const undeclared = folder.dropUndeclared(['made', 'out', 'outs'].map(at), ['data', 'read'].map(at));
  assert.deepEqual(
    [...undeclared].sort(),
    ['above', 'code', 'data/more', 'gone', 'large', 'large-too', 'link', 'new'],
  );
  assert.deepEqual(['p/new', 'p/data/more', 'p/large-too'].filter((name) => existsSync(path(name))), []);
  const has = ['p/code', 'above', 'p/gone', 'p/large', 'p/link', 'p/out', 'p/made', 'p/read', 'p/outs/deep/file'].map(read);
  const mine = 'by the stage';
  assert.deepEqual(has, ['p/code', 'above', 'p/gone', 'large', 'p/code', mine, mine, mine, 'result']);
  assert.deepEqual([read('p/data/in/file'), read('p/params.yaml')], [mine, 'lr: 2\n'], 'their check comes later');

  folder.clear();
  for (const name of ['p/made', 'p/outs', 'p/data', 'p/params.yaml']) assert.ok(!existsSync(path(name)), name);
  for (const name of base) assert.equal(read(name), name);
  assert.equal(readlinkSync(path('p/large')), space.path('object'));
  assert.ok(!folder.has(at('params.yaml')));
}); // prettier-ignore
