// Line 60 of the fault list, on a file system of the test's own that shows new files late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withLateFiles } from './late-files.ts';

const pipeline = `
stages:
  write: {cmd: echo 1 > shared/one.txt, outs: [shared/one.txt]}
  read: {cmd: cat shared/one.txt > two.txt, deps: [shared/one.txt], outs: [two.txt]}
config: {latency_wait: WAIT}
`;

const waiting = (wait: string): string => pipeline.replace('WAIT', wait);

test('60: an output that a network file system shows late is waited for', (t) =>
  withLateFiles(t, 3, waiting('60s'), async (workspace) => {
    assert.deepEqual((await workspace.repro()).ran, ['read', 'write']);
    assert.equal(workspace.read('two.txt'), '1\n');
    assert.deepEqual((await workspace.repro()).ran, []);
  }));

test('60: one that never shows fails its stage with that reason', (t) =>
  withLateFiles(t, 1e9, waiting('0.3'), async (workspace) => {
    const { stdout, stderr } = await workspace.expect(1, 'repro');
    assert.match(
      stdout + stderr,
      /did not write its output 'shared\/one\.txt'[^]*waited\s+0\.3 s for the network file system \(FUSE\)[^]*latency_wait/,
    );
  }));
