// What runs first, by how long things took.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastDurations, priorities, type HistoryEntry } from '../../src/run/run.ts';
import { address, graphOf, makeStage } from '../show/stages.ts';

const chain = [
  makeStage('a', { outs: ['a'] }),
  makeStage('b', { deps: ['a'], outs: ['b'] }),
  makeStage('c', { deps: ['b'], outs: ['c'] }),
  makeStage('d', { deps: ['a'], outs: ['d'] }),
];

function urgencies(known: Readonly<Record<string, number>>, stages = chain): Record<string, number> {
  return Object.fromEntries(priorities(stages, graphOf(chain), ({ address }) => known[address]));
}

test('a stage is as urgent as the longest chain that begins with it', () => {
  assert.deepEqual(urgencies({ a: 1, b: 2, c: 10, d: 5 }), { a: 13, b: 12, c: 10, d: 5 });
});

test('a stage of unknown length counts like the longest known one', () => {
  assert.deepEqual(urgencies({ a: 1, b: 2, d: 5 }), { a: 8, b: 7, c: 5, d: 5 });
  assert.deepEqual(urgencies({}), { a: 3, b: 2, c: 1, d: 1 });
});

test('what is not part of the run counts nothing', () => {
  assert.deepEqual(urgencies({ a: 1, b: 2, c: 10, d: 5 }, [chain[0]!, chain[3]!]), { a: 6, d: 5 });
});

const ran = (stage: string, seconds: number, what: HistoryEntry['what'] = 'ran'): HistoryEntry => ({
  run: 'r',
  stage: address(stage),
  time: '2026-01-01T00:00:00Z',
  what,
  seconds,
  why: '',
});

test('the last time that a stage ran counts, not that it was restored or failed', () => {
  const known = lastDurations([ran('s', 1), ran('s', 7), ran('s', 0.1, 'restored'), ran('s', 0.2, 'failed')]);
  assert.equal(known({ address: address('s'), group: null }), 7);
  assert.equal(known({ address: address('never'), group: null }), undefined);
});

test('a member of a group that never ran is taken for the mean of those that did', () => {
  const known = lastDurations([ran('g@1', 2), ran('g@2', 4), ran('other@1', 100)]);
  assert.equal(known({ address: address('g@3'), group: 'g' }), 3);
  assert.equal(known({ address: address('g@1'), group: 'g' }), 2);
  assert.equal(known({ address: address('new@1'), group: 'new' }), undefined);
});
