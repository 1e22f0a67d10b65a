// Which paths `pipe watch` and the page watch, and which changes are reported when they become others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { sourcesOf, watchFiles } from '../../src/run/run.ts';
import { makeSpace } from '../hash/space.ts';
import { withProject } from '../pipeline/project-folder.ts';

test('once other paths are watched each change of them is reported, and none of the earlier ones', async (t) => {
  const space = makeSpace(t);
  const [former, next, last] = ['former', 'next', 'last'].map((name) => space.path(name)) as [
    string,
    string,
    string,
  ];
  for (const name of ['former', 'next', 'last']) space.write(name, '1');
  const changes = await watchFiles([former], () => true);
  t.after(() => changes.close());
  await changes.watch([next]);
  space.write('former', '22');
  space.write('next', '22');
  assert.deepEqual(await changes.next(), [next]);
  await changes.watch([next, last]);
  space.write('last', '22');
  assert.deepEqual(await changes.next(), [last]);
  // As many as before, and one of them another.
  await changes.watch([former, last]);
  for (const name of ['former', 'last']) space.write(name, '333');
  assert.deepEqual(await changes.next(), [former, last]);
});

const files = {
  'pipeline.yaml': `
stages:
  make: {cmd: 'make \${rate}', deps: [in.txt, folder, https://host/file], outs: [out, folder/made, made.yaml]}
  read:
    cmd: read
    deps: [out, out.txt, linked, raw.csv]
    params: [size, more.json: [seed]]
    metrics: [scores.json]
    plots: [curves]
  other: {cmd: other, deps: [others.txt], outs: [other]}
  each: {foreach: [1, 2], do: {vars: [own.yaml], cmd: 'each \${own} \${item}'}}
data: [raw.csv]
vars: ['all.yaml:depth', {plain: 1}, made.yaml]
include: {sub: {file: sub/part.yaml, vars: [given.yaml]}}
`,
  'sub/params.yaml': 'place: here\n',
  'all.yaml': 'depth: 1\n',
  'made.yaml': 'made: 1\n',
  'own.yaml': 'own: 1\n',
  'given.yaml': 'given: 1\n',
  'sub/part.yaml': 'stages: {part: {cmd: part, deps: [at.txt], outs: [done]}}\n',
  'params.yaml': 'size: 1\nrate: 0\n',
  'more.json': '{"seed": 1}',
  'over.yaml': 'rate: 1\n',
  'in.txt': '',
  'raw.csv': '',
  'folder/a': '',
};

test('pipeline and parameter files, those of templates and overlays too, and what the stages read that no stage makes', () => {
  withProject(
    files,
    (project) => {
      const asked = project.stages.filter(({ address }) => address !== 'other');
      const sources = sourcesOf(project, asked);
      assert.deepEqual([...sources.paths].sort(), [
        'all.yaml',
        'folder',
        'given.yaml',
        'in.txt',
        'linked',
        'more.json',
        'out.txt',
        'over.yaml',
        'own.yaml',
        'params.yaml',
        'pipeline.yaml',
        'raw.csv',
        'sub/at.txt',
        'sub/params.yaml',
        'sub/part.yaml',
      ]);
      const counting = (path: string, real = path): boolean =>
        sources.counts(path as WorkspacePath, real as WorkspacePath);
      for (const path of [...sources.paths, 'folder/a', 'linked/deep/a', 'folder/made.txt'])
        assert.ok(counting(path), path);
      for (const path of ['folder/made', 'folder/made/a', 'out', 'others.txt', 'in.txt.swp', 'scores.json'])
        assert.ok(!counting(path), path);
      assert.ok(counting('linked/a', 'elsewhere/a'));
      assert.ok(!counting('folder/made', 'elsewhere/a'), 'a stage made the link');
      assert.ok(!counting('linked/a', 'out/a'), 'a stage made what is behind the link');
    },
    { files: ['over.yaml'] },
  );
});
