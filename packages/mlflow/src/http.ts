// Requests to the tracking server with time-outs and retries; turns every failure into an MlflowError.
// Of MLflow it knows only the form of errors, no endpoints.
import { setTimeout as sleep } from 'node:timers/promises';
import { MlflowError } from './errors.ts';
import { isTransient, retryDelay } from './retry.ts';
import { tlsFetch } from './tls-fetch.ts';
import type { Connection } from './environment.ts';
import type { BodyBytes, Fetch, FetchInit } from './fetch.ts';

export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, percent-encoded; or a whole URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Bytes to send; opened again for each try, which calls `progress` while it sends. */
  readonly body?: { readonly size: number; readonly open: (progress: () => void) => BodyBytes };
  /** Counts as a change on the server; false for searches by POST. Default: everything but GET. */
  readonly writes?: boolean;
  /** Asked before each retry; anything but undefined ends the tries: the lost answer was found out otherwise. */
  readonly recover?: () => Promise<T | undefined>;
}

export interface Retry {
  readonly attempt: number;
  readonly seconds: number;
  readonly error: MlflowError;
}

export interface HttpOptions {
  readonly fetch?: Fetch;
  readonly onRetry?: (retry: Retry) => void;
  /** Ends all requests. */
  readonly signal?: AbortSignal;
  readonly random?: () => number;
}

export interface Counts {
  /** Tries included. */
  requests: number;
  /** Of them such that may change something on the server. */
  writes: number;
}

export interface Http {
  readonly baseUrl: string;
  readonly counts: Readonly<Counts>;
  call<T>(call: Call<T>): Promise<T>;
}

/** Retries of a server from which no answer ever came: it is not there rather than busy. */
const RETRIES_UNSEEN = 2;

/** A failure and whether another try can help. */
interface Failure {
  readonly error: MlflowError;
  readonly transient: boolean;
  readonly retryAfter: string | null;
}

