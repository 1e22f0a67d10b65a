// Reads a large object by several requests at once: one connection moves no more than its share, and one thread waits for it.
import { inParallel } from '../in-parallel.ts';
import { Transient } from '../persistently.ts';
import type { TakeAt } from '../remote.ts';
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

interface Range {
  readonly start: number;
  /** The byte after the last one. */
  readonly end: number;
}

const DOING = 'read objects';
const RANGE = 16 << 20;
/** Ranges of one object that are read at once. */
const AT_ONCE = 4;
/** Bytes between two interruptions; fewer are no progress. */
const PROGRESS = 1 << 20;
/** Interruptions without progress after which it is given up. */
const MOST_POOR = 4;

/** The server gives something else than what was asked for. */
class Unfit extends Error {}

/** @param take gets every byte once. @returns whether all came; else the object has to be read as a whole. */
export async function downloadParts(size: number, take: TakeAt, options: PartsOptions): Promise<boolean> {
  const ranges = Array.from({ length: Math.ceil(size / RANGE) }, (_, index): Range => ({
    start: index * RANGE,
    end: Math.min(size, (index + 1) * RANGE),
  }));
  try {
    await inParallel(ranges, AT_ONCE, (range) => readRange(range, take, options));
    return true;
  } catch (error) {
    if (error instanceof Unfit) return false;
    throw error;
  }
}

/** Goes on where it was cut off. */
async function readRange({ start, end }: Range, take: TakeAt, options: PartsOptions): Promise<void> {
  const { client, key, customerKey, etag, onRetry } = options;
  let poor = 0;
  /** @returns how far it came. @throws Transient where nothing came. */
  const receive = async (answer: S3Answer, from: number): Promise<number> => {
    let done = from;
    try {
      for await (const chunk of bodyOf(answer, from, end)) {
        take(done, chunk);
        done += chunk.length;
      }
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      poor = done - from < PROGRESS ? poor + 1 : 0;
      if (done === from) throw error;
      if (poor === MOST_POOR) client.giveUp(DOING, error.message);
      onRetry?.(error.message);
    }
    return done;
  };
  for (let done = start; done < end;) {
    const headers = { ...customerKey, range: `bytes=${done}-${end - 1}`, 'if-match': `"${etag}"` };
    const from = done;
    done = await client.ask(DOING, { method: 'GET', key, headers }, (answer) => receive(answer, from));
  }
}

async function* bodyOf(
  { status, headers, body, close, fault }: S3Answer,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const isAsked = status === 206 && headers['content-range']?.startsWith(`bytes ${start}-`) === true;
  if (!isAsked) {
    // The body of a fault is read.
    if (!fault) close();
    throw new Unfit();
  }
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > end - start) throw new Unfit();
    yield chunk;
  }
  // A server may give less than what it was asked for; nothing at all would be asked for without end.
  if (length === 0) throw new Transient('the answer was empty');
}
