// Many files are flushed by one flush of their file system; where that fails, each by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncPaths, syncSideBySide } from '../../src/disk/disk.ts';
import { makeSpace } from '../hash/space.ts';
import { patchFs } from '../patched-fs.ts';

test(
  'where the file system cannot be flushed as a whole, each file is',
  { skip: process.platform !== 'linux' && 'sync -f is of Linux' },
  async (t) => {
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
    // While other work goes on; `sync` fails still.
    const opened: unknown[] = [];
    patchFs(t, 'openSync', (real) => (path, ...rest) => {
      opened.push(path);
      return real(path, ...rest);
    });
    await syncSideBySide(paths, space.root, () => {});
    assert.deepEqual(opened, paths);
    // There is none.
    process.env['PATH'] = space.path('out');
    opened.length = 0;
    await syncSideBySide(paths, space.root, () => {});
    assert.deepEqual(opened, paths);
  },
);

test('a file that cannot be flushed is an error, one that is not there any more is none', async (t) => {
  const space = makeSpace(t);
  const [file, other] = [space.write('file', ''), space.write('other', '')];
  const flush = (paths: readonly string[]): Promise<void> => syncSideBySide(paths, space.root, () => {});
  await flush([file, space.path('gone'), other]);
  const failure = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  const opened: unknown[] = [];
  patchFs(t, 'openSync', (real) => (path, ...rest) => {
    opened.push(path);
    if (path === other) throw failure;
    return real(path, ...rest);
  });
  await assert.rejects(flush([other, file]), failure);
  assert.deepEqual(opened, [other, file], 'the others have ended before');
});
