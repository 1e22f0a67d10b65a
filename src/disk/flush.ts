// Makes written files survive a power cut, many at a time.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, fsync, fsyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { errno } from '../base/problem.ts';
import { naming } from './system-problem.ts';
import { crashPoint, type Fault } from './crash-point.ts';

/** For so many paths and more, one flush of the whole file system (about 2 ms with its process) is cheaper than one per file (0.1 to 0.5 ms). */
const MANY = 24;
/** Coreutils' `sync -f` flushes the file system; without it, each path is flushed by itself. */
const SYNCS = process.platform === 'linux';

/** @param paths absolute paths of files or folders; @param folder one on their file system. */
export function syncPaths(paths: readonly string[], folder: string, fault: Fault = crashPoint): void {
  fault('flush');
  if (paths.length >= MANY && SYNCS && spawnSync('sync', ['-f', folder], { stdio: 'ignore' }).status === 0)
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

/**
 * As `syncPaths`, while other work goes on; a few reach the disk together. A path that does not exist is left out: who gives it
 * another name afterwards gets the error.
 */
export async function syncSideBySide(
  paths: readonly string[],
  folder: string,
  fault: Fault = crashPoint,
): Promise<void> {
  if (paths.length >= MANY) {
    fault('flush');
    if (SYNCS && (await syncWhole(folder))) return;
    for (const path of paths) await syncAlone(path, fault);
    return;
  }
  // Each has ended before a failure is reported: none works on behind it.
  const ended = await Promise.allSettled(paths.map((path) => syncAlone(path, fault)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

const syncWhole = (folder: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });

const flushOpen = promisify(fsync);

async function syncAlone(path: string, fault: Fault): Promise<void> {
  fault('flush');
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errno(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await flushOpen(descriptor);
  } catch (error) {
    naming(path, () => {
      throw error;
    });
  } finally {
    closeSync(descriptor);
  }
}
