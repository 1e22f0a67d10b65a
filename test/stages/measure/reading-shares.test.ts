// The shares of digits that are read correctly, by hand-made readings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingShares } from '../../../stages/lib/measure/reading-shares.ts';
import { RIVAL_METHODS } from '../../../stages/lib/rivals/rivals.ts';

const labels = Uint8Array.of(1, 2, 3, 3);
const read = new Map([
  ['clean', labels],
  ...RIVAL_METHODS.map((method, at) => [method, Uint8Array.of(1, at === 0 ? 2 : 9, 9, 9)] as const),
  ['one', Uint8Array.of(1, 2, 3, 9)],
  ['other', Uint8Array.of(1, 9, 9, 9)],
  ['third', Uint8Array.of(9, 9, 9, 9)],
]);
const models = ['one', 'other', 'third'];
const rivals = (first: number, others: number): object =>
  Object.fromEntries(RIVAL_METHODS.map((method, at) => [method, at === 0 ? first : others]));

test('the share of the models is their mean, with the deviation over all of them', () => {
  const { accuracy, deviation } = readingShares(read, models, labels, [0, 1, 2, 3]);
  assert.deepEqual(accuracy, { clean: 1, ...rivals(0.5, 0.25), model: 1 / 3 });
  // 3/4, 1/4 and 0 about 1/3.
  assert.ok(Math.abs(deviation - Math.sqrt((25 + 1 + 16) / 144 / 3)) < 1e-12);
});

test('only the images that count do', () => {
  const { accuracy, deviation } = readingShares(read, models.slice(0, 2), labels, [1, 3]);
  assert.deepEqual(accuracy, { clean: 1, ...rivals(0.5, 0), model: 0.25 });
  assert.equal(deviation, 0.25);
});
