// A stamp shows every later change only if it is old enough for the clock of its file system.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  EXISTS,
  isSettled,
  isPlaced,
  lookKey,
  MISSING,
  partsOfStamp,
  sameKey,
  sameLook,
  stampOf,
  timesOf,
} from '../../src/disk/disk.ts';

const SECOND = 1_000_000_000n;
const STARTED = 1_700_000_000n * SECOND + 500_000_000n;

/** @param before nanoseconds from the last change to the start. */
const stamp = (before: bigint, changed = before): string => `7-100-${STARTED - before}-${STARTED - changed}`;

test('fine times settle in a tick, whole seconds in two, and the newer of both times counts', () => {
  const ms = 1_000_000n;
  for (const [before, settled] of [
    [-ms, false],
    [0n, false],
    [1n, false],
    [19n * ms, false],
    [21n * ms, true],
    [9n * SECOND, true],
    [11n * SECOND, true],
  ] as const) {
    assert.equal(isSettled(stamp(before), STARTED), settled, String(before));
    assert.equal(isSettled(stamp(60n * SECOND, before), STARTED), settled, `changed ${before}`);
  }
  const whole = (seconds: bigint): string => stamp(500_000_000n + seconds * SECOND);
  assert.deepEqual(
    [0n, 1n, 2n, 20n].map((seconds) => isSettled(whole(seconds), STARTED)),
    [false, false, true, true],
  );
  for (const what of [EXISTS, MISSING]) assert.equal(isSettled(what, STARTED), true);
  // A time before 1970, and an inode number that is negative as a signed number.
  for (const [ino, mtime] of [
    ['7', '-100'],
    ['-7', '100'],
    ['-7', '-100'],
  ])
    assert.deepEqual(
      [1n, 60n * SECOND].map((before) => isSettled(`${ino}-100-${mtime}-${STARTED - before}`, STARTED)),
      [false, true],
      `${ino} ${mtime}`,
    );
});

test('each number of a file counts in its stamp', () => {
  const stats = { ino: 1n, size: 2n, mtimeNs: 3n, ctimeNs: 4n, mode: 5n };
  const stamps = Object.keys(stats).map((name) => stampOf({ ...stats, [name]: 6n } as never));
  assert.equal(new Set([stampOf(stats as never), ...stamps]).size, 6);
});

test('a stamp gives back what was in it', () => {
  const stamp = stampOf({ ino: 1n, size: 2n, mtimeNs: 3n, ctimeNs: 4n, mode: 5n } as never);
  assert.deepEqual(partsOfStamp(stamp), { key: '1-2-3-4', size: 2n, mode: 5n });
  const negative = stampOf({ ino: -1n, size: 2n, mtimeNs: -3n, ctimeNs: 4n, mode: 5n } as never);
  assert.deepEqual(partsOfStamp(negative), { key: '-1-2--3-4', size: 2n, mode: 5n });
});

test('two looks are the same where each number is, but for the last change of what we placed', () => {
  const exact = { ino: 1n, size: 2n, mtimeNs: 3n, ctimeNs: 4n };
  assert.ok(sameKey(exact, { ...exact }));
  for (const name of Object.keys(exact)) assert.equal(sameKey(exact, { ...exact, [name]: 9n }), false, name);
  const key = { ino: 1, size: 2, mtimeMs: 3, ctimeMs: 4 };
  assert.ok(sameLook(key, { ...key }) && isPlaced(key, { ...key, ctimeMs: 9 } as never));
  for (const name of Object.keys(key)) assert.equal(sameLook(key, { ...key, [name]: 9 }), false, name);
  for (const name of ['ino', 'size', 'mtimeMs'])
    assert.equal(isPlaced(key, { ...key, [name]: 9 }), false, name);
});

test('exact numbers of a file round to those of a look at many files', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, 'text');
  for (const seconds of [
    0,
    0.1,
    1.5,
    1_700_000_000,
    1_700_000_000.123_457,
    4_000_000_000.7,
    -0.25,
    -12_345.678,
    '1969-12-31T23:59:58.123456789Z',
  ]) {
    if (typeof seconds === 'number') utimesSync(file, seconds, seconds);
    // Exact to a nanosecond.
    else execFileSync('touch', ['-d', seconds, file]);
    const { ino, size, mtimeMs, ctimeMs } = lstatSync(file);
    const exact = lstatSync(file, { bigint: true });
    assert.deepEqual(lookKey(exact), { ino, size, mtimeMs, ctimeMs }, String(seconds));
    const { mtimeNs, ctimeNs } = timesOf(lookKey(exact));
    for (const [time, before] of [
      [mtimeNs, exact.mtimeNs],
      [ctimeNs, exact.ctimeNs],
    ] as const)
      assert.ok(time - before < 1000n && before - time < 1000n, `${seconds}: ${time} for ${before}`);
  }
});
