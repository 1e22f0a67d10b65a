// Reads a large object by several requests at once: one connection moves no more than its share, and one thread waits for it.
import { inParallel } from '../../../base/in-parallel.ts';
import { readRange, Unfit } from '../read-range.ts';
import type { Range, TakeAt } from '../remote.ts';
import type { Headers } from './s3-headers.ts';
import type { S3Answer, S3Client } from './s3-client.ts';

export interface PartsOptions {
  readonly client: S3Client;
  readonly key: string;
  readonly customerKey: Headers;
  /** Of the version that is meant. */
  readonly etag: string;
  readonly onRetry?: (reason: string) => void;
}

const DOING = 'read objects';
const RANGE = 16 << 20;
/** Ranges of one object that are read at once. */
const AT_ONCE = 4;

/** @param take gets every byte once. @returns whether all came; else the object has to be read as a whole. */
export async function downloadParts(
  lacking: readonly Range[],
  take: TakeAt,
  { client, key, customerKey, etag, onRetry }: PartsOptions,
): Promise<boolean> {
  const read = (range: Range): Promise<void> =>
    readRange(range, take, {
      ask: (from, receive) => {
        const headers = { ...customerKey, range: `bytes=${from}-${range.end - 1}`, 'if-match': `"${etag}"` };
        return client.ask(DOING, { method: 'GET', key, headers }, (answer) => receive(bodyOf(answer, from)));
      },
      giveUp: (reason) => client.giveUp(DOING, reason),
      ...(onRetry && { onRetry }),
    });
  try {
    await inParallel(lacking.flatMap(piecesOf), AT_ONCE, read);
    return true;
  } catch (error) {
    if (error instanceof Unfit) return false;
    throw error;
  }
}

const piecesOf = ({ start, end }: Range): readonly Range[] =>
  Array.from({ length: Math.ceil((end - start) / RANGE) }, (_, index) => ({
    start: start + index * RANGE,
    end: Math.min(end, start + (index + 1) * RANGE),
  }));

/** @throws Unfit */
function bodyOf({ status, headers, body, close, fault }: S3Answer, start: number): AsyncIterable<Uint8Array> {
  const isAsked = status === 206 && headers['content-range']?.startsWith(`bytes ${start}-`) === true;
  if (isAsked) return body;
  // The body of a fault is read.
  if (!fault) close();
  throw new Unfit();
}
