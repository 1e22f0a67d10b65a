import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pipeBin } from '../workspace.ts';
import { forFlushes } from './flushed-workspace.ts';
import { checkFlushes, type Call } from './flushes.ts';

for (const kind of ['own', 'dvc'] as const)
  test(`${kind}: whatever gets its name was flushed before, its folder after, and then only it is named`, (t) =>
    forFlushes(t, kind, (workspace, what) => {
      const file = workspace.path('calls.txt');
      if (existsSync(file)) rmSync(file);
      const ran = spawnSync(
        process.execPath,
        ['--import', join(import.meta.dirname, 'watch-flushes.ts'), pipeBin, 'repro', '-q', '-j2'],
        {
          cwd: workspace.root,
          encoding: 'utf8',
          env: { ...process.env, NODE_TEST_CONTEXT: undefined, WATCHED: file },
        },
      );
      assert.equal(ran.status, 0, ran.stderr);
      const calls = readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Call);
      const { wrong, objects, saved, lockFiles } = checkFlushes(calls);
      assert.deepEqual(wrong.slice(0, 5), [], what);
      t.diagnostic(`${what}: ${objects} objects, ${saved} saved, ${lockFiles} lock files`);
      assert.equal(lockFiles, 1, what);
      if (what.includes('restored')) return;
      assert.ok(objects > 45, `${what}: ${objects} objects`);
      assert.ok(saved > 0, `${what}: ${saved} saved`);
    }));
