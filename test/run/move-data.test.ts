// Data that moves is as it was, on another file system too, and the old place is given up last.
import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  type renameSync,
} from 'node:fs';
import { test } from 'node:test';
import { moveData } from '../../src/run/run.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

const crossing = (): Error => Object.assign(new Error('EXDEV'), { code: 'EXDEV', syscall: 'rename' });

test('to another file system: files, links, programs, empty folders and times', (t) => {
  const space = makeSpace(t);
  space.write('from/in/tool', '#!', 0o755);
  space.write('from/one', '1');
  mkdirSync(space.path('from/empty'));
  symlinkSync('../one', space.path('from/in/link'));
  utimesSync(space.path('from/one'), 1000, 1000);
  let isFirst = true;
  patchFs(t, 'renameSync', (real) => (...args: Parameters<typeof renameSync>) => {
    if (isFirst) {
      isFirst = false;
      throw crossing();
    }
    // It gets its name once it is whole, and nothing is removed before.
    assert.equal(readFileSync(`${String(args[0])}/in/tool`, 'utf8'), '#!');
    assert.ok(existsSync(space.path('from/one')));
    real(...args);
  });
  moveData(space.path('from'), space.path('deep/to'));
  assert.equal(existsSync(space.path('from')), false);
  assert.deepEqual(readdirSync(space.path('deep')), ['to']);
  assert.equal(readFileSync(space.path('deep/to/one'), 'utf8'), '1');
  assert.equal(readlinkSync(space.path('deep/to/in/link')), '../one');
  assert.ok(statSync(space.path('deep/to/empty')).isDirectory());
  assert.equal(statSync(space.path('deep/to/in/tool')).mode & 0o777, 0o755);
  assert.equal(statSync(space.path('deep/to/one')).mtimeMs, 1_000_000);
});

test('where the copy cannot get its name, the data stays where it is', (t) => {
  const space = makeSpace(t);
  space.write('from', '1');
  patchFs(t, 'renameSync', () => () => {
    throw crossing();
  });
  assert.throws(() => moveData(space.path('from'), space.path('to')), /move data/);
  assert.equal(readFileSync(space.path('from'), 'utf8'), '1');
  assert.equal(lstatSync(space.path('to'), { throwIfNoEntry: false }), undefined);
});
