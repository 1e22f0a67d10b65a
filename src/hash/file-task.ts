// Reads one file from beginning to end, hashes it and, where asked, copies it. Runs in the main thread for small files and
// in workers for large ones. Memory is one buffer for any size.
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { naming } from '../disk/system-problem.ts';
import { waitFor, type WrittenUpTo } from './written-up-to.ts';
import type { Algorithm, Digest } from './digest.ts';
import type { StatKey } from '../disk/stat-key.ts';

export interface FileTask {
  readonly path: string;
  /** Expected bytes. */
  readonly size: number;
  readonly algorithm: Algorithm;
  /** Absolute path of a new file that receives the bytes as they are hashed. */
  readonly copyTo?: string;
  /** Permission bits of the copy. */
  readonly mode?: number;
  /** Its descriptor, which `readFile` opens and closes. */
  readonly target?: number;
  /** The file is being written: bytes are read as far as this says. */
  readonly written?: WrittenUpTo;
}

export interface FileRead {
  readonly digest: Digest;
  /** Bytes that were read; fewer or more than expected where the file changed. */
  readonly bytes: number;
  /** Stat data from after the read; undefined for a file that was copied. */
  readonly key: StatKey | undefined;
}

// Smaller pieces cost more calls, larger ones miss the processor's cache.
const CHUNK = 1 << 20;
let buffer: Buffer | undefined;

/** Makes the copy, still empty. @returns its descriptor. */
export const openCopy = (path: string, mode = 0o666): number => openSync(path, 'wx', mode);

/**
 * @param progress called with the number of bytes after each piece of a large file.
 * @returns the digest, and the stat data from after the read.
 */
export function readWhole(task: FileTask, progress?: (bytes: number) => void): FileRead {
  buffer ??= Buffer.allocUnsafeSlow(CHUNK);
  const source = openSync(task.path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { target } = task;
    let done = 0;
    const read = (): number => {
      const most = task.written ? waitFor(task.written, done, CHUNK) : CHUNK;
      const length = naming(task.path, () => readSync(source, buffer!, 0, most, null));
      done += length;
      return length;
    };
    const write = (length: number): void => {
      if (target !== undefined) naming(task.copyTo!, () => writeAll(target, buffer!, length, done - length));
    };
    let length = read();
    write(length);
    let bytes = length;
    let digest: string;
    // Some file systems return less than the whole in one call.
    if (length < CHUNK && length === task.size) {
      digest = hash(task.algorithm, buffer.subarray(0, length), 'hex');
    } else {
      const hashing = createHash(task.algorithm);
      // A file that is larger than expected has changed; one that grows without end must not be read without end.
      while (length > 0 && bytes - length <= task.size) {
        const piece = length === CHUNK ? buffer : buffer.subarray(0, length);
        hashing.update(piece);
        progress?.(length);
        length = read();
        write(length);
        bytes += length;
      }
      digest = hashing.digest('hex');
    }
    const key = target === undefined ? keyOf(source) : undefined;
    return { digest: digest as Digest, bytes, key };
  } finally {
    closeSync(source);
  }
}

function keyOf(descriptor: number): StatKey {
  const { ino, size, mtimeNs, ctimeNs } = fstatSync(descriptor, { bigint: true });
  return { ino, size, mtimeNs, ctimeNs };
}

/** @param at where in the file: what a thread that failed wrote before is written again. */
function writeAll(target: number, data: Buffer, length: number, at: number): void {
  for (let done = 0; done < length;) done += writeSync(target, data, done, length - done, at + done);
}
