// Which processes can have been started after a certain one, by their numbers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { lowestAfter, numbersNow } from '../../src/run/run.ts';

test('numbers say which processes are later, unless the system may have begun again', () => {
  const before = { started: 5000, existing: 100, last: 999, limit: 32_768 };
  const now = { ...before, started: 5010, last: 1012 };
  assert.equal(lowestAfter(1000, before, now), 1000);
  // More were started than there are numbers up to the highest one.
  assert.equal(lowestAfter(1000, before, { ...now, started: 5000 + 31_667 }), 1000);
  assert.equal(lowestAfter(1000, before, { ...now, started: 5000 + 31_668 }), 0);
  assert.equal(lowestAfter(1000, before, { ...now, existing: 31_758 }), 0);
  // It did begin again.
  assert.equal(lowestAfter(1000, before, { ...now, last: 400 }), 0);
  // It does not count, or does not say.
  assert.equal(lowestAfter(1000, before, { ...now, started: 5000 }), 0);
  assert.equal(lowestAfter(1000, undefined, now), 0);
  assert.equal(lowestAfter(1000, before, undefined), 0);

  if (process.platform !== 'linux') return;
  const first = numbersNow()!;
  spawnSync('true');
  assert.ok(numbersNow()!.started > first.started);
  assert.ok(first.last < first.limit && first.existing > 0);
});
