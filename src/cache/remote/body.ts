// Takes in what a remote sends, up to a length: more than can be right is not even written down.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';

/** What a remote sends. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** All of it at once, where it is known to be short; in place of the pieces. */
  readonly whole?: () => Promise<Buffer>;
}

/** What came is longer than what was asked for can be. */
export class TooLong extends Error {}

/**
 * Writes at once what comes: a detour by other threads takes more time than the copy into the memory of the system.
 * @param path absolute path of a new file. @param onChunk called with all bytes, in pieces that are only lent.
 * @returns its length. @throws TooLong
 */
export async function bodyToFile(
  body: AsyncIterable<Uint8Array>,
  path: string,
  limit: number,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<number> {
  // Opened again, since an earlier attempt may have been interrupted.
  const file = openSync(path, 'w', 0o644);
  try {
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > limit) throw new TooLong();
      onChunk?.(chunk);
      for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    }
    return length;
  } finally {
    closeSync(file);
  }
}

/** As `bodyToFile`, of what came in one piece. @throws TooLong */
export function bytesToFile(bytes: Uint8Array, path: string, limit: number): void {
  if (bytes.length > limit) throw new TooLong();
  writeFileSync(path, bytes, { mode: 0o644 });
}

/** Hands over bytes of a file as they come. @param start where in the file they begin. */
export async function takeBody(
  body: AsyncIterable<Uint8Array>,
  start: number,
  take: (start: number, bytes: Uint8Array) => void,
): Promise<void> {
  let done = start;
  for await (const chunk of body) {
    take(done, chunk);
    done += chunk.length;
  }
}

/** @throws TooLong */
export async function bodyToText(body: Body, limit: number): Promise<Buffer> {
  const whole = await body.whole?.();
  if (whole && whole.length > limit) throw new TooLong();
  if (whole) return whole;
  const chunks: Buffer[] = [];
  // A chunk is only lent.
  for await (const chunk of limited(body, limit)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Passes chunks on. @param count called with the bytes of each. */
export async function* counted(
  body: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    count(chunk.length);
    yield chunk;
  }
}

/** Passes chunks on. @throws TooLong */
export async function* limited(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new TooLong();
    yield chunk;
  }
}
