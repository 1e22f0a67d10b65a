// Outputs that a network file system shows late, with a file system and a clock that do what the test says.
import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { awaitLateOuts, makeStop } from '../../src/run/run.ts';
import { openProject } from '../open-project.ts';
import { patchFs } from '../patched-fs.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';
import { passInTurns, puppetClock } from './puppet-clock.ts';

const NFS = 0x6969;

/** @param shown how often the folder of each output has to be listed until it shows the output. */
async function begin(t: TestContext, type: number, shown: Readonly<Record<string, number>>) {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': "config: {latency_wait: 30}\nstages:\n  s: {cmd: 'true', outs: [a, d/b, d/c]}\n",
    'd/other': '',
  });
  const opened = await openProject(workspace.root);
  t.after(() => opened.close());
  patchFs(t, 'statfsSync', (real) => ((path) => Object.assign(real(path), { type })) as typeof statfsSync);
  const left = { ...shown };
  patchFs(
    t,
    'readdirSync',
    (real) =>
      ((folder: string, ...rest: never[]) => {
        for (const out of Object.keys(left))
          if (join(workspace.path(out), '..') === folder) show(workspace, left, out);
        return real(folder, ...rest);
      }) as typeof real,
  );
  const clock = puppetClock();
  const stop = makeStop(10, clock);
  let end: unknown;
  void awaitLateOuts(opened.graph.stages[0]!, { workspace: opened, clock, stop }).then(
    () => (end = 'shown'),
    (error) => (end = error instanceof PipeError ? error.problems : error),
  );
  return { clock, stop, end: () => end as string | PipeError['problems'] | undefined };
}

function show({ write }: TestWorkspace, left: Record<string, number>, out: string): void {
  left[out]! -= 1;
  if (left[out] === 0) write(out, 'late');
}

test('every output that a network file system shows late is waited for', async (t) => {
  const { clock, end } = await begin(t, NFS, { a: 12, 'd/b': 1, 'd/c': 4 });
  await passInTurns(clock, 3);
  assert.equal(end(), undefined);
  await passInTurns(clock, 5);
  assert.equal(end(), 'shown');
  assert.equal(clock.waiting, 0);
});

test('each that never shows is named, with how long was waited where', async (t) => {
  const { clock, end } = await begin(t, NFS, { 'd/b': 1 });
  await passInTurns(clock, 29);
  assert.equal(end(), undefined);
  await passInTurns(clock, 2);
  assert.deepEqual(
    (end() as PipeError['problems']).map(({ code, title, facts }) => [code, title, facts]),
    ['a', 'd/c'].map((out) => [
      'out-not-written',
      `the stage 's' ended well but did not write its output '${out}'`,
      [['waited', '30 s for the network file system (NFS) to show it']],
    ]),
  );
});

test('a run that is asked to end waits no longer, and on another file system nothing is waited for', async (t) => {
  const { clock, stop, end } = await begin(t, NFS, {});
  await passInTurns(clock, 1);
  assert.equal(end(), undefined);
  stop.request('SIGINT');
  await passInTurns(clock, 0.5);
  assert.equal((end() as PipeError['problems']).length, 3);
  const ext4 = await begin(t, 0xef53, {});
  await new Promise(setImmediate);
  assert.equal(ext4.end(), 'shown', 'what is missing is reported by whoever looks at the outputs');
});
