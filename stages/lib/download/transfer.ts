// One HTTP transfer into a partial file: resumes where the last one stopped, gives up when nothing arrives. What the bytes must
// be, and how often it is tried, is decided in fetch-file.ts.
import { closeSync, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { report } from '../progress.ts';

/** Why a transfer ended early, in a few words. `permanent`: trying the same mirror again is useless. */
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
/** No file of the data set has as many bytes, packed or unpacked: a mirror that sends more sends something else. */
export const LARGEST = 64e6;

export interface TransferOptions {
  /** A longer file is another than the wanted one. */
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
    // What is asked for lies behind the end: the file is whole already, or not what it should be.
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

/** A `TransferOptions.onBytes` that reports progress. */
export function reportBytes(label: string): TransferOptions['onBytes'] {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;
  return (done, total) => report({ done: megabytes(done), total: megabytes(total), unit: 'MB', note: label });
}

/** The innermost cause says it best: `connect ECONNREFUSED …`, `getaddrinfo ENOTFOUND …`. */
function describe(error: unknown, stalled: AbortSignal): string {
  if (stalled.aborted) return `nothing arrived for ${STALL / 1000} s`;
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (cause instanceof AggregateError) cause = cause.errors[0];
  return cause instanceof Error ? cause.message : String(cause);
}
