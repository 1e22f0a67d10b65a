// The digest of a part of a file.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Algorithm } from '../../../hash/digest.ts';

const CHUNK = 256 << 10;

/** @returns hexadecimal. */
export async function hashPart(
  algorithm: Algorithm,
  path: string,
  { start, length }: { readonly start: number; readonly length: number },
): Promise<string> {
  const hash = createHash(algorithm);
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, length));
    for (let done = 0; done < length;) {
      const wanted = Math.min(CHUNK, length - done);
      const { bytesRead } = await file.read(buffer, 0, wanted, start + done);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
