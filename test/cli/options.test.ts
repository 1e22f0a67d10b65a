// How the values of options are read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, digits, milliseconds, naturalNumber, wholeNumber } from '../../src/cli/cli.ts';

test('sizes are powers of 1024, times have a unit, digits a limit', () => {
  assert.deepEqual(['7', '1K', '1.5kB', '2 MiB', '3G', '1TB'].map(bytes), [
    7,
    1024,
    1536,
    2 * 2 ** 20,
    3 * 2 ** 30,
    2 ** 40,
  ]);
  assert.deepEqual(
    ['2m', '3h', '1d', '2w'].map(milliseconds),
    [120_000, 10_800_000, 86_400_000, 1_209_600_000],
  );
  assert.deepEqual(['0', '12', '100'].map(digits), [0, 12, 100]);
  for (const bad of ['', '0', '-1', '1.5', '1e3']) assert.throws(() => wholeNumber(bad), bad);
  for (const bad of ['', '-1', '1.5', '1e3']) assert.throws(() => naturalNumber(bad), bad);
  assert.deepEqual([wholeNumber('10'), naturalNumber('0')], [10, 0]);
  for (const bad of ['', 'x', '-1', '1X']) assert.throws(() => bytes(bad), bad);
  for (const bad of ['', '5', '1.5h', '3s']) assert.throws(() => milliseconds(bad), bad);
  for (const bad of ['', '101', '1.5', '-1']) assert.throws(() => digits(bad), bad);
});
