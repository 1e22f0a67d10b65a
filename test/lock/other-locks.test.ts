import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { emptyLock, locksInFolder } from '../../src/lock/lock.ts';
import { formatLock, pipeFormat } from '../../src/own/own.ts';
import { makeSpace } from '../hash/space.ts';

const textOf = (cmd: string): string =>
  formatLock({
    ...emptyLock,
    entries: new Map([['s', { cmd, wdir: '.', env: {}, deps: [], params: new Map(), outs: [] }]]),
  });

test('lock files of a folder are read, the run lock is none of them', (t) => {
  const space = makeSpace(t);
  space.write('cache/quick.lock', textOf('quick'));
  space.write('cache/slow.lock', textOf('slow'));
  space.write('cache/.gpu-2.a.lock', textOf('gpu'));
  space.write('cache/run.lock', 'no YAML: [');
  space.write('cache/other.yaml', 'no lock');
  assert.deepEqual(
    locksInFolder(space.path('cache'), pipeFormat)
      .map((lock) => String(lock.entries.get('s')!.cmd))
      .sort(),
    ['gpu', 'quick', 'slow'],
  );
  space.write('cache/bad.lock', 'no YAML: [');
  assert.throws(() => locksInFolder(space.path('cache'), pipeFormat), PipeError);
  assert.deepEqual(locksInFolder(space.path('nowhere'), pipeFormat), []);
});
