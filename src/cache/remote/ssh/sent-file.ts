// Sends the bytes of one file to an open file there, several pieces on their way at once.
import { open } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import type { Source } from '../remote.ts';
import type { SftpClient } from './sftp-client.ts';

/** The first piece: no more than the slowest line moves in its time. */
const FIRST = 32 << 10;
/** Of what an interrupted attempt has left, so much is compared before it is continued. */
const TAIL = 64 << 10;
/** Pieces of one file on their way. */
const AHEAD = 8;

export interface OpenSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export const contentOf = (source: Source): Buffer =>
  'text' in source ? Buffer.from(source.text) : readFileSync(source.path);

export async function openSource(source: Source): Promise<OpenSource> {
  if ('text' in source) {
    const bytes = Buffer.from(source.text);
    return {
      size: bytes.length,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }
  const file = await open(source.path);
  return {
    size: source.size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, offset);
      if (bytesRead === 0) throw new Error(`${source.path} is shorter than it was`);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

/** @returns how much of it is there already; undefined where what is there is something else. */
export async function usable(
  client: SftpClient,
  handle: Buffer,
  file: OpenSource,
): Promise<number | undefined> {
  const size = (await client.fstat(handle))?.size ?? 0;
  if (size === 0) return 0;
  if (size > file.size) return undefined;
  const length = Math.min(size, TAIL, client.limits.read);
  const [theirs, ours] = await Promise.all([
    client.read(handle, size - length, length),
    file.read(size - length, length),
  ]);
  return theirs?.equals(ours) ? size : undefined;
}

export async function send(
  client: SftpClient,
  handle: Buffer,
  file: OpenSource,
  start: number,
  reached: (bytes: number) => void,
): Promise<void> {
  let length = Math.min(FIRST, client.limits.write);
  const going: Promise<number>[] = [];
  let taken = start;
  for (let offset = start; offset < file.size || going.length > 0;) {
    while (offset < file.size && going.length < AHEAD && (going.length === 0 || client.room >= length)) {
      const data = await file.read(offset, Math.min(length, file.size - offset));
      const written = client.write(handle, offset, data).then(() => data.length);
      // It is looked at in its turn.
      written.catch(() => undefined);
      going.push(written);
      offset += data.length;
    }
    taken += await going.shift()!;
    reached(taken);
    length = Math.min(2 * length, client.limits.write);
  }
}
