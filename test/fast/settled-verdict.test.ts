// A verdict may rest only on files whose next change will show in their times.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
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

test('no verdict is kept where more than files decide about one of the stages', async (t) => {
  const workspace = makeWorkspace(t, {});
  const stages = (more: string): void =>
    workspace.write(
      'pipeline.yaml',
      `stages:\n  s: {cmd: echo 1 > out, outs: [out]${more}}\n  last: {cmd: echo 1 > last, outs: [last]}\n`,
    );
  stages('');
  await workspace.expect(0, 'repro');
  for (const more of [
    'resources: {cpus: 2}',
    'resources: {memory: 1 MB}',
    'frozen: true',
    'always_changed: true',
  ]) {
    stages(`, ${more}`);
    await workspace.expect(0, 'repro');
    assert.equal(existsSync(workspace.path('cache/state/verdict')), false, more);
  }
  stages(', resources: {cpus: 1}');
  await workspace.expect(0, 'repro');
  assert.ok(existsSync(workspace.path('cache/state/verdict')));
});

test('no verdict is kept of a run that warned: the next one warns again', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > out, outs: [out]}\n',
  });
  await workspace.expect(0, 'repro');
  // A run that died left its record.
  workspace.write(
    'cache/state/run.owner.json',
    JSON.stringify({ pid: 1, started: '0', host: hostname(), since: '2026-01-01T00:00:00Z', run: 'dead' }),
  );
  assert.match((await workspace.expect(0, 'repro')).stdout, /did not end normally/);
  assert.equal(existsSync(workspace.path('cache/state/verdict')), false);
});

test('a history that cannot be written is a warning', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages:\n  s: {cmd: echo 1 > out, outs: [out]}\n',
    'cache/state/history.jsonl/in-the-way': '',
  });
  const { stdout } = await workspace.expect(0, 'repro');
  assert.match(stdout, /history/);
  await workspace.expect(0, 'status', '--check');
});
