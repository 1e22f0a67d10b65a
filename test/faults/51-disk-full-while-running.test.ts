import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepNumbers } from '../amount.ts';
import { makeWorkspace, runPipe } from '../workspace.ts';
import { assertConverges } from './crash.ts';

const pipeline = `
stages:
  make:
    cmd: mkdir -p out/dir && echo a > out/dir/a && echo c > out/c
    outs: [out/dir, out/c]
`;

test('no room at any step of a run: it says so, or did without; with room again everything is as it should be', async (t) => {
  const codes = new Set<number | null>();
  let unharmed = 0;
  for (const at of stepNumbers(17)) {
    const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline });
    const env = { PIPE_FAULT_AT: String(at), PIPE_FAULT_ERROR: 'ENOSPC' };
    const { code, stdout, stderr } = await runPipe(workspace.root, ['repro'], env);
    codes.add(code);
    const told = /disk is full/.test(stdout + stderr);
    if (code !== 0) assert.ok(code === 1 && told, `step ${at}: ${code}\n${stdout}${stderr}`);
    // Removing things needs no room: such steps do not fail, and neither does a state that is only an aid.
    unharmed = code === 0 && !told ? unharmed + 1 : 0;
    await assertConverges(workspace, { 'out/dir/a': 'a\n', 'out/c': 'c\n' });
    workspace.remove('.');
    if (unharmed === 3) break;
  }
  assert.deepEqual(
    [...codes].sort((a, b) => Number(a) - Number(b)),
    [0, 1],
  );
});
