// `pipe results` and `pipe locate` beside data, in folders, and where something is missing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { gitIn } from '../git.ts';

test('data has no results; a file that a folder lacks, and one that git has, are found out from a folder', async (t) => {
  const { at, out, json, err, remove, root } = makeHere(t, {
    'pipeline.yaml': "stages: {s: {cmd: 'true', outs: [d, o]}}\ndata: [raw]\n",
    'd/one': '1',
    o: 'o',
    raw: 'raw',
    'sub/t': 'text',
  });
  await out(0, 'commit', '-f', '-q');
  const git = gitIn(root);
  git('init', '-q');
  git('add', 'sub', 'pipeline.yaml', 'pipeline.lock');
  git('commit', '-qm', 'one');
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  assert.deepEqual(
    ((await json('results')) as readonly { readonly stage: string }[]).map(({ stage }) => stage),
    ['s'],
  );
  assert.equal(await out(0, 'locate', 'raw'), `${root}/raw\n`);
  assert.deepEqual(await at('sub').json('locate', 't', '--rev', 'HEAD'), {
    path: 'sub/t',
    source: 'git',
    root,
    commit,
  });
  for (const name of ['d', 'o']) remove(name);
  assert.match(await err(1, 'locate', 'd/none'), /d\/none does not exist/);
  assert.match(await at('sub').out(0, 'locate', '../d/one'), /\/cache\/objects\//);
});
