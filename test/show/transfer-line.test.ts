import assert from 'node:assert/strict';
import test from 'node:test';
import { makeTransferRate, transferLine } from '../../src/show/show.ts';

const state = { objects: { done: 3, total: 12 }, bytes: 2_500_000, rate: 1_200_000.4, idle: 0 };

test('bytes and rate, else what is waited for', () => {
  assert.equal(transferLine('Pushing', state), 'Pushing 3/12 objects, 2.5 MB, 1.2 MB/s');
  assert.equal(
    transferLine('Pushing', { ...state, idle: 12.7 }),
    'Pushing 3/12 objects, 2.5 MB, waiting (12 s)',
  );
  assert.equal(
    transferLine('Fetching', { ...state, idle: 12, retry: 'silent for 30 s' }),
    'Fetching 3/12 objects, 2.5 MB, trying again: silent for 30 s',
  );
  assert.equal(transferLine('Pushing', state, 40).length, 40);
});

test('the rate is that of the last seconds; a pause is counted from the last change', () => {
  let now = 0;
  const rate = makeTransferRate(() => now);
  for (; now <= 20; now += 0.25) rate.note(now * 1000, 0);
  now = 20;
  assert.ok(Math.abs(rate.rate() - 1000) < 60, String(rate.rate()));
  for (; now <= 40; now += 0.25) rate.note(20_000, 0);
  now = 40;
  rate.note(20_000, 0);
  assert.equal(rate.rate(), 0);
  assert.ok(rate.idle() >= 19);
  rate.note(20_000, 1);
  assert.equal(rate.idle(), 0);
});
