// How long a run still takes: from what stages took, their progress, and how many run at a time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRunState, remainingTime, type RunState } from '../../src/show/show.ts';

type Address = Parameters<typeof remainingTime>[1][0];

const TOOK: Readonly<Record<string, number>> = { a: 10, b: 20, c: 60 };

function left(names: string, now: number, change: (state: RunState) => void = () => undefined): unknown {
  const state = newRunState();
  state.jobs = 2;
  change(state);
  return remainingTime(state, names.split(' ') as Address[], (stage) => TOOK[stage], now);
}

const runs = (state: RunState, name: string, since: number, done?: number): void =>
  void state.running.set(name as Address, {
    since,
    attempt: 1,
    ...(done !== undefined && { progress: { done, total: 100 } }),
  });

test('what is left is shared by those that run at a time, but is never less than its longest stage', () => {
  assert.equal(left('a b', 0), 20);
  assert.equal(left('a b c', 0), 60);
  assert.equal(left('a b b b b', 0), 45);
  assert.equal(
    left('a b', 0, (state) => (state.jobs = 1)),
    30,
  );
  assert.equal(
    left('a b c', 0, ({ done }) => done.add('c' as Address)),
    20,
  );
});

test('a stage that runs is done by its progress, the more the further it is', () => {
  assert.equal(
    left('c', 40, (state) => runs(state, 'c', 30)),
    50,
  );
  assert.equal(
    left('a', 100, (state) => runs(state, 'a', 30)),
    0,
    'longer than before',
  );
  assert.equal(
    left('new', 30, (state) => runs(state, 'new', 10, 25)),
    60,
  );
  // A quarter of what it says itself, three quarters of what it took before.
  assert.equal(
    left('c', 30, (state) => runs(state, 'c', 10, 25)),
    0.25 * 60 + 0.75 * 40,
  );
});

test('stages of which nothing is known count as the others, unless they are the most', () => {
  assert.equal(left('a new', 0, (state) => (state.jobs = 1)), 20);
  assert.equal(left('a new other', 0), undefined);
  assert.equal(left('new', 0), undefined);
  const group = (state: RunState): void => void state.took.set('s@1' as Address, 30).set('s@2' as Address, 50);
  assert.equal(left('s@3 s@4', 0, group), 40);
}); // prettier-ignore
