// kill -9 at any moment: a pipeline of thirty stages is edited and run, and most runs are killed. Nothing that is kept is
// ever wrong, and every run that comes to its end gives what a build from nothing gives. PIPE_KILLS: how many (default 100).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { assertConverges, assertSoundCache } from '../../faults/crash.ts';
import { someInputs, someStages } from '../../property/arbitraries.ts';
import { evaluate, inputFiles, inputLinks, sourcePath, type ModelInputs } from '../../property/model.ts';
import { makeWorkspace, startPipe } from '../../workspace.ts';

const KILLS = Number(process.env['PIPE_KILLS'] ?? 100);
const SEED = Number(process.env['PIPE_SEED'] ?? Date.now() % 1_000_000);
const STAGES = 28; // and `grid` and `sum`
/** Milliseconds; a run of everything takes about that long. */
const LONGEST = 1000;
const EDITS = 3;

test(`${KILLS} runs are killed at a random moment, and nothing is lost or wrong`, async (t) => {
  t.diagnostic(`PIPE_SEED=${SEED}`);
  const [pipeline] = fc.sample(someStages(STAGES), { seed: SEED, numRuns: 1 });
  const [first] = fc.sample(someInputs(pipeline!), { seed: SEED, numRuns: 1 });
  const dice = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), {
    seed: SEED,
    numRuns: KILLS * (2 + 2 * EDITS),
  });
  const roll = (): number => dice.pop()!;
  let inputs: ModelInputs = { ...first!, grid: [1, 2] };
  const workspace = makeWorkspace(t, inputFiles(pipeline!, inputs));
  for (const [path, target] of Object.entries(inputLinks(pipeline!))) {
    mkdirSync(dirname(workspace.path(path)), { recursive: true });
    symlinkSync(target, workspace.path(path));
  }
  for (const [index, mayRun] of inputs.executable.entries())
    if (mayRun) chmodSync(workspace.path(sourcePath(index)), 0o755);

  let killed = 0;
  for (let round = 0; round < KILLS; round += 1) {
    for (let edit = 0; edit < EDITS; edit += 1) {
      const at = Math.floor(roll() * inputs.params.length) % inputs.params.length;
      inputs = { ...inputs, params: inputs.params.with(at, Math.floor(roll() * 1000)) };
    }
    workspace.write('params.yaml', inputFiles(pipeline!, inputs)['params.yaml']!);
    const run = startPipe(workspace.root, ['repro', '-q', '-j2']);
    const timer = setTimeout(() => run.kill('SIGKILL'), roll() * LONGEST);
    const [code, signal] = (await once(run, 'exit')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    if (signal === null) assert.equal(code, 0);
    else killed += 1;
    assertSoundCache(workspace);
    if (roll() < 0.2) await assertConverges(workspace, evaluate(pipeline!, inputs).outs);
  }
  await assertConverges(workspace, evaluate(pipeline!, inputs).outs);
  assert.deepEqual((await workspace.repro()).ran, []);
  t.diagnostic(`${killed} of ${KILLS} runs were killed before their end`);
  assert.ok(killed > KILLS / 3, 'most runs were killed');
});
