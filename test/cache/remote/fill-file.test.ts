// Files whose bytes come in any order: written and hashed as if they had come in theirs.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { fillFile } from '../../../src/cache/cache.ts';
import { patchFs } from '../../patched-fs.ts';
import { makeWorkspace } from '../../workspace.ts';

const SIZE = 3_000_001;
const bytes = Buffer.alloc(SIZE);
for (let at = 0; at < SIZE; at += 4)
  bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, Math.min(at, SIZE - 4));

type Received = NonNullable<Parameters<typeof fillFile>[0]['received']>;

test('in any order of pieces, with an interruption', async (t) => {
  const path = makeWorkspace(t, {}).path('file');
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: SIZE - 1 }), { maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      fc.nat(12),
      async (cuts, order, before) => {
        const ends = [...cuts.toSorted((a, b) => a - b), SIZE];
        const pieces = ends.map((end, index) => ({
          start: ends[index - 1] ?? 0,
          end,
          order: order.next().value,
        }));
        pieces.sort((a, b) => a.order - b.order);
        // Some come before an interruption, and are not sent again.
        let received: Received = [];
        const file = {
          path,
          size: SIZE,
          algorithm: 'sha256',
          onReceived: (all: Received) => (received = all),
        } as const;
        const interrupted = fillFile(file, async (take) => {
          for (const { start, end } of pieces.slice(0, before)) take(start, bytes.subarray(start, end));
          throw new Error('lost');
        });
        await assert.rejects(interrupted, /lost/);
        const filled = await fillFile({ ...file, received }, async (take) => {
          for (const { start, end } of pieces.slice(before)) take(start, bytes.subarray(start, end));
          return true;
        });
        assert.deepEqual(filled, { length: SIZE, digest: hash('sha256', bytes) });
        assert.ok(readFileSync(path).equals(bytes));
      },
    ),
    { numRuns: 20 },
  );
});

test('what ends early has the digest of what came, or none', async (t) => {
  const path = makeWorkspace(t, {}).path('file');
  const file = { path, size: SIZE, algorithm: 'md5' } as const;
  const short = bytes.subarray(0, 1_500_000);
  const some = await fillFile(file, async (take) => {
    take(0, short);
    return true;
  });
  assert.deepEqual(some, { length: short.length, digest: hash('md5', short) });
  assert.equal(await fillFile(file, async () => false), undefined);
  const failing = fillFile(file, async (take) => {
    take(1, short);
    throw new Error('lost');
  });
  await assert.rejects(failing, /lost/);
  // All that came is noted, for the next one to go on from.
  const noted: unknown[] = [];
  const ended = fillFile({ ...file, onReceived: (ranges) => void noted.push(ranges) }, async (take) => {
    take(2_000_000, bytes.subarray(0, 10));
    take(1, short);
    take(2_000_010, bytes.subarray(0, 10));
    throw new Error('lost');
  });
  await assert.rejects(ended, /lost/);
  assert.deepEqual(noted.at(-1), [
    { start: 1, end: 1 + short.length },
    { start: 2_000_000, end: 2_000_020 },
  ]);
});

test('a disk that takes a part of a piece gets the rest of it', async (t) => {
  const path = makeWorkspace(t, {}).path('file');
  const piece = bytes.subarray(0, 100);
  patchFs(t, 'writeSync', (real) => ((file: number, from: Buffer, offset: number, length: number, at: number) =>
    real(file, from, offset, Math.min(length, 7), at)) as never); // prettier-ignore
  const filled = await fillFile({ path, size: 100, algorithm: 'md5' }, async (take) => {
    take(0, piece);
    return true;
  });
  assert.deepEqual([filled?.digest, readFileSync(path).equals(piece)], [hash('md5', piece), true]);
});

test('a disk that cannot keep what came is a failure, not a file', async (t) => {
  const path = makeWorkspace(t, {}).path('file');
  const size = 64 << 20;
  patchFs(t, 'fdatasync', () => ((_file: number, done: (error: Error) => void) => setImmediate(done, new Error('EIO'))) as never); // prettier-ignore
  const filling = fillFile({ path, size, algorithm: 'md5' }, async (take) => {
    const piece = Buffer.alloc(16 << 20);
    for (let at = 0; at < size; at += piece.length) take(at, piece);
    return true;
  });
  await assert.rejects(filling, /EIO/);
});
