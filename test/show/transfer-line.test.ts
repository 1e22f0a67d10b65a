import assert from 'node:assert/strict';
import test from 'node:test';
import { makeTransferRate, transferLine } from '../../src/show/show.ts';

const state = {
  objects: { done: 3, total: 12 },
  bytes: { done: 2_500_000, total: undefined },
  rate: 1_200_000.4,
  objectRate: 2,
  idle: 0,
};

test('how long it will take: by bytes where all are known, else by objects', () => {
  assert.equal(transferLine('Pushing', state), 'Pushing 3/12 objects, 2.5 MB, 1.2 MB/s, 5.0 s left');
  const known = { ...state, bytes: { done: 2_500_000, total: 146_500_000 } };
  assert.equal(
    transferLine('Pushing', known),
    'Pushing 3/12 objects, 2.5 MB of 147 MB, 1.2 MB/s, 2 min 00 s left',
  );
  assert.equal(
    transferLine('Pushing', { ...state, objectRate: 0 }),
    'Pushing 3/12 objects, 2.5 MB, 1.2 MB/s',
  );
});

test('else what is waited for', () => {
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
  for (; now <= 20; now += 0.25) rate.note(now * 1000, now * 4);
  now = 20;
  assert.ok(Math.abs(rate.rate() - 1000) < 60, String(rate.rate()));
  assert.ok(Math.abs(rate.objectRate() - 4) < 0.3, String(rate.objectRate()));
  for (; now <= 40; now += 0.25) rate.note(20_000, 0);
  now = 40;
  rate.note(20_000, 0);
  assert.equal(rate.rate(), 0);
  assert.ok(rate.idle() >= 19);
  rate.note(20_000, 1);
  assert.equal(rate.idle(), 0);
});
