// What `pipe gc --cloud` says of a remote with more than it lists, pushed to by several.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remoteGarbageJson, remoteGarbageLines } from '../../src/cli/cli.ts';

type Lines = Parameters<typeof remoteGarbageLines>;

test('counts and sizes are of all, and each who pushed there is named', () => {
  const items = Array.from({ length: 25 }, (_, n) => ({
    kind: n < 2 ? 'record' : 'object',
    key: `k${n}`,
    size: 100,
    time: 0,
  }));
  const garbage = { items, kept: { objects: 3, bytes: 5000 }, young: 2 } as unknown as Lines[1];
  const others = [
    { by: 'ann', folder: '/a', age: 60_000 },
    { by: 'bob', age: -5 },
  ] as unknown as Lines[2];
  const remote = { name: 'far', url: 's3://b' } as Lines[0];
  const lines = remoteGarbageLines(remote, garbage, others, {});
  assert.equal(lines.filter((line) => /^(?:record|object) /.test(line)).length, 20);
  assert.deepEqual(lines.slice(21, -1), [
    '… and 5 more (-v lists them all)',
    'Would remove 23 objects and 2 records of earlier runs from the remote: 2.5 kB.',
    'Kept there 3 objects: 5.0 kB; 2 of them only because they are new (--grace).',
    'Pushed there by ann from /a, 1 min 00 s ago.',
    'Pushed there by bob, 0 ms ago.',
  ]);
  const json = remoteGarbageJson(remote, garbage, garbage.items.slice(0, 3), others);
  assert.partialDeepStrictEqual(json, {
    bytes: 300,
    removed: ['record', 'record', 'object'].map((kind, n) => ({ kind, key: `k${n}`, bytes: 100 })),
    others: [
      { by: 'ann', folder: '/a', seconds: 60 },
      { by: 'bob', seconds: 0 },
    ],
  });
});
