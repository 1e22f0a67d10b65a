// One request to a server that may be slow, busy or gone: how long it is waited for, and how often it is tried again.
// Built on Node's own fetch.
import { connect } from 'node:net';
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

const CONNECT_MS = 5000;
/** Without a byte in so long a time, a connection counts as lost. */
const SILENCE_MS = 30_000;
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export type Wait = (ms: number) => Promise<unknown>;

/**
 * Tries again after transient failures: four times in all, each wait twice as long as the one before.
 * @throws Transient after the last one.
 */
export async function persistently<T>(work: () => Promise<T>, wait: Wait = pause): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Transient) || attempt === ATTEMPTS) throw error;
      const own = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      await wait(Math.min(error.after ?? own, LONGEST_WAIT_MS));
    }
  }
}

/** Resolves once the server of a URL takes a connection. @throws NoConnection when it does not within five seconds. */
export function reach({ hostname, port, protocol }: URL): Promise<void> {
  // With a proxy in between, only the proxy knows.
  if (process.env['NODE_USE_ENV_PROXY']) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      timeout: CONNECT_MS,
    });
    const end = (settle: () => void) => (): void => {
      socket.destroy();
      settle();
    };
    socket.once('connect', end(resolve));
    socket.once(
      'timeout',
      end(() => reject(new NoConnection(`no connection within ${CONNECT_MS / 1000} s`))),
    );
    socket.once('error', (error) => {
      socket.destroy();
      reject(new NoConnection(reasonOf(error)));
    });
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** May be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the request without reading the body. */
  close(): Promise<void>;
}

/** @param slow the server may take its time before it answers, as after a large upload. @throws Transient */
export async function request(url: URL, init: RequestInit, slow = false): Promise<Answer> {
  const control = new AbortController();
  const silence = (): NodeJS.Timeout =>
    setTimeout(() => control.abort(new Error(`silent for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  let timer = slow ? undefined : silence();
  try {
    const response = await fetch(url, { ...init, signal: control.signal });
    return {
      status: response.status,
      headers: response.headers,
      body: bodyOf(
        response,
        () => {
          clearTimeout(timer);
          timer = silence();
        },
        () => clearTimeout(timer),
      ),
      async close() {
        clearTimeout(timer);
        await response.body?.cancel();
      },
    };
  } catch (error) {
    clearTimeout(timer);
    const cause = causeOf(error);
    if (CERTIFICATE.test(errno(cause) ?? '')) throw new NoConnection(reasonOf(cause), TRUST);
    throw new Transient(reasonOf(cause));
  }
}

/** What OpenSSL calls the faults of certificates. */
const CERTIFICATE = /CERT|SIGNATURE|ALTNAME/;
const TRUST = 'name the certificate of your authority in NODE_EXTRA_CA_CERTS';

async function* bodyOf({ body }: Response, alive: () => void, end: () => void): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  let whole = false;
  try {
    for (;;) {
      alive();
      const next = await reader?.read().catch((error: unknown) => {
        throw new Transient(`the answer was cut off (${reasonOf(error)})`);
      });
      // While the taker works, the silence is ours.
      end();
      if (!next || next.done) {
        whole = true;
        return;
      }
      yield next.value;
    }
  } finally {
    end();
    if (!whole) await reader?.cancel().catch(() => undefined);
  }
}

/** The innermost cause: fetch itself only says that it failed. */
function causeOf(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  // One of several addresses.
  return inner instanceof AggregateError ? inner.errors[0] : inner;
}

function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}