export function openHttp(connection: Connection, options: HttpOptions = {}): Http {
  const send = options.fetch ?? (connection.tls ? tlsFetch(connection.tls) : fetch);
  const random = options.random ?? Math.random;
  const counts: Counts = { requests: 0, writes: 0 };
  let seen = false;

  async function attempt<T>(call: Call<T>): Promise<{ value: T } | Failure> {
    const clock = new AbortController();
    const expire = (): void => clock.abort(new DOMException('timed out', 'TimeoutError'));
    let timer = setTimeout(expire, connection.timeout * 1000);
    const progress = (): void => {
      clearTimeout(timer);
      timer = setTimeout(expire, connection.timeout * 1000);
    };
    counts.requests += 1;
    if (call.writes ?? call.method !== 'GET') counts.writes += 1;
    try {
      const signal = options.signal ? AbortSignal.any([clock.signal, options.signal]) : clock.signal;
      const response = await send(
        urlOf(connection.baseUrl, call),
        initOf(connection, call, signal, progress),
      );
      progress();
      seen = true;
      return outcome<T>(call, response, await response.text());
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return unanswered(connection, call, error, clock.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    baseUrl: connection.baseUrl,
    counts,
    async call<T>(call: Call<T>): Promise<T> {
      for (let retries = 0; ; retries += 1) {
        const result = await attempt(call);
        if ('value' in result) return result.value;
        const allowed = seen ? connection.retry.retries : Math.min(RETRIES_UNSEEN, connection.retry.retries);
        if (!result.transient || retries >= allowed) throw result.error;
        const seconds = retryDelay(connection.retry, retries + 1, result.retryAfter, random(), Date.now());
        options.onRetry?.({ attempt: retries + 1, seconds, error: result.error });
        await sleep(seconds * 1000, undefined, options.signal ? { signal: options.signal } : {});
        const found = await call.recover?.();
        if (found !== undefined) return found;
      }
    },
  };
}

function urlOf(baseUrl: string, call: Call<unknown>): string {
  const url = /^https?:/.test(call.path) ? call.path : `${baseUrl}${call.path}`;
  return call.query ? `${url}?${new URLSearchParams(call.query).toString()}` : url;
}

function initOf(
  connection: Connection,
  call: Call<unknown>,
  signal: AbortSignal,
  progress: () => void,
): FetchInit {
  const { method, body, json } = call;
  if (body) {
    const bytes = body.open(progress);
    const headers = {
      ...connection.headers,
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(body.size),
    };
    return {
      method,
      headers,
      signal,
      body: bytes,
      ...(bytes instanceof ReadableStream ? { duplex: 'half' } : {}),
    };
  }
  if (json === undefined) return { method, headers: { ...connection.headers }, signal };
  return {
    method,
    headers: { ...connection.headers, 'Content-Type': 'application/json' },
    signal,
    body: JSON.stringify(json),
  };
}

function outcome<T>(call: Call<T>, response: Response, text: string): { value: T } | Failure {
  const retryAfter = response.headers.get('retry-after');
  const html = response.headers.get('content-type')?.includes('text/html') ?? false;
  const where = `${call.method} ${call.path}`;
  if (!response.ok)
    return {
      error: refusal(where, response.status, text),
      transient: isTransient(response.status),
      retryAfter,
    };
  try {
    return { value: (text === '' ? {} : JSON.parse(text)) as T };
  } catch (cause) {
    const hint = html ? 'Does MLFLOW_TRACKING_URI name an MLflow server, with its path prefix?' : undefined;
    const message = `${where}: the answer is not JSON: ${excerpt(text)}`;
    const error = new MlflowError(
      { code: 'BAD_RESPONSE', status: response.status, message, ...(hint === undefined ? {} : { hint }) },
      cause,
    );
    // A page is what the server means to say; half an object is a cut connection.
    return { error, transient: !html, retryAfter };
  }
}

function refusal(where: string, status: number, text: string): MlflowError {
  let said: { error_code?: unknown; message?: unknown } = {};
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    // Proxies and unknown paths answer with a page.
  }
  const code = typeof said?.error_code === 'string' ? said.error_code : `HTTP_${status}`;
  const message = typeof said?.message === 'string' ? said.message : excerpt(text);
  const hint = hintFor(status);
  return new MlflowError({
    code,
    status,
    message: `${where}: ${code}${message === '' ? '' : `: ${message}`}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintFor(status: number): string | undefined {
  if (status === 401)
    return 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.';
  if (status === 403) return 'The server refuses this user, or this host name (see its --allowed-hosts).';
  return undefined;
}

function unanswered(connection: Connection, call: Call<unknown>, error: unknown, timedOut: boolean): Failure {
  // The error of `fetch` is only "fetch failed"; its cause says why.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason =
    cause instanceof Error
      ? [('code' in cause && String(cause.code)) || '', cause.message].filter(Boolean).join(': ')
      : String(cause);
  const message = timedOut
    ? `${call.method} ${call.path}: no progress for ${connection.timeout} s`
    : `${connection.baseUrl} cannot be reached: ${reason}`;
  const hint = timedOut
    ? 'MLFLOW_HTTP_REQUEST_TIMEOUT sets another limit, in seconds.'
    : 'Is the server running, and MLFLOW_TRACKING_URI right?';
  const own = error instanceof MlflowError ? error : undefined;
  return {
    error: own ?? new MlflowError({ code: timedOut ? 'TIMEOUT' : 'UNREACHABLE', message, hint }, error),
    transient: own === undefined && !isFinal(cause),
    retryAfter: null,
  };
}

/** A wrong name or certificate does not heal by itself. */
function isFinal(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  // The last is what fetch says of ports that browsers do not open.
  return (
    code === 'ENOTFOUND' ||
    code === 'ERR_INVALID_URL' ||
    code.startsWith('ERR_TLS') ||
    code.includes('CERT') ||
    (cause instanceof Error && cause.message === 'bad port')
  );
}

const excerpt = (text: string): string =>
  text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
