// Which `.gitignore` names an output in a project of our own, and which of them a run says that it changed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import type { Project } from '../../src/pipeline/pipeline.ts';
import { makeCacheFolder, openBesideOwn } from '../../src/own/own.ts';
import { gitIn } from '../git.ts';
import { makeSpace } from '../hash/space.ts';
import { makeOut, makeStage } from '../show/stages.ts';

test('an output is named in the nearest folder of the project that no stage reads or writes', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('project'));
  gitIn(space.path('project'))('init', '-q');
  for (const name of ['read/deep/x', 'plain/x', 'elsewhere/x']) space.write(`project/${name}`, '');
  mkdirSync(space.path('outside'));
  symlinkSync('../outside', space.path('project/link'));
  const outs = ['plain/a', 'read/deep/b', 'made/in/c', 'link/d', 'new/e', 'z', 'plain/kept'];
  const stages = [
    makeStage('s', { deps: ['read'], outs: ['made'] }),
    ...outs.map((path) => ({ ...makeStage(path, {}), outs: [makeOut(path)] })),
  ];
  mkdirSync(space.path('project/made/in'), { recursive: true });
  const said: (readonly string[])[] = [];
  const project = { root: space.path('project'), stages, config: { gitignore: true } } as unknown as Project;
  const beside = openBesideOwn(project, {
    warn: ({ title }) => assert.fail(title),
    onIgnored: (files) => said.push(files),
  })!;
  const stageOf = (path: string): Project['stages'][0] => stages[outs.indexOf(path) + 1]!;
  const read = (name: string): string | undefined =>
    existsSync(space.path(name)) ? readFileSync(space.path(name), 'utf8') : undefined;
  for (const path of outs) beside.ignore(stageOf(path));
  assert.deepEqual(
    ['', 'plain/', 'read/', 'read/deep/', 'made/', 'made/in/', 'new/', 'link/'].map((folder) =>
      read(`project/${folder}.gitignore`),
    ),
    ['/read/deep/b\n/made/in/c\n/z\n', '/a\n/kept\n', ...Array.from({ length: 6 }, () => undefined)],
  );
  assert.equal(read('outside/.gitignore'), undefined, 'what is outside of the project is not ours to change');
  beside.addToGit();
  assert.deepEqual(said, [['.gitignore', 'plain/.gitignore']]);
  beside.addToGit();
  assert.equal(said.length, 1, 'each once');
  // What is no output any more is not named either: the file that lost a line is no longer said to have one.
  beside.ignore({ ...stageOf('z'), outs: [makeOut('elsewhere/y'), makeOut('plain/more')] });
  beside.unignore({ ...stageOf('z'), outs: [makeOut('plain/more')] });
  beside.addToGit();
  assert.deepEqual(
    [said.at(-1), read('project/plain/.gitignore')],
    [['elsewhere/.gitignore'], '/a\n/kept\n'],
  );
});

test('the files of a cache that a group shares are open to it, whatever the umask', (t) => {
  const space = makeSpace(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  for (const [name, mode] of [['alone', 0o600], ['shared', 0o664]] as const) {
    makeCacheFolder(space.path(name), name === 'shared');
    for (const file of ['CACHEDIR.TAG', '.gitignore'])
      assert.equal(statSync(space.path(`${name}/${file}`)).mode & 0o777, mode, `${name}/${file}`);
  }
}); // prettier-ignore
