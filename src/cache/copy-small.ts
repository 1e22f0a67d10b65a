// Copies a small object to a temporary path in one pass: read, checked, then written, with as few calls as possible.
import { hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { errno } from '../base/problem.ts';
import { naming } from '../disk/system-problem.ts';
import type { Algorithm } from '../hash/digest.ts';
import type { FileContent } from './object-store.ts';

/** Bytes of an object that is copied in this way. */
const SMALL_OBJECT = 1 << 16;

const READ = constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0);
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
let buffer: Buffer | undefined;

/** Whether the size of a content may be that of a small object. */
export const maybeSmall = (size: number | undefined): boolean => size === undefined || size <= SMALL_OBJECT;

/**
 * @param object absolute path, where a file may be; @param temporary absolute, where nothing is.
 * @param begin called before the copy is made.
 * @returns the stat data of the copy; `large` where the object turns out to be larger.
 */
export function copySmall(
  object: string,
  content: FileContent,
  temporary: string,
  algorithm: Algorithm,
  begin: () => void,
): Stats | 'missing' | 'corrupt' | 'large' {
  const read = readSmall(object, content, algorithm);
  if (read === undefined) return 'missing';
  const { bytes, isRight } = read;
  const size = bytes.length;
  if (content.size !== undefined && size !== content.size) return 'missing';
  if (size > SMALL_OBJECT) return 'large';
  if (!isRight) return 'corrupt';
  begin();
  const target = openSync(temporary, WRITE, content.isexec ? 0o777 : 0o666);
  try {
    return naming(temporary, () => fill(target, bytes));
  } finally {
    closeSync(target);
  }
}

interface Read {
  /** In the buffer: all, or one byte more than a small object has. */
  readonly bytes: Buffer;
  /** They have the digest. */
  readonly isRight: boolean;
}

/** @returns undefined where there is no file. */
function readSmall(path: string, { digest, size }: FileContent, algorithm: Algorithm): Read | undefined {
  buffer ??= Buffer.allocUnsafeSlow(SMALL_OBJECT + 1);
  try {
    const source = openSync(path, READ);
    try {
      for (let length = 0; ;) {
        const count = naming(path, () => readSync(source, buffer!, length, buffer!.length - length, null));
        length += count;
        const bytes = buffer.subarray(0, length);
        // Less than was asked for need not be all; it is where the digest is right.
        const isRight = (size === undefined || length === size) && hash(algorithm, bytes) === digest;
        if (isRight || count === 0 || length > SMALL_OBJECT) return { bytes, isRight };
      }
    } finally {
      closeSync(source);
    }
  } catch (error) {
    if (NO_FILE.has(errno(error) ?? '')) return undefined;
    throw error;
  }
}

const NO_FILE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO']);

/** Milliseconds; longer than the tick of any kernel's clock for file times. */
const EARLIER = 50;
/** Milliseconds: whole seconds look like the times of a coarse file system. */
const FRACTION = 0.5;

/**
 * A moment before now, in seconds. A write by somebody else to a file with this time of modification shows in its times, however soon
 * it follows, and the file need not be read again to be sure of it.
 */
export const momentAgo = (): number => (Date.now() - EARLIER + FRACTION) / 1000;

function fill(target: number, bytes: Buffer): Stats {
  for (let done = 0; done < bytes.length;) done += writeSync(target, bytes, done, bytes.length - done);
  const time = momentAgo();
  futimesSync(target, time, time);
  return fstatSync(target);
}
