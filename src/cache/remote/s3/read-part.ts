// Reads a part of a file into memory, hashing it on the way.
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { FileSource } from '../remote.ts';

/** What the processor's cache holds. */
const PIECE = 1 << 20;

/** @returns whether the file has so many bytes. */
export async function readPart(
  file: FileHandle,
  start: number,
  into: Buffer,
  hashes: readonly Hash[],
): Promise<boolean> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, Math.min(PIECE, into.length - done), start + done);
    if (bytesRead === 0) return false;
    const piece = into.subarray(done, done + bytesRead);
    for (const hash of hashes) hash.update(piece);
    done += bytesRead;
  }
  return true;
}

/** For the digest of all of it; undefined where that was checked before. */
export const wholeHash = ({ checksum, unchecked }: FileSource): Hash | undefined =>
  unchecked && checksum ? createHash(checksum.algorithm) : undefined;
