// Which repository an import means, and which of its files come from a cache.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { writeRecord } from '../../src/experiment/experiment.ts';
import {
  basesOf,
  findExperimentIn,
  findRepository,
  isInCache,
  lookAtRepository,
} from '../../src/repository/repository.ts';
import { BLANK_RECORD } from '../blank-record.ts';
import { makeWorkspace } from '../workspace.ts';

test('a path is first one from the folder of the import, then one from the root', (t) => {
  const space = makeWorkspace(t, { 'up/x': '', 'in/up/x': '', 'in/deep/x': '' });
  const found = (wdir: string): unknown => findRepository('up', basesOf(space.root, { wdir: wdir as never }));
  assert.partialDeepStrictEqual(found('in'), { folder: space.path('in/up') });
  assert.partialDeepStrictEqual(found('in/deep'), { folder: space.path('up') });
  assert.partialDeepStrictEqual(found('.'), { folder: space.path('up') });
  // Before there is one, the command line is what names it.
  assert.deepEqual(basesOf(space.root, undefined), [process.cwd(), space.root]);
});

test('what git would misread or take for an option is refused, and its password is not shown', (t) => {
  const space = makeWorkspace(t, { '-u/x': '' });
  for (const [url, what] of [
    ['-u', /no repository/],
    ['https://ada:hu/sh@host/x', /would misread/],
    ['ssh://ada:hu/sh@host/x', /would misread/],
    ['ada:hu@sh@host:x', /would misread[^]*no password/],
  ] as const)
    assert.throws(
      () => findRepository(url, [space.root]),
      (error) => {
        assert.ok(error instanceof PipeError);
        const [{ title, hint }] = error.problems as [(typeof error.problems)[number]];
        assert.match(`${title}\n${hint}`, what, url);
        assert.doesNotMatch(`${title}\n${hint}`, /hu/, url);
        return true;
      },
    );
});

test('options of DVC for a repository that are not known here are refused before anything is asked', async () => {
  const origin = { kind: 'repository', url: 'https://ada:hush@none.example.org/x', path: 'x' } as const;
  await assert.rejects(lookAtRepository({ ...origin, foreign: ['config'] }, []), (error) => {
    assert.match(String(error), /config/);
    assert.doesNotMatch(String(error), /hush/);
    return true;
  });
});

test('of an experiment all that stages made comes from a cache, of a commit what is declared so', () => {
  const output = (cache: boolean, cmd: string | null): never => ({ out: { cache }, stage: { cmd } }) as never;
  const inCache = (isExperiment: boolean, cache: boolean, cmd: string | null): boolean =>
    isInCache({ revision: { ...(isExperiment && { isExperiment }) } as never }, output(cache, cmd));
  assert.deepEqual(
    [
      inCache(true, true, 'x'),
      inCache(true, false, 'x'),
      inCache(true, false, null),
      inCache(true, true, null),
    ],
    [true, true, false, true],
  );
  assert.deepEqual([inCache(false, true, 'x'), inCache(false, false, 'x')], [true, false]);
  assert.equal(isInCache({ revision: {} as never }, undefined), false);
});

test('a project on this machine has experiments; a folder in it has none of its own', async (t) => {
  const space = makeWorkspace(t, { 'pipeline.yaml': 'stages: {a: {cmd: x}}\n', 'sub/x': '' });
  for (const name of ['one', 'two']) writeRecord(space.path('cache/exps'), { ...BLANK_RECORD, name });
  const found = await findExperimentIn(space.root, 'two');
  assert.deepEqual([found?.record.name, found?.revision.isExperiment], ['two', true]);
  found?.close();
  for (const [folder, name] of [
    [space.path('sub'), 'two'],
    [space.root, 'three'],
    [space.path('none'), 'two'],
  ] as const)
    assert.equal(await findExperimentIn(folder, name), undefined, folder);
});
