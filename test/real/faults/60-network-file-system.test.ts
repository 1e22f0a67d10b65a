// Line 60 of the fault list, on a file system of the test's own that shows new files late.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { venv } from '../python.ts';

const pipeline = `
stages:
  write: {cmd: echo 1 > shared/one.txt, outs: [shared/one.txt]}
  read: {cmd: cat shared/one.txt > two.txt, deps: [shared/one.txt], outs: [two.txt]}
config: {latency_wait: WAIT}
`;

/** Works in a workspace whose folder `shared` shows a new file only after so many listings. */
async function withLateFiles(
  t: TestContext,
  listings: number,
  wait: string,
  work: (workspace: TestWorkspace) => Promise<void>,
): Promise<void> {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline.replace('WAIT', wait) });
  const [shared, backing] = [workspace.path('shared'), workspace.path('backing')];
  for (const folder of [shared, backing]) mkdirSync(folder);
  const python = join(venv('fuse', ['mfusepy==3.1.1']), 'python');
  const script = join(import.meta.dirname, 'late_files.py');
  const server = spawn(python, [script, backing, shared, String(listings)], {
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

test('60: an output that a network file system shows late is waited for', (t) =>
  withLateFiles(t, 3, '60s', async (workspace) => {
    assert.deepEqual((await workspace.repro()).ran, ['read', 'write']);
    assert.equal(workspace.read('two.txt'), '1\n');
    assert.deepEqual((await workspace.repro()).ran, []);
  }));

test('60: one that never shows fails its stage with that reason', (t) =>
  withLateFiles(t, 1e9, '0.3', async (workspace) => {
    const { stdout, stderr } = await workspace.expect(1, 'repro');
    assert.match(
      stdout + stderr,
      /did not write its output 'shared\/one\.txt'[^]*waited\s+0\.3 s for the network file system \(FUSE\)[^]*latency_wait/,
    );
  }));
