// Reads one file from beginning to end, hashing it and, where asked, copying it. Runs in the main thread for small files
// and in workers for large ones; memory is one buffer whatever the size.
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { naming } from '../disk/system-problem.ts';
import type { Algorithm, Digest } from './digest.ts';
import type { StatKey } from '../disk/stat-key.ts';

export interface FileTask {
  readonly path: string;
  /** What the file is known to measure. */
  readonly size: number;
  readonly algorithm: Algorithm;
  /** Absolute path of a new file that receives the bytes as they are hashed. */
  readonly copyTo?: string;
  /** Permission bits of the copy. */
  readonly mode?: number;
}

export interface FileRead {
  readonly digest: Digest;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Stat data taken once everything was read; not of a file that was copied. */
  readonly key: StatKey | undefined;
}

// Reading in smaller pieces costs more calls, in larger ones more of the processor's cache.
const CHUNK = 1 << 20;
let buffer: Buffer | undefined;

/**
 * @param progress called with the number of bytes after each piece of a large file.
 * @param task what to read; @returns its digest, and how it stood when everything was read.
 */
export function readWhole(task: FileTask, progress?: (bytes: number) => void): FileRead {
  buffer ??= Buffer.allocUnsafeSlow(CHUNK);
  const source = openSync(task.path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const target = task.copyTo === undefined ? undefined : openSync(task.copyTo, 'wx', task.mode ?? 0o666);
    try {
      const read = (): number => naming(task.path, () => readSync(source, buffer!, 0, CHUNK, null));
      const write = (length: number): void => {
        if (target !== undefined) naming(task.copyTo!, () => writeAll(target, buffer!, length));
      };
      let length = read();
      write(length);
      let bytes = length;
      let digest: string;
      // One call is enough where it gave all there is, which it need not on every file system.
      if (length < CHUNK && length === task.size) {
        digest = hash(task.algorithm, buffer.subarray(0, length), 'hex');
      } else {
        const state = createHash(task.algorithm);
        while (length > 0) {
          state.update(length === CHUNK ? buffer : buffer.subarray(0, length));
          progress?.(length);
          length = read();
          write(length);
          bytes += length;
        }
        digest = state.digest('hex');
      }
      return { digest: digest as Digest, bytes, key: target === undefined ? keyOf(source) : undefined };
    } finally {
      if (target !== undefined) closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function keyOf(descriptor: number): StatKey {
  const { ino, size, mtimeNs, ctimeNs } = fstatSync(descriptor, { bigint: true });
  return { ino, size, mtimeNs, ctimeNs };
}

function writeAll(target: number, data: Buffer, length: number): void {
  for (let done = 0; done < length;) done += writeSync(target, data, done, length - done);
}
