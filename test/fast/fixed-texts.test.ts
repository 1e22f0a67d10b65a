// The version and the help are printed without the engine, as the engine prints them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { makeWorkspace, pipeBin } from '../workspace.ts';

for (const flag of ['--version', '-V', '--help', '-h'])
  test(`pipe ${flag} is the same with and without the fast answer`, (t) => {
    const { root } = makeWorkspace(t, { 'dvc.yaml': 'stages: {}\n', '.dvc/config': '' });
    const run = (env: NodeJS.ProcessEnv): { stdout: string; stderr: string; status: number | null } => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [pipeBin, flag], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      return { stdout, stderr, status };
    };
    const fast = run({});
    assert.deepEqual(fast, run({ PIPE_NO_FAST_ANSWER: '1' }));
    assert.equal(fast.status, 0);
    assert.notEqual(fast.stdout, '');
  });
