import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';

const two = (first: string, second: string): string => `
stages:
  one: {cmd: "true", outs: ["${first}"]}
  two: {cmd: "true", outs: ["${second}"]}
`;

for (const [what, first, second] of [
  ['the same path', 'out/a', 'out/a'],
  ['the same path, spelled otherwise', 'out/a', './out/../out//a/'],
  ['one inside the other', 'out', 'out/a/b'],
  ['one inside the other, the inner first', 'out/a', 'out'],
] as const) {
  test(`outputs of two stages overlap (${what}): refused before anything runs`, async (t) => {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': two(first, second) });
    for (const command of ['repro', 'status', 'dag']) {
      const { stderr } = await workspace.expect(1, command);
      assert.match(stderr, /one/);
      assert.match(stderr, /two/);
    }
  });
}

test('outputs of two stages overlap by way of a symlink: refused before anything runs', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': two('real/a', 'link/a') });
  mkdirSync(workspace.path('real'));
  symlinkSync('real', workspace.path('link'));
  const { stderr } = await workspace.expect(1, 'repro');
  assert.match(stderr, /real\/a/);
  assert.match(stderr, /link\/a/);
});
