import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWorkspace } from '../workspace.ts';

for (const [first, second] of [
  ['out/A', 'out/a'],
  ['Out/x', 'out/x'],
  ['Model', 'model/weights'],
  ['stra\u00dfe', 'STRASSE'],
  ['caf\u00e9', 'cafe\u0301'],
  ['caf\u00e9/x', 'cafe\u0301'],
] as const) {
  test(`outputs that differ in case or Unicode form only ('${first}', '${second}') are refused: one file on many systems`, async (t) => {
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `stages:\n  one: {cmd: "true", outs: ["${first}"]}\n  two: {cmd: "true", outs: ["${second}"]}\n`,
    });
    const { stderr } = await workspace.expect(1, 'status');
    assert.ok(stderr.includes(first), stderr);
    assert.ok(stderr.includes(second), stderr);
    assert.match(stderr, /case/);
  });
}
