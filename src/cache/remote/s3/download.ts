// Reads an object, and goes on where the way was interrupted: only what is lacking comes a second time.
import { Transient, type Wait } from '../persistently.ts';
import type { Body } from '../body.ts';
import type { Headers } from './s3-headers.ts';
import type { S3Answer, S3Client, S3Request } from './s3-client.ts';

export interface DownloadOptions {
  readonly client: S3Client;
  readonly key: string;
  readonly customerKey: Headers;
  readonly onRetry?: (reason: string) => void;
  readonly wait?: Wait;
}

const DOING = 'read objects';
const ABSENT: ReadonlySet<string> = new Set(['', 'NoSuchKey', 'NotFound']);
/** Bytes between two interruptions; fewer are no progress. */
const PROGRESS = 1 << 20;
/** Interruptions without progress after which it is given up. */
const MOST_POOR = 4;

/** @returns undefined where there is no such object. */
export function download<T>(
  options: DownloadOptions,
  take: (body: Body) => Promise<T>,
): Promise<T | undefined> {
  const { client, key, customerKey } = options;
  const request: S3Request = { method: 'GET', key, headers: customerKey };
  return client.ask(DOING, request, async (answer) => {
    const { fault } = answer;
    if (fault?.status === 404 && ABSENT.has(fault.code)) return undefined;
    if (fault) return client.refuse(DOING, fault);
    const { body } = answer;
    return take({
      [Symbol.asyncIterator]: () => continued(answer, options),
      // Where it is cut off, all of it is asked for again.
      ...(body.whole && { whole: () => body.whole!() }),
    });
  });
}

/** The body of an answer, and of those that go on where it was cut off. */
async function* continued(first: S3Answer, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { etag } = first.headers;
  let body: AsyncIterable<Uint8Array> = first.body;
  let done = 0;
  let poor = 0;
  for (;;) {
    const before = done;
    try {
      for await (const chunk of body) {
        done += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      poor = done - before < PROGRESS ? poor + 1 : 0;
      // Without a tag nothing shows that it is still the same object.
      if (!(error instanceof Transient) || etag === undefined || poor === MOST_POOR) throw error;
      options.onRetry?.(error.message);
      body = await rest(done, etag, options);
    }
  }
}

/** @throws Transient where it is another object now, or the server gives no parts: all of it is asked for again. */
async function rest(
  start: number,
  etag: string,
  { client, key, customerKey }: DownloadOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = { ...customerKey, range: `bytes=${start}-`, 'if-match': etag };
  const request: S3Request = { method: 'GET', key, headers };
  const body = await client.ask(DOING, request, async (answer) => {
    if (answer.status === 206) return answer.body;
    answer.close();
    return undefined;
  });
  if (body) return body;
  // Outside of the request, which would be repeated as it is.
  throw new Transient('the object changed while it was read');
}
