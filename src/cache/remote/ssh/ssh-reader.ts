// Reads a file over SFTP: several pieces on their way at once, handed over in their order. A connection that breaks in the middle is
// made again, and the file read on from where it was. A small file comes with the answer to what it is.
import { persistently, Transient, type Wait } from '../persistently.ts';
import type { Body } from '../body.ts';
import type { SftpClient } from './sftp-client.ts';

interface ReadOptions<T> {
  /** A connection that works. */
  readonly reconnect: () => Promise<SftpClient>;
  readonly take: (body: Body, file: Pick<Opened, 'size' | 'modified'>) => Promise<T>;
  /** Bytes that are not read. */
  readonly start?: number;
  /** Called with how many bytes of it have come. */
  readonly reached: (bytes: number) => void;
  readonly onRetry?: (reason: string) => void;
  readonly wait?: Wait;
}

/** Pieces of one file on their way. */
const AHEAD = 6;
/** Asked for before the size is known. */
const SMALL = 32 << 10;
/** So often it may break without a byte in between. */
const BREAKS = 4;

interface Opened {
  readonly client: SftpClient;
  readonly handle: Buffer;
  readonly size: number;
  /** Milliseconds since 1970, where the server says so. */
  readonly modified: number | undefined;
  /** The first bytes, where they were asked for with the size. */
  readonly first?: Buffer;
}

/** @returns undefined where there is no such file. @throws SftpError, Transient */
export async function readFile<T>(
  path: string,
  client: SftpClient,
  { reconnect, take, start = 0, reached, onRetry, wait }: ReadOptions<T>,
): Promise<{ readonly taken: T } | undefined> {
  let file = await open(path, client, start === 0);
  if (!file) return undefined;
  const { first, size } = file;
  const whole = first?.length === size && { whole: () => Promise.resolve(first) };
  try {
    return { taken: await take({ [Symbol.asyncIterator]: body, ...whole }, file) };
  } finally {
    closeQuietly(file);
  }

  async function* body(): AsyncGenerator<Uint8Array> {
    let offset = start;
    if (first) {
      offset = first.length;
      reached(offset);
      yield first;
    }
    for (let breaks = 0; ; breaks += 1) {
      try {
        for await (const piece of pieces(file!, offset)) {
          offset += piece.length;
          reached(offset);
          breaks = 0;
          yield piece;
        }
        return;
      } catch (error) {
        if (!(error instanceof Transient) || breaks === BREAKS) throw error;
        onRetry?.(error.message);
        const again = await persistently(async () => open(path, await reconnect()), wait, onRetry);
        if (again?.size !== size) throw new Transient('it was replaced while it was read');
        file = again;
      }
    }
  }
}

/** @param small it may be: its first bytes are asked for as well. */
async function open(path: string, client: SftpClient, small = false): Promise<Opened | undefined> {
  const handle = await client.openToRead(path);
  if (!handle) return undefined;
  // Where it fails, the pieces do as well.
  const reading = small ? client.read(handle, 0, SMALL).catch(() => undefined) : undefined;
  const found = await client.fstat(handle);
  const file = { client, handle, size: found?.size ?? Infinity, modified: found?.modified };
  if (found?.kind === 'file') {
    const first = await reading;
    return first ? { ...file, first } : file;
  }
  closeQuietly(file);
  return undefined;
}

/** Its answer is not waited for. */
function closeQuietly({ client, handle }: Opened): void {
  if (!client.isLost) client.close(handle).catch(() => undefined);
}

async function* pieces({ client, handle, size }: Opened, start: number): AsyncGenerator<Buffer> {
  const length = client.limits.read;
  const coming: {
    readonly offset: number;
    readonly length: number;
    readonly data: Promise<Buffer | undefined>;
  }[] = [];
  let next = start;
  try {
    for (;;) {
      while (next < size && coming.length < AHEAD && (coming.length === 0 || client.room >= length)) {
        const wanted = Math.min(length, size - next);
        const data = client.read(handle, next, wanted);
        // It is looked at in its turn.
        data.catch(() => undefined);
        coming.push({ offset: next, length: wanted, data });
        next += wanted;
      }
      const first = coming.shift();
      if (!first) return;
      let { offset, length: left } = first;
      // A server may give less than it was asked for.
      for (let data = await first.data; ; data = await client.read(handle, offset, left)) {
        if (data === undefined) return;
        yield data;
        offset += data.length;
        left -= data.length;
        if (left <= 0) break;
      }
    }
  } finally {
    coming.length = 0;
  }
}
