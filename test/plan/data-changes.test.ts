// What differs between two states of tracked data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataChanges, type TrackedEntry, type TrackedState } from '../../src/plan/plan.ts';

const file = (digest: string | undefined): TrackedEntry => ({ digest: digest as never, isFolder: false });
const folder = (digest: string): TrackedEntry => ({ digest: digest as never, isFolder: true });

function state(
  entries: Readonly<Record<string, TrackedEntry>>,
  lists: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): TrackedState {
  return {
    entries: new Map(Object.entries(entries)),
    files: (path) =>
      lists[path] && new Map(Object.entries(lists[path]).map(([name, digest]) => [name, file(digest)])),
  };
}

const all = (): boolean => true;
const changes = (
  old: TrackedState,
  now: TrackedState,
  granular = false,
  counts: (path: string) => boolean = all,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(dataChanges(old, now, granular, counts)).filter(([, paths]) => paths.length > 0),
  );

test('each kind of change, of files and folders', () => {
  const old = state({ a: file('1'), b: file('2'), c: file('3'), d: folder('4'), none: file(undefined) });
  const now = state({ a: file('1'), b: file('x'), d: folder('5'), e: folder('6'), none: file(undefined) });
  assert.deepEqual(changes(old, now), {
    unchanged: ['a'],
    modified: ['b', 'd/'],
    deleted: ['c'],
    added: ['e/'],
  });
  assert.deepEqual(
    changes(old, now, false, (path) => path === 'c'),
    { deleted: ['c'] },
  );
});

test('each deleted path is renamed once, the first by name to the first by name', () => {
  const old = state({ y: file('1'), x: file('1'), z: file('2'), early: file('4') });
  const now = state({ c: file('1'), a: file('1'), b: file('1'), d: file('3'), late: file('4') });
  assert.deepEqual(changes(old, now), {
    renamed: [
      { old: 'x', new: 'a' },
      { old: 'y', new: 'b' },
      { old: 'early', new: 'late' },
    ],
    added: ['c', 'd'],
    deleted: ['z'],
  });
});

test('in folders the files are compared, also where one side has a file or nothing', () => {
  const old = state(
    { d: folder('1'), gone: folder('2'), kind: folder('3') },
    { d: { 'd/a': '1', 'd/in/b': '2', 'd/c': '3' }, gone: { 'gone/x': '4' }, kind: { 'kind/y': '5' } },
  );
  const now = state({ d: folder('9'), kind: file('6') }, { d: { 'd/a': '1', 'd/in/b': 'B', 'd/new': '7' } });
  assert.deepEqual(changes(old, now, true), {
    unchanged: ['d/a'],
    modified: ['d/', 'd/in/b', 'kind'],
    deleted: ['d/c', 'gone/', 'gone/x', 'kind/y'],
    added: ['d/new'],
  });
});

test('of a folder whose recorded list is not here, nothing is known of its files and the folders around them', () => {
  const now = state({ d: folder('2') }, { d: { 'd/a': '1', 'd/in/deep/b': '2' } });
  assert.deepEqual(changes(state({ d: folder('1') }), now, true), {
    modified: ['d/'],
    unknown: ['d/a', 'd/in/', 'd/in/deep/', 'd/in/deep/b'],
  });
});
