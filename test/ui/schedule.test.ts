// What a timeline says of a run: rows, how many at once, the longest chain, what more slots would bring.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce, criticalPath, foldRun, rowsOf, timeWith, type Task } from '../../src/ui/ui.ts';

const TASKS: readonly Task[] = [
  { id: 'a', seconds: 2, after: [] },
  { id: 'b', seconds: 5, after: ['a'] },
  { id: 'c', seconds: 1, after: ['a', 'gone'] },
  { id: 'd', seconds: 1, after: ['b', 'c'] },
  { id: 'e', seconds: 3, after: [] },
];

test('the longest chain of stages that wait for each other', () => {
  assert.deepEqual(criticalPath(TASKS), { path: ['a', 'b', 'd'], seconds: 8 });
  assert.deepEqual(criticalPath([]), { path: [], seconds: 0 });
});

test('a chain of ten thousand stages', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => ({
    id: `${index}`,
    seconds: 1,
    after: index === 0 ? [] : [`${index - 1}`],
  })).reverse();
  assert.equal(criticalPath(chain).seconds, 10_000);
});

test('what another number of slots would bring', () => {
  assert.equal(timeWith(TASKS, 1), 12);
  assert.equal(timeWith(TASKS, 2), 8);
  assert.equal(timeWith(TASKS, 100), 8);
  const alone = [6, 3, 3].map((seconds, index) => ({ id: `${index}`, seconds, after: [] }));
  assert.equal(timeWith(alone, 2), 6, 'the longest first');
});

const tasks: fc.Arbitrary<readonly Task[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.array(fc.nat(20), { maxLength: 3 })), { maxLength: 20 })
  .map((list) =>
    list.map(([seconds, after], index) => ({
      id: `${index}`,
      seconds,
      after: [...new Set(after)].filter((one) => one < index).map(String),
    })),
  );

test('no number of slots beats the longest chain or the work divided by the slots; one takes all the work', () => {
  fc.assert(
    fc.property(tasks, fc.integer({ min: 1, max: 6 }), (list, slots) => {
      const work = list.reduce((sum, { seconds }) => sum + seconds, 0);
      const time = timeWith(list, slots);
      assert.ok(time >= criticalPath(list).seconds && time >= work / slots - 1e-9);
      assert.equal(timeWith(list, 1), work);
      assert.equal(timeWith(list, list.length + 1), criticalPath(list).seconds);
    }),
  );
});

test('bars that overlap are in different rows, and as few rows as ran at once', () => {
  const bars = fc.array(
    fc
      .tuple(fc.nat(50), fc.integer({ min: 1, max: 20 }))
      .map(([start, length]) => ({ start, end: start + length })),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(bars, (list) => {
      const rows = rowsOf(list);
      for (const [a, one] of list.entries())
        for (const [b, other] of list.entries())
          if (a < b && rows[a] === rows[b]) assert.ok(one.end <= other.start || other.end <= one.start);
      const most = Math.max(...atOnce(list).map(([, count]) => count));
      assert.equal(Math.max(...rows) + 1, most);
    }),
  );
});

test('the record of a run: attempts, failures, what was stopped', () => {
  const run = foldRun([
    { type: 'run-start', run: 'r', time: 0, stages: 4, jobs: 2 },
    { type: 'fresh', stage: 'old' },
    { type: 'ready', time: 5, stage: 'a' },
    { type: 'start', time: 10, stage: 'a', attempt: 1 },
    { type: 'start', time: 20, stage: 'a', attempt: 2 },
    { type: 'start', time: 20, stage: 'b', attempt: 1 },
    { type: 'failed', time: 30, stage: 'a', seconds: 0.02, problem: 'exit code 1' },
    { type: 'skipped', stage: 'b', because: [] },
    { type: 'restored', time: 40, stage: 'c', seconds: 0.001 },
    {
      type: 'run-end',
      time: 50,
      seconds: 0.05,
      counts: { fresh: 1, restored: 1, ran: 0, failed: 1, skipped: 1 },
    },
  ]);
  assert.deepEqual(run.bars.get('a'), {
    stage: 'a',
    ready: 5,
    start: 10,
    attemptStart: 20,
    end: 30,
    attempts: 2,
    what: 'failed',
    problem: 'exit code 1',
  });
  assert.equal(run.bars.get('b')?.what, 'stopped');
  assert.equal(run.bars.get('b')?.end, 50);
  assert.equal(run.bars.get('c')?.start, 39);
  assert.equal(run.done, 4);
  // What an attempt said of itself is over with it.
  const again = foldRun([
    { type: 'start', time: 10, stage: 'a', attempt: 1 },
    { type: 'progress', stage: 'a', progress: { done: 3, total: 4 } },
    { type: 'start', time: 20, stage: 'a', attempt: 2 },
  ]);
  assert.deepEqual([...again.progress], []);
  const job = { type: 'job', time: 10, stage: 'a', system: 'Slurm', id: '1' } as const;
  for (const [state, shown] of [
    ['queued', 'ready'],
    ['running', 'running'],
  ] as const)
    assert.equal(foldRun([{ ...job, state }]).states.get('a'), shown);
});
