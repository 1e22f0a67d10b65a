import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import test from 'node:test';
import { unsettledFor } from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';

test('an input changed again within the clock tick of its hash is noticed', async (t) => {
  const space = makeSpace(t);
  for (let round = 0; round < 300; round += 1) {
    const path = space.write('d/input', 'a');
    const first = space.hasher('sha256', { stateFile: space.path('state') });
    const before = [await first.look(path), await first.look(space.path('d'))];
    first.close();
    const { atime, mtime } = statSync(path);
    space.write('d/input', 'b');
    utimesSync(path, atime, mtime);
    const second = space.hasher('sha256', { stateFile: space.path('state') });
    assert.notDeepEqual(await second.look(path), before[0]);
    assert.notDeepEqual(await second.look(space.path('d')), before[1]);
    second.close();
  }
});

test('times count as safe only when they are older than the tick of their file system', () => {
  const read = 1_700_000_000_123_456_789n;
  const ms = 1_000_000n;
  const key = (mtimeNs: bigint, ctimeNs = mtimeNs): Parameters<typeof unsettledFor>[0] => ({
    mtimeNs,
    ctimeNs,
  });
  assert.equal(unsettledFor(key(read - 21n * ms), read), 0n);
  assert.equal(unsettledFor(key(read - 5n * ms), read), 15n * ms);
  // Either time may be the one that shows a change.
  assert.ok(unsettledFor(key(read - 21n * ms, read), read) > 0n);
  // Whole seconds: a file system that keeps no more, possibly only even ones.
  const whole = (read / 1_000_000_000n) * 1_000_000_000n;
  assert.ok(unsettledFor(key(whole - 1_000_000_000n), read) > 0n);
  assert.equal(unsettledFor(key(whole - 2_000_000_000n), read), 0n);
});
