// Reads parts of a large file from a server that knows ranges. What it says of the version shows whether parts belong together.
import { readRange, Unfit } from '../read-range.ts';
import type { Lacking, TakeAt } from '../remote.ts';
import type { Answer } from './http-request.ts';

export interface PartsOptions {
  /** Asks for the file with these headers. */
  readonly get: (
    headers: Readonly<Record<string, string>>,
    handle: (answer: Answer) => Promise<number>,
  ) => Promise<number>;
  /** Ends the command with what the answer means. */
  readonly refuse: (answer: Answer) => Promise<never>;
  readonly giveUp: (reason: string) => never;
  readonly onRetry?: (reason: string) => void;
}

class Missing extends Error {}

/** @returns as `Remote.readParts`. */
export async function readParts(
  { size, ranges, version: known, onVersion }: Lacking,
  take: TakeAt,
  { get, refuse, giveUp, onRetry }: PartsOptions,
): Promise<'read' | 'missing' | 'unfit'> {
  let version = known;
  let isBegun = false;

  /** @throws Missing, Unfit */
  async function bodyOf(answer: Answer, from: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    const { status, headers, body } = answer;
    if (!EXPECTED.has(status)) return refuse(answer);
    const isWhole = status === 200 && from === 0 && end === size && (lengthOf(headers) ?? size) === size;
    const isPart = status === 206 && headers.get('content-range')?.startsWith(`bytes ${from}-`) === true;
    const found = versionOf(headers);
    const isOther = version !== undefined && found !== undefined && found !== version;
    if ((isWhole || isPart) && !isOther && !headers.has('content-encoding')) {
      version ??= found;
      if (!isBegun) onVersion(version);
      isBegun = true;
      return body;
    }
    await answer.close();
    throw GONE.has(status) ? new Missing() : new Unfit();
  }

  try {
    for (const range of ranges)
      await readRange(range, take, {
        ask: (from, receive) =>
          get(rangeHeaders(from, range.end), async (answer) =>
            receive(await bodyOf(answer, from, range.end)),
          ),
        giveUp,
        ...(onRetry && { onRetry }),
      });
    return 'read';
  } catch (error) {
    if (error instanceof Missing) return 'missing';
    if (error instanceof Unfit) return 'unfit';
    throw error;
  }

  /** A server that does not know ranges is not asked for all of the file as one. */
  function rangeHeaders(from: number, end: number): Readonly<Record<string, string>> {
    if (from === 0 && end === size) return {};
    return { range: `bytes=${from}-${end - 1}`, ...(version !== undefined && { 'if-range': version }) };
  }
}

const GONE: ReadonlySet<number> = new Set([404, 410]);
/** 412, 416: the file is another one now. */
const EXPECTED: ReadonlySet<number> = new Set([200, 206, 412, 416, ...GONE]);

/** As it is compared and sent back; a weak tag names no bytes. */
function versionOf(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  return tag !== null && !tag.startsWith('W/') ? tag : (headers.get('last-modified') ?? undefined);
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}
