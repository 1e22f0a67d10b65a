// What `pipe gc` says of several: of a cache, and of a remote with more than it lists, pushed to by several.
import assert from 'node:assert/strict';
import { globSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { remoteGarbageJson, remoteGarbageLines } from '../../src/cli/cli.ts';
import { testInWhole } from '../amount.ts';
import { makeHere } from './here.ts';

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

testInWhole('counts and sizes are those of all results, objects and unreadable files', async (t) => {
  const { json, out, path, read, root, write } = makeHere(t, {
    'pipeline.yaml': `stages: {s: {cmd: cat hidden > a, deps: [in], outs: [a]}}
config: {remotes: {near: {url: store}}}
`,
    in: '1',
  });
  // One record has the two results of the same inputs.
  for (const text of ['a short one', 'a longer one '.repeat(50)]) {
    write('hidden', text);
    await out(0, 'repro', '-q', '-f');
    await out(0, 'push', '-q');
  }
  write('in', '2');
  write('hidden', 'needed');
  await out(0, 'repro', '-q');
  for (let n = 0; n < 21; n += 1) write(`cache/runs/ab/${String(n).padStart(2, '0')}`, '');
  const dry = (await json('gc', '-w', '--dry')) as {
    readonly bytes: number;
    readonly removed: readonly { readonly kind: string; readonly bytes: number; readonly results?: number }[];
  };
  assert.deepEqual(
    dry.removed.map(({ kind, results }) => results ?? kind),
    [2, 'object', 'object'],
  );
  const sizes = dry.removed.map(({ bytes }) => bytes);
  assert.equal(dry.bytes, sizes[0]! + 11 + 650);
  const text = await out(0, 'gc', '-w', '--dry');
  const all = `2 objects (661 B), 2 results of earlier runs (${sizes[0]} B), 0 leftovers (0 B) and 0 saved outputs (0 B)`;
  assert.ok(text.includes(`Would remove ${all}: ${showBytes(dry.bytes)}.\n`), text);
  assert.match(text, /: 21 files that this version cannot read as records: [^…]*\b19, …$/m);
  assert.equal(root.includes('…'), false);
  // What went from the cache while the question was asked was not removed by the answer.
  const { stdin } = process;
  const answering = function* (): Generator<string> {
    const [large] = globSync('cache/objects/sha256/*/*', { cwd: root }).filter(
      (name) => read(name).length === 650,
    );
    rmSync(path(large!));
    yield 'yes\n';
  };
  const terminal = Object.assign(Readable.from(answering()), { isTTY: true });
  Object.defineProperty(process, 'stdin', { value: terminal, configurable: true });
  t.after(() => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true }));
  const cloud = await out(0, 'gc', '-c', '-w', '--grace', '0m');
  assert.ok(
    cloud.endsWith(`Removed ${showBytes(dry.bytes - 650)} from the cache and 2 files (661 B) from 'near'.\n`),
    cloud,
  );
  // Another remote is another one.
  write('pipeline.yaml', read('pipeline.yaml').replace('near: {url: store}', '$&, far: {url: there}'));
  write('there/x', '');
  const { remote } = (await json('gc', '-c', '-w', '--dry', '-r', 'far')) as { readonly remote: object };
  assert.partialDeepStrictEqual(remote, { remote: 'far', url: path('there') });
});

const showBytes = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
