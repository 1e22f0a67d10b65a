import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';

test('a stage that ends well without one of its outputs has failed, and nothing of it is kept', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  lazy:\n    cmd: echo 1 > one.txt\n    outs: [one.txt, two.txt, three.txt]\n',
  });
  const { stdout, stderr } = await workspace.expect(1, 'repro');
  for (const name of ['two', 'three'])
    assert.match(stdout + stderr, new RegExp(`did not write its output '${name}\\.txt'`));
  assert.equal(existsSync(workspace.path('pipeline.lock')), false);
  assert.equal(existsSync(workspace.path('cache/objects')), false);
  assert.equal(existsSync(workspace.path('cache/runs')), false);
});
