// One HTTP transfer into a partial file: resumes where the last one stopped, gives up when nothing arrives. The caller verifies the
// bytes and decides how often to try.
import { closeSync, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

/** Why a transfer ended early, in a few words. `permanent`: another try at the same address is useless. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly permanent: boolean;
  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

/** Longest wait for the next bytes, in milliseconds. */
const STALL = 30_000;

export interface TransferOptions {
  /** In bytes; a longer file is not the wanted one. */
  readonly largest: number;
  /** Is called after each megabyte, and at the end. */
  readonly onBytes: (done: number, total: number) => void;
}

/**
 * Appends what is missing of `url` to the file `partial`; the bytes already there are kept where the server can go on after them.
 * @throws TransferError
 */
export async function transfer(
  url: string,
  partial: string,
  { largest, onBytes }: TransferOptions,
): Promise<void> {
  const have = existsSync(partial) ? statSync(partial).size : 0;
  const stalled = new AbortController();
  let watch = setTimeout(() => stalled.abort(), STALL);
  try {
    const response = await fetch(url, {
      headers:
        have > 0
          ? { Range: `bytes=${have}-`, 'Accept-Encoding': 'identity' }
          : { 'Accept-Encoding': 'identity' },
      signal: stalled.signal,
    });
    // The range starts after the end: the file is complete already, or it is another file.
    if (response.status === 416) return;
    if (!response.ok) throw new TransferError(`HTTP ${response.status}`, isPermanent(response.status));
    const goesOn = response.status === 206 && startOfRange(response) === have;
    if (!goesOn) rmSync(partial, { force: true });
    const before = goesOn ? have : 0;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const file = openSync(partial, 'a');
    let received = 0;
    try {
      let reported = 0;
      for await (const chunk of response.body ?? []) {
        clearTimeout(watch);
        watch = setTimeout(() => stalled.abort(), STALL);
        writeSync(file, chunk);
        received += chunk.length;
        if (before + received > largest) {
          rmSync(partial);
          throw new TransferError('far too long for this file', true);
        }
        if (received - reported >= 1e6) {
          reported = received;
          if (Number.isFinite(length)) onBytes(before + received, before + length);
        }
      }
    } finally {
      closeSync(file);
    }
    if (received < length)
      throw new TransferError(`the connection ended after ${before + received} bytes`, false);
    if (Number.isFinite(length)) onBytes(before + received, before + length);
  } catch (error) {
    throw error instanceof TransferError ? error : new TransferError(describe(error, stalled.signal), false);
  } finally {
    clearTimeout(watch);
  }
}

function isPermanent(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
}

function startOfRange(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
}

/** The innermost cause says it best: `connect ECONNREFUSED …`, `getaddrinfo ENOTFOUND …`. */
function describe(error: unknown, stalled: AbortSignal): string {
  if (stalled.aborted) return `nothing arrived for ${STALL / 1000} s`;
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (cause instanceof AggregateError) cause = cause.errors[0];
  return cause instanceof Error ? cause.message : String(cause);
}
