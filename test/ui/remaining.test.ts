// How long a run still takes: from what stages took before, their progress, and the slots.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldRun, runRemaining, stageRemaining, usualSeconds, type StageView } from '../../src/ui/ui.ts';
import { stage as handMade } from './hand-made.ts';

const stage = (name: string, seconds: number | null, more: Partial<StageView> = {}): StageView =>
  handMade(name, {
    reasons: [],
    last: seconds === null ? null : { what: 'ran', time: 0, seconds },
    ...more,
  });

const STAGES = [
  stage('a', 10),
  stage('b@0', 4, { group: 'b', reads: [0] }),
  stage('b@1', 8, { group: 'b', reads: [0] }),
  stage('b@2', null, { group: 'b', reads: [0] }),
  stage('c', null, { reads: [1] }),
  stage('old', 100, { state: 'fresh', decision: 'fresh' }),
];
const START = { type: 'run-start', run: 'r', time: 0, stages: 6, jobs: 2 } as const;
const RUNNING = foldRun([START, { type: 'start', time: 0, stage: 'a', attempt: 1 }]);

test('a stage that never ran takes what its group does', () => {
  assert.deepEqual(STAGES.map(usualSeconds(STAGES)), [10, 4, 8, 6, undefined, 100]);
  const restored = stage('b@3', null, { group: 'b', last: { what: 'restored', time: 0, seconds: 0.1 } });
  assert.equal(usualSeconds([...STAGES, restored])(restored), 6);
});

test('a stage by its progress, else by what it took, and never less than nothing', () => {
  assert.equal(stageRemaining(STAGES[0]!, RUNNING, 10, 3000), 7);
  assert.equal(stageRemaining(STAGES[0]!, RUNNING, 10, 30_000), 0);
  assert.equal(stageRemaining(STAGES[0]!, RUNNING, undefined, 3000), undefined);
  assert.equal(stageRemaining(STAGES[1]!, RUNNING, 4, 3000), undefined);
  const run = foldRun([
    START,
    { type: 'start', time: 0, stage: 'a', attempt: 1 },
    { type: 'progress', stage: 'a', progress: { done: 1, total: 4 } },
  ]);
  assert.equal(stageRemaining(STAGES[0]!, run, 10, 3000), 9);
});

test('a run: what is stale, with its slots; what is unknown is counted', () => {
  // 7 left of a, then 4, 8 and 6 over two slots.
  assert.deepEqual(runRemaining(STAGES, RUNNING, 3000), { seconds: 17, unknown: 1 });
  const later = foldRun([
    START,
    ...['a', 'b@0', 'b@1'].map((name) => ({ type: 'ran', time: 9, stage: name, seconds: 1 }) as const),
  ]);
  assert.deepEqual(runRemaining(STAGES, later, 20_000), { seconds: 6, unknown: 1 });
  const unknown = foldRun([
    START,
    ...['a', 'b@0', 'b@1', 'b@2'].map((name) => ({ type: 'fresh', stage: name }) as const),
  ]);
  assert.equal(runRemaining(STAGES, unknown, 0), undefined);
});

test('a run of some stages only takes its share', () => {
  const run = foldRun([{ ...START, stages: 2 }]);
  const all = runRemaining(STAGES, foldRun([START]), 0)!;
  assert.deepEqual(runRemaining(STAGES, run, 0), { seconds: (all.seconds * 2) / 5, unknown: 1 });
});
