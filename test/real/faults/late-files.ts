// A workspace whose folder `shared` shows new files late: a file system of the test's own (FUSE).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { venv } from '../python.ts';

/**
 * @param pipeline in the workspace, beside that folder, or in the folder itself where only what others make is late there.
 * @param listings of the folder after which it shows a new file.
 * @param others who they are: processes with this variable in their environment.
 */
export async function withLateFiles(
  t: TestContext,
  listings: number,
  pipeline: string,
  work: (workspace: TestWorkspace) => Promise<void>,
  others?: string,
): Promise<void> {
  const workspace = makeWorkspace(t, { [`${others ? 'backing/' : ''}pipeline.yaml`]: pipeline });
  const [shared, backing] = [workspace.path('shared'), workspace.path('backing')];
  for (const folder of [shared, backing]) mkdirSync(folder, { recursive: true });
  const python = join(venv('fuse', ['mfusepy==3.1.1']), 'python');
  const script = join(import.meta.dirname, 'late_files.py');
  const server = spawn(python, [script, backing, shared, String(listings), ...(others ? [others] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const first = await Promise.race([once(server.stdout, 'data'), ended]);
    assert.match(String(first[0]), /mounted/, 'the file system could not be mounted');
    await work(workspace);
  } finally {
    spawnSync('fusermount3', ['-u', shared], { stdio: 'inherit' });
    await ended;
  }
}
