import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import type { Lock, LockEntry } from '../../src/lock/lock.ts';
import { mergeDvcLocks } from '../../src/dvc/dvc.ts';
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
  ['they added two in between', 'a1 d1 f1', 'a1 d2 f1', 'a1 b1 c1 d1 e1 f1', 'a1 b1 c1 d2 e1 f1', []],
  ['both added one', 'a1', 'a1 b1', 'a1 c1', 'a1 c1 b1', []],
  ['both added the same', '', 'a1', 'a2', 'a1', ['a']],
  ['both dropped one', 'a1 b1', 'a1', 'a1', 'a1', []],
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

test('a lock file of DVC is merged by its stages, and keeps what is around them', () => {
  const stage = (name: string, cmd: string): string => `  ${name}:\n    cmd: ${cmd}\n`;
  const text = (stages: readonly string[], tail = ''): string =>
    `schema: '2.0'\nstages:\n${stages.join('')}${tail}`;
  const merge = (base: string, ours: string, theirs: string): readonly [string, readonly string[]] => {
    const merged = mergeDvcLocks(base, ours, theirs, 'dvc.lock');
    return [merged.text, merged.both];
  };
  const [base, data] = [text([stage('a', 'c1'), stage('b', 'c1')]), 'datasets: []\n'];
  const [ours, theirs] = [
    text([stage('a', 'c2'), stage('b', 'c1')]),
    text([stage('a', 'c1'), stage('b', 'c3')]),
  ];
  assert.deepEqual(merge(base, ours, theirs), [text([stage('a', 'c2'), stage('b', 'c3')]), []]);
  const noted = (of: string): string => of.replace('stages:\n', 'stages:\n  # of a\n');
  assert.equal(
    merge(noted(base), noted(ours), noted(theirs))[0],
    noted(text([stage('a', 'c2'), stage('b', 'c3')])),
  );
  assert.deepEqual(merge(base, ours, text([stage('a', 'c4'), stage('b', 'c1')])), [ours, ['a']]);
  assert.equal(merge(base, base, base + data)[0], base + data, 'what they added after the stages');
  assert.equal(merge(base + data, base, base + data)[0], base, 'what we removed');
  assert.throws(() => merge(base, `${base}x: 1\n`, `${base}x: 2\n`), /both branches changed its text/);
  assert.throws(() => merge(base, base, `schema: '2.0'\nstages: {a: {cmd: x}}\n`), /not laid out as DVC/);
});
