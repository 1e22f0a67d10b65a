// Makes written files survive a power cut, many at a time.
import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { naming } from './system-problem.ts';
import { crashPoint, type Fault } from './crash-point.ts';

/** For so many paths and more, one flush of the whole file system (about 2 ms with its process) is cheaper than one per file (0.1 to 0.5 ms). */
const MANY = 24;

/** @param paths absolute paths of files or folders; @param folder one on their file system. */
export function syncPaths(paths: readonly string[], folder: string, fault: Fault = crashPoint): void {
  fault('flush');
  // coreutils' `sync -f` flushes the file system; without it, each path is flushed by itself.
  if (
    paths.length >= MANY &&
    process.platform === 'linux' &&
    spawnSync('sync', ['-f', folder], { stdio: 'ignore' }).status === 0
  )
    return;
  for (const [index, path] of paths.entries()) {
    if (index > 0) fault('flush');
    const descriptor = openSync(path, 'r');
    try {
      naming(path, () => fsyncSync(descriptor));
    } finally {
      closeSync(descriptor);
    }
  }
}
