// Reads parts of a file.
import { closeSync, openSync, readSync } from 'node:fs';

/** @returns fewer bytes where the file ends before. */
export function readBytes(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const got = readSync(descriptor, bytes, done, length - done, from + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

const PIECE = 1 << 20;

/** All bytes of a file. */
export function* readPieces(file: string): Iterable<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    let at = 0;
    let piece: Buffer;
    do {
      piece = readBytes(descriptor, at, PIECE);
      at += piece.length;
      yield piece;
    } while (piece.length === PIECE);
  } finally {
    closeSync(descriptor);
  }
}
