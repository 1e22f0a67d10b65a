// What the page makes of the view: boxes and edges of the picture, what a stage looks like, what is before and after it, why it is blocked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boxOf,
  countBy,
  foldRun,
  lineage,
  makeModel,
  pictureOf,
  rootCauses,
  shownState,
  type StageView,
} from '../../src/ui/ui.ts';

const stage = (name: string, more: Partial<StageView> = {}): StageView => ({
  name,
  group: null,
  axes: {},
  kind: 'stage',
  desc: null,
  state: 'fresh',
  decision: 'fresh',
  reasons: [],
  waits_for: [],
  reads: [],
  metrics: {},
  last: null,
  ...more,
});
const changed = [{ kind: 'cmd', text: 'cmd changed' }];
const blocked = { state: 'blocked', decision: 'blocked' } as const;
const STAGES = [
  stage('prep', { state: 'stale', decision: 'run', reasons: changed }),
  stage('fit@a', { group: 'fit', reads: [0], waits_for: ['prep'], ...blocked }),
  stage('fit@b', { group: 'fit', reads: [0], waits_for: ['prep'], reasons: changed, ...blocked }),
  stage('sum', { reads: [1, 2], waits_for: ['fit@a', 'fit@b', 'gone'], ...blocked }),
  stage('other'),
];
const model = makeModel({ stages: STAGES } as unknown as Parameters<typeof makeModel>[0]);
const idle = foldRun([]);

test('members of a group are one box, with one line to what they read, unless it is opened', () => {
  const folded = pictureOf(model, false);
  assert.deepEqual(
    folded.boxes.map(({ id, members }) => [id, ...members]),
    [
      ['prep', 0],
      ['fit', 1, 2],
      ['sum', 3],
      ['other', 4],
    ],
  );
  assert.deepEqual(folded.edges, [
    [0, 1],
    [1, 2],
  ]);
  assert.deepEqual(
    ['fit', 'fit@b', 'sum', 'gone', undefined].map((name) => boxOf(model, folded, name)),
    [1, 1, 2, -1, -1],
  );
  const open = pictureOf(model, true);
  assert.deepEqual(
    open.boxes.map(({ id }) => id),
    ['prep', 'fit@a', 'fit@b', 'sum', 'other'],
  );
  assert.deepEqual(open.edges, [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
  ]);
  assert.deepEqual(model.readBy, [[1, 2], [3], [3], [], []]);
});

test('everything before and after a stage, not what is beside it', () => {
  const around = (...members: readonly number[]): number[] =>
    [...lineage(model, members)].toSorted((a, b) => a - b);
  assert.deepEqual(
    [around(1), around(0), around(3), around(4)],
    [[0, 1, 3], [0, 1, 2, 3], [0, 1, 2, 3], [4]],
  );
});

test('a blocked stage waits for those at the beginning, and for those that have reasons of their own', () => {
  assert.deepEqual(
    rootCauses(model, STAGES[3]!).map(({ name }) => name),
    ['prep', 'fit@b'],
  );
  assert.deepEqual(
    rootCauses(model, STAGES[1]!).map(({ name }) => name),
    ['prep'],
  );
});

test('what a stage looks like: what a run says while it goes on, frozen, failed', () => {
  const last = (what: 'ran' | 'failed') => ({ last: { what, time: 0, seconds: 1 } });
  const shown = (more: Partial<StageView>) => shownState(stage('x', more), idle, false);
  assert.equal(shown({ decision: 'frozen' }), 'frozen');
  assert.equal(shown({ decision: 'frozen', kind: 'data' }), 'fresh', 'data that cannot be made anew is no frozen stage');
  assert.equal(shown({ decision: 'frozen', state: 'stale' }), 'stale');
  assert.equal(shown({ state: 'stale', decision: 'run', ...last('failed') }), 'failed');
  assert.equal(shown({ state: 'stale', decision: 'run', ...last('ran') }), 'stale');
  assert.equal(shown(last('failed')), 'fresh', 'it was put right');
  const run = foldRun([
    { type: 'run-start', run: 'r', time: 0, stages: 3, jobs: 1 },
    { type: 'ready', time: 0, stage: 'x' },
  ]);
  assert.deepEqual([shownState(stage('x'), run, true), shownState(stage('x'), run, false)], ['waiting', 'fresh']);
  assert.deepEqual(countBy(['fresh', 'failed', 'fresh', 'stale']), [['failed', 1], ['stale', 1], ['fresh', 2]], 'the worst first');
}); // prettier-ignore
