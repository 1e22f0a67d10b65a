// What a `.dvc` file says of its data, and which changes of a stage DVC sees.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dvcLoading, dvcRules } from '../../src/dvc/dvc.ts';
import { ownLoading, ownRules } from '../../src/own/own.ts';
import { makeOut, makeStage } from '../show/stages.ts';
import { withFolder } from './project-folder.ts';

const load = (text: string): ReturnType<typeof dvcLoading.loadDataFile> =>
  dvcLoading.loadDataFile('/project', 'sub/x.dvc' as never, text);

test('each output has its own digest and options, by whatever name the digest goes', () => {
  const { outs, frozen, wdir } = load(
    `outs:\n- {md5: ${'a'.repeat(32)}, path: a, push: false}\n- {etag: "b-1", path: b, persist: true}\n- {checksum: ccc, path: c, cache: false}\n- {path: d}\n`,
  );
  assert.deepEqual(
    outs.map(({ at, hash, push, persist, cache }) => [at, hash, push, persist, cache]),
    [
      ['sub/a', 'a'.repeat(32), false, false, true],
      ['sub/b', 'b-1', true, true, true],
      ['sub/c', 'ccc', true, false, false],
      ['sub/d', undefined, true, false, true],
    ],
  );
  assert.deepEqual([frozen, wdir], [false, 'sub']);
});

test('a file that is frozen says so, in the words of today and of DVC 1', () => {
  const outs = 'outs: [{path: a}]\n';
  for (const [more, frozen] of [
    ['frozen: true', true],
    ['locked: true', true],
    ['frozen: false', false],
    ['locked: false', false],
  ] as const)
    assert.equal(load(`${outs}${more}\n`).frozen, frozen, more);
  assert.equal(load(`${outs}wdir: ../in\n`).outs[0]!.at, 'in/a');
});

test('DVC sees an environment that is gone, and parameters of a whole file, but no dependency that is no longer declared', () => {
  const stage = makeStage('s', { params: [{ file: 'p.yaml', at: 'p.yaml' as never, keys: [] }] });
  const removed = (kind: string, name: string): boolean =>
    dvcRules.counts(stage, { kind, key: [name], status: 'removed' } as never);
  assert.deepEqual(
    [removed('env', 'A'), removed('param', 'p.yaml'), removed('param', 'q.yaml'), removed('dep', 'p.yaml')],
    [true, true, false, false],
  );
});

test('where a stage of our own works is recorded from the folder of its file', () => {
  const wdir = (at: string, folder: string): unknown =>
    ownRules.settingsOf({ wdir: at, env: {} } as never, folder as never);
  assert.deepEqual(
    [wdir('sub/in', 'sub'), wdir('sub', 'sub'), wdir('.', 'sub'), wdir('.', '.')],
    ['in', '.', '..', '.'].map((one) => ({ wdir: one, env: {} })),
  );
});

test('no output of any stage is written through a link that leads out of the project', () =>
  withFolder({ 'project/in/': '', 'beside/': '' }, (folder) => {
    const root = join(folder, 'project');
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'inside'));
    symlinkSync('../../beside', join(root, 'in/away'));
    const outs = ['in/one', 'inside/x', 'in/away/two', 'in/away/deep/er'].map((path) => makeOut(path));
    const stage = (name: string, of: typeof outs) => ({ ...makeStage(name), outs: of });
    const refused = ownLoading.refusedOuts(root, [stage('a', outs.slice(0, 1)), stage('b', outs)]);
    assert.deepEqual(
      refused.map(({ title }) => /^the output '(.*)' would .*: '(.*)' is a symlink/.exec(title)?.slice(1)),
      [
        ['in/away/two', 'in/away'],
        ['in/away/deep/er', 'in/away'],
      ],
    );
  }));
