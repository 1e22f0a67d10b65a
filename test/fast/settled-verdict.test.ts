// A verdict may rest only on files whose next change will show in their times.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspace, pipeBin } from '../workspace.ts';

test('a run that saw files newer than its clock keeps no verdict; a later one does', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: cat in d/x > out, deps: [in, d], outs: [out]}\n',
    in: '1',
    'd/x': '2',
  });
  await workspace.expect(0, 'repro');
  const verdict = workspace.path('cache/state/verdict');
  const early = ['--import', join(import.meta.dirname, 'early-clock.ts')];
  for (const [flags, kept] of [
    [early, false],
    [[], true],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, pipeBin, 'repro'], {
      cwd: workspace.root,
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Everything is up to date/);
    assert.equal(existsSync(verdict), kept);
  }
});
