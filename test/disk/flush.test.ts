// Many files are flushed by one flush of their file system; where that fails, each by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncPaths } from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

test(
  'where the file system cannot be flushed as a whole, each file is',
  { skip: process.platform !== 'linux' && 'sync -f is of Linux' },
  (t) => {
    const space = makeSpace(t);
    const paths = Array.from({ length: 30 }, (_, index) => space.write(`out/${index}`, ''));
    const before = process.env['PATH'];
    t.after(() => (process.env['PATH'] = before));
    process.env['PATH'] = `${space.path('bin')}:${before}`;
    let flushed = 0;
    patchFs(t, 'fsyncSync', () => () => void (flushed += 1));
    const flush = (code: number): number => {
      space.write('bin/sync', `#!/bin/sh\nexit ${code}\n`, 0o755);
      flushed = 0;
      syncPaths(paths, space.root, () => {});
      return flushed;
    };
    assert.deepEqual([flush(0), flush(1)], [0, paths.length]);
  },
);
