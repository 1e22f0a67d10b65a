// Line 3 of the fault list at full length: runs of each kind, killed before each of their steps; and that no step of
// publishing is missing among them, by counting system calls.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { killAtEveryStep } from '../../faults/crash.ts';
import { makeWorkspace, pipeBin, type TestWorkspace } from '../../workspace.ts';

const pipeline = `
vars: [{word: hello}]
stages:
  make:
    cmd: mkdir -p out/dir/deep && echo \${word} > out/dir/a && echo b > out/dir/deep/b && echo c > out/c
    outs: [out/dir, out/c]
  read:
    cmd: cat out/dir/a out/dir/deep/b > out/sum
    deps: [out/dir]
    outs: [out/sum]
`;
const hello = { 'out/dir/a': 'hello\n', 'out/dir/deep/b': 'b\n', 'out/c': 'c\n', 'out/sum': 'hello\nb\n' };

test('a first run that is killed before any of its steps is taken up by the next, and no write, flush or rename is missing among them', async (t) => {
  const steps = await killAtEveryStep(t, pipeline, async () => {}, hello);
  assert.ok(steps > 40, `only ${steps} steps`);
  if (spawnSync('strace', ['-e', 'trace=none', 'true']).status !== 0)
    return t.diagnostic('not counted: strace is not installed, or may not trace here');
  const calls = callsOf(makeWorkspace(t, { 'pipeline.yaml': pipeline }));
  t.diagnostic(`${steps} steps, ${calls.length} system calls`);
  assert.ok(calls.length > 30, 'strace saw the run');
  assert.ok(steps >= calls.length, `${steps} steps, but ${calls.length} calls:\n${calls.join('\n')}`);
});

test('so is a run over earlier results', async (t) => {
  const steps = await killAtEveryStep(
    t,
    pipeline,
    async (workspace) => {
      await workspace.repro();
      workspace.write('pipeline.yaml', pipeline.replace('word: hello', 'word: world'));
    },
    { ...hello, 'out/dir/a': 'world\n', 'out/sum': 'world\nb\n' },
  );
  assert.ok(steps > 25, `only ${steps} steps`);
});

test('so is a run that restores', async (t) => {
  const steps = await killAtEveryStep(
    t,
    pipeline,
    async (workspace) => {
      await workspace.repro();
      for (const path of ['out/dir', 'out/sum', 'pipeline.lock']) workspace.remove(path);
    },
    hello,
  );
  assert.ok(steps > 10, `only ${steps} steps`);
});

/** Lines of strace: what a run writes, flushes and renames in the project, apart from what its stages write and print. */
function callsOf(traced: TestWorkspace): string[] {
  const { root } = traced;
  const file = traced.path('trace.txt');
  const CALLS = 'write,pwrite64,writev,pwritev,fsync,fdatasync,sync,syncfs,rename,renameat,renameat2';
  const ran = spawnSync(
    'strace',
    ['-f', '-y', '-e', `trace=${CALLS}`, '-o', file, process.execPath, pipeBin, 'repro', '-q'],
    { cwd: root },
  );
  assert.equal(ran.status, 0, String(ran.stderr));
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`${root}/`) && !line.includes('resumed>'))
    .filter((line) => !line.includes(`<${root}/out/`) && !line.includes('/cache/logs/'));
}
