// How failures of a connection count: what may go well another time is tried again, four times in all.
import { setTimeout as pause } from 'node:timers/promises';
import { errno } from '../../base/problem.ts';

/** Nothing was wrong with the request itself: it may go well another time. */
export class Transient extends Error {
  /** Milliseconds that the server asks to wait. */
  readonly after: number | undefined;

  constructor(reason: string, after?: number) {
    super(reason);
    this.after = after;
  }
}

/** The server cannot be connected to at all, or is not who it should be. */
export class NoConnection extends Error {
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    super(reason);
    this.hint = hint;
  }
}

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export type Wait = (ms: number) => Promise<unknown>;

/**
 * Tries again after transient failures, each wait twice as long as the one before.
 * @param onRetry called with the reason before each wait.
 * @throws Transient after the last one.
 */
export async function persistently<T>(
  work: () => Promise<T>,
  wait: Wait = pause,
  onRetry: (reason: string) => void = () => undefined,
  attempts: number = ATTEMPTS,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Transient) || attempt === attempts) throw error;
      onRetry(error.message);
      const own = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      await wait(Math.min(error.after ?? own, LONGEST_WAIT_MS));
    }
  }
}

/** What a failed request means. @param error of Node's own modules. */
export function connectionFailure(error: unknown): unknown {
  const cause = causeOf(error);
  if (error instanceof Transient || error instanceof NoConnection) return error;
  if (CERTIFICATE.test(errno(cause) ?? '')) return new NoConnection(reasonOf(cause), TRUST);
  return errno(cause) === undefined || isOfNetwork(cause) ? new Transient(reasonOf(cause)) : cause;
}

/** What OpenSSL calls the faults of certificates. */
const CERTIFICATE = /CERT|SIGNATURE|ALTNAME/;
const TRUST = 'name the certificate of your authority in NODE_EXTRA_CA_CERTS';

/** Anything else is about a file of ours, or about this machine. */
const isOfNetwork = (error: unknown): boolean => !HERE.has(errno(error) ?? '');
const HERE: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EIO', 'EISDIR', 'EMFILE', 'ENFILE']);

/** The innermost cause: fetch itself only says that it failed. */
function causeOf(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  // One of several addresses.
  return inner instanceof AggregateError ? inner.errors[0] : inner;
}

export function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}
