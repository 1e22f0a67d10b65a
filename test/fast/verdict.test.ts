// What a verdict holds for: each thing that can decide makes another one.
import assert from 'node:assert/strict';
import type { BigIntStats } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { EXISTS, MISSING, stampOf } from '../../src/disk/disk.ts';
import { formatVerdict, stillHolds, type Circumstances, type Files } from '../../src/fast/fast.ts';

const stats = { ino: 1n, size: 2n, mtimeNs: 3n, ctimeNs: 4n, mode: 0o100644n } as BigIntStats;
const circumstances: Circumstances = { build: 'b', args: ['repro'], cwd: '/p' };
const seen = new Map([
  ['/p/file', stampOf(stats)],
  ['/q/there', EXISTS],
  ['/q/not-there', MISSING],
]);

const files = (changes: Readonly<Record<string, Partial<BigIntStats> | undefined>> = {}): Files => ({
  statSync: (path) => (path in changes ? changes[path] && { ...stats, ...changes[path] } : stats),
  existsSync: (path) => path in changes || path === '/q/there',
});

const verdict = (): string => formatVerdict({ stages: 3, seen }, circumstances);

/** The variable has another value during the test. */
function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

test('holds while nothing changed, for as many stages as there were', () => {
  assert.equal(stillHolds(verdict(), circumstances, files()), 3);
});

test('holds for one build, one command line and one folder', () => {
  for (const other of [{ build: 'c' }, { args: ['repro', '-f'] }, { args: [] }, { cwd: '/p/sub' }])
    assert.equal(
      stillHolds(verdict(), { ...circumstances, ...other }, files()),
      undefined,
      JSON.stringify(other),
    );
});

for (const name of ['HOME', 'XDG_CONFIG_HOME'])
  test(`holds for one ${name}: git keeps patterns there`, (t) => {
    const text = verdict();
    setVariable(t, name, '/elsewhere');
    assert.equal(stillHolds(text, circumstances, files()), undefined);
  });

test('holds for one user', (t) => {
  const text = verdict();
  t.mock.method(process as { getuid(): number }, 'getuid', () => 4711);
  assert.equal(stillHolds(text, circumstances, files()), undefined);
});

test('every part of the stat data counts', () => {
  for (const change of [{ ino: 9n }, { size: 9n }, { mtimeNs: 9n }, { ctimeNs: 9n }, { mode: 0o100755n }])
    assert.equal(
      stillHolds(verdict(), circumstances, files({ '/p/file': change })),
      undefined,
      String(Object.keys(change)),
    );
  assert.equal(stillHolds(verdict(), circumstances, files({ '/p/file': undefined })), undefined);
});

test('what came and what went counts, also where no folder around it is watched', () => {
  assert.equal(stillHolds(verdict(), circumstances, files({ '/q/not-there': {} })), undefined);
  const without: Files = { ...files(), existsSync: () => false };
  assert.equal(stillHolds(verdict(), circumstances, without), undefined);
});

test('names in a folder that is watched itself need no look of their own', () => {
  const watched = new Map([
    ['/p', stampOf(stats)],
    ['/p/gone', MISSING],
  ]);
  const text = formatVerdict({ stages: 1, seen: watched }, circumstances);
  assert.doesNotMatch(text, /gone/);
  // A folder of which only its existence is known shows no change of its names.
  const unwatched = new Map([
    ['/p', EXISTS],
    ['/p/gone', MISSING],
  ]);
  assert.match(formatVerdict({ stages: 1, seen: unwatched }, circumstances), /gone/);
});

test('a text that was cut off anywhere holds for nothing', () => {
  const text = verdict();
  for (let length = 0; length < text.length; length += 1)
    assert.equal(stillHolds(text.slice(0, length), circumstances, files()), undefined, String(length));
});
