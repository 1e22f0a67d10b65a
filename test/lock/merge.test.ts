import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import type { Lock, LockEntry } from '../../src/lock/lock.ts';
import { mergeLocks } from '../../src/own/own.ts';

const entry = (cmd: string): LockEntry => ({
  cmd,
  wdir: '.',
  env: {},
  deps: [],
  params: new Map(),
  outs: [{ path: 'x', content: { digest: 'ab'.repeat(32) as Digest, size: 1 } }],
});

/** `a1 b2`: the stages a and b, with commands 1 and 2. */
const lock = (text: string, set: readonly string[] = []): Lock => ({
  entries: new Map(
    text
      .split(' ')
      .filter(Boolean)
      .map((item) => [item[0]!, entry(item.slice(1))]),
  ),
  overlay: { files: [], set },
});
const show = ({ entries }: Lock): string =>
  [...entries].map(([name, { cmd }]) => `${name}${String(cmd)}`).join(' ');

for (const [what, base, ours, theirs, merged, both] of [
  ['nothing changed', 'a1 b1', 'a1 b1', 'a1 b1', 'a1 b1', []],
  ['different stages ran', 'a1 b1', 'a2 b1', 'a1 b2', 'a2 b2', []],
  ['the same stage ran, with one result', 'a1', 'a2', 'a2', 'a2', []],
  ['the same stage ran, with two results', 'a1', 'a2', 'a3', 'a2', ['a']],
  ['they added one in between', 'a1 c1', 'a1 c2', 'a1 b1 c1', 'a1 b1 c2', []],
  ['both added one', 'a1', 'a1 b1', 'a1 c1', 'a1 c1 b1', []],
  ['both added the same', '', 'a1', 'a2', 'a1', ['a']],
  ['they dropped one', 'a1 b1', 'a2 b1', 'a1', 'a2', []],
  ['we dropped one', 'a1 b1', 'a1', 'a2 b1', 'a2', []],
  ['we dropped what they ran', 'a1 b1', 'a1', 'a1 b2', 'a1 b2', []],
  ['they dropped what we ran', 'a1 b1', 'a1 b2', 'a1', 'a1 b2', []],
] as const) {
  test(`${what}: ${base} → ${ours} | ${theirs} = ${merged}`, () => {
    const result = mergeLocks(lock(base), lock(ours), lock(theirs));
    assert.equal(show(result.lock), merged);
    assert.deepEqual(result.both, both);
  });
}

test('the overlay is that of the side that changed it, ours where both did', () => {
  const overlay = (base: string[], ours: string[], theirs: string[]): readonly string[] =>
    mergeLocks(lock('', base), lock('', ours), lock('', theirs)).lock.overlay.set;
  assert.deepEqual(overlay(['x=1'], ['x=1'], ['x=2']), ['x=2']);
  assert.deepEqual(overlay(['x=1'], ['x=3'], ['x=2']), ['x=3']);
  assert.deepEqual(overlay(['x=1'], [], ['x=1']), []);
});
