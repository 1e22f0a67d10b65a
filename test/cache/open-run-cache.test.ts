import assert from 'node:assert/strict';
import { rmSync, statSync, utimesSync, writeFileSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { openRunCache } from '../../src/own/own.ts';
import type { Digest } from '../../src/hash/hash.ts';
import type { LockEntry, LockedPath } from '../../src/lock/lock.ts';
import { makeStore } from './store-space.ts';

/** As a finished stage is recorded; only its outputs matter here. */
const entry = (outs: readonly LockedPath[]): LockEntry => ({
  cmd: 'make out',
  deps: [],
  params: new Map(),
  outs,
});
const key = 'ab'.repeat(32) as Digest;

test('the newest result whose objects are all there is found', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const result = async (text: string): Promise<LockedPath[]> => {
    space.write('out', text);
    return [{ path: 'out', content: await space.keep('out') }];
  };
  assert.equal(runs.find(key), undefined);
  const first = await result('first');
  const second = await result('second');
  assert.equal(runs.save(key, entry(first)), undefined);
  assert.equal(runs.save(key, entry(first)), undefined);
  assert.equal(runs.save(key, entry(second))?.code, 'nondeterministic');
  assert.deepEqual(runs.find(key), second);
  // Known already: no warning, but the newest now.
  assert.equal(runs.save(key, entry(first)), undefined);
  assert.deepEqual(runs.find(key), first);
  assert.equal(runs.save(key, entry(second)), undefined);
  rmSync(space.object(second[0]!.content.digest));
  const file = `${space.dir}/runs/${key.slice(0, 2)}/${key.slice(2)}`;
  utimesSync(file, 0, 0);
  assert.deepEqual(runs.find(key), first);
  assert.ok(statSync(file).mtimeMs > 0, 'garbage collection goes by the last use');
  const other = 'cd'.repeat(32) as Digest;
  runs.save(other, entry([...first, { ...second[0]!, path: 'other' }]));
  assert.equal(runs.find(other), undefined, 'of two outputs one is lost');
});

test('what differs is said against the first result', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const outs = (...sizes: readonly number[]): LockEntry =>
    entry(
      sizes.map((size, index) => ({
        path: `o${index}`,
        content: { digest: `${size}`.padStart(64, '0') as Digest, size },
      })),
    );
  assert.equal(runs.save(key, outs(1, 1, 1)), undefined);
  assert.deepEqual(runs.save(key, outs(2, 1, 1))?.facts, [['differing', 'o0']]);
  assert.deepEqual(runs.save(key, outs(2, 2, 1))?.facts, [['differing', 'o0, o1']]);
});

test('the first result is never pushed out', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: { has: ({ size }) => size === 0 } });
  for (let size = 0; size < 20; size += 1) {
    const content = { digest: `${size}`.padStart(64, '0') as Digest, size };
    runs.save(key, entry([{ path: 'out', content }]));
  }
  assert.equal(runs.find(key)?.[0]?.content.size, 0);
});

test('everything of a content is remembered', async (t) => {
  const space = makeStore(t);
  space.write('d/a', 'a');
  space.write('run', 'x', 0o755);
  const outs = [
    { path: 'd', content: await space.keep('d') },
    { path: 'run', content: await space.keep('run') },
  ];
  openRunCache({ dir: space.dir, store: space.store }).save(key, entry(outs));
  assert.deepEqual(openRunCache({ dir: space.dir, store: space.store }).find(key), outs);
});

test('an executable bit, another path or one output more is another result', async (t) => {
  const space = makeStore(t);
  space.write('out', 'x');
  const runs = openRunCache({ dir: space.dir, store: space.store });
  const content = await space.keep('out');
  const plain = { path: 'out', content };
  runs.save(key, entry([plain]));
  for (const other of [
    [{ path: 'out', content: { ...content, isexec: true as const } }],
    [{ path: 'other', content }],
    [plain, { path: 'more', content }],
  ]) {
    assert.equal(runs.save(key, entry(other))?.code, 'nondeterministic');
    assert.deepEqual(runs.find(key), other);
  }
});

test('a damaged entry is none, and is replaced; what was there stays beside it', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  space.write('out', 'x');
  const outs = [{ path: 'out', content: await space.keep('out') }];
  runs.save(key, entry(outs));
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"schema":"pipe-run/1","runs":[[{"path":1}]]}',
    '{"schema":"pipe-run/1","runs":[[null]]}',
    JSON.stringify({ schema: 'pipe-run/1', runs: [[...outs, { path: 1 }]] }),
    JSON.stringify({ schema: 'pipe-run/1', runs: [outs, [{ path: 1 }]] }),
  ]) {
    writeFileSync(space.path(`cache/runs/ab/${key.slice(2)}`), text);
    assert.equal(runs.find(key), undefined, text);
    runs.save(key, entry(outs));
    assert.deepEqual(runs.find(key), outs);
    assert.equal(readFileSync(space.path(`cache/runs/ab/${key.slice(2)}.damaged`), 'utf8'), text);
  }
});

test('the record of a newer version is none, and stays', async (t) => {
  const space = makeStore(t);
  const runs = openRunCache({ dir: space.dir, store: space.store });
  space.write('out', 'x');
  const outs = [{ path: 'out', content: await space.keep('out') }];
  const newer = '{"schema":"pipe-run/2","runs":[]}';
  space.write(`cache/runs/ab/${key.slice(2)}`, newer);
  assert.equal(runs.find(key), undefined);
  assert.equal(runs.save(key, entry(outs))?.code, 'run-record-newer');
  assert.equal(readFileSync(space.path(`cache/runs/ab/${key.slice(2)}`), 'utf8'), newer);
});
