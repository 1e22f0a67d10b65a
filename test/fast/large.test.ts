// The fast answer has no size from which on it is given up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen, witnessedStat } from '../../src/disk/disk.ts';

test('the record of 150,000 paths is complete', () => {
  const witness = listen();
  for (let n = 0; n < 150_000; n += 1)
    witnessedStat(`/nowhere/${n}`, { bigint: true, throwIfNoEntry: false });
  assert.equal(witness.end()?.size, 150_000);
});
