// Dependencies that lie outside of the project: by their absolute path, or by way of `..`.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';

test('files and folders outside of the project count like those inside', async (t) => {
  const outside = makeWorkspace(t, { 'x.txt': '1\n', 'folder/f': '1\n' });
  const { root, write, read, expect, repro } = makeWorkspace(t, {
    'pipeline.yaml': `
stages:
  absolute: {cmd: cat ${outside.root}/x.txt > a.txt, deps: [${outside.root}/x.txt], outs: [a.txt]}
  relative: {cmd: cat ../${outside.root.split('/').at(-1)}/folder/* > r.txt, deps: [../${outside.root.split('/').at(-1)}/folder], outs: [r.txt]}
  wdir: {cmd: cp x.txt $PIPE_ROOT/w.txt, wdir: ${outside.root}, deps: [x.txt], outs: [ROOT/w.txt]}
`,
  });
  write('pipeline.yaml', read('pipeline.yaml').replace('[ROOT', `[${root}`));
  assert.deepEqual((await repro()).ran, ['absolute', 'relative', 'wdir']);
  assert.deepEqual((await repro()).ran, []);
  outside.write('x.txt', '2\n');
  assert.match(
    (await expect(0, 'status')).stdout,
    /absolute: deps: \/.*x\.txt modified[^]*wdir: deps: x\.txt modified/,
  );
  assert.deepEqual((await repro()).ran, ['absolute', 'wdir']);
  assert.equal(read('w.txt'), '2\n');
  outside.write('folder/g', '2\n');
  assert.match((await expect(0, 'status')).stdout, /relative: deps: \.\.\/.*\/folder modified\n\s+added\s+g/);
  assert.deepEqual((await repro()).ran, ['relative']);
  outside.remove('folder/g');
  assert.deepEqual((await repro()).restored, ['relative']);
  outside.write('x.txt', '1\n');
  assert.deepEqual((await repro()).restored, ['absolute', 'wdir']);
});

test('a pipeline file outside of the project can be included', async (t) => {
  const outside = makeWorkspace(t, { 'shared.yaml': 'stages:\n  a: {cmd: echo 1 > a.txt}\n' });
  const { expect } = makeWorkspace(t, {
    'pipeline.yaml': `include:\n  shared: ${outside.root}/shared.yaml\n`,
  });
  assert.match((await expect(0, 'stage', 'list')).stdout, /shared/);
});

test('a URL of an unknown kind is no file, and said to be none', async (t) => {
  const { expect } = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  a: {cmd: "true", deps: ["ftp://example.org/x"]}\n',
  });
  const { stdout } = await expect(1, 'repro');
  assert.match(stdout, /source-unsupported[^]*'ftp:\/\/' is not supported[^]*help: /);
});

test('in a DVC repository they are recorded as DVC records them', async (t) => {
  const outside = makeWorkspace(t, { 'x.txt': 'hi\n' });
  const { path, read, repro } = makeWorkspace(t, {
    'dvc.yaml': `stages:\n  a: {cmd: cat ${outside.root}/x.txt > a.txt, deps: [${outside.root}/x.txt], outs: [a.txt]}\n`,
    '.dvc/config': '',
  });
  mkdirSync(path('.git'));
  assert.deepEqual((await repro()).ran, ['a']);
  assert.equal(
    read('dvc.lock'),
    `schema: '2.0'
stages:
  a:
    cmd: cat ${outside.root}/x.txt > a.txt
    deps:
    - path: ${outside.root}/x.txt
      hash: md5
      md5: 764efa883dda1e11db47671c4a3bbd9e
      size: 3
    outs:
    - path: a.txt
      hash: md5
      md5: 764efa883dda1e11db47671c4a3bbd9e
      size: 3
`,
  );
  assert.deepEqual((await repro()).ran, []);
});
