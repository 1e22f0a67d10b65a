// One request to a server that may be slow, busy or gone: how long it is waited for, and how often it is tried again.
// Built on Node's own fetch.
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { connectionFailure, NoConnection, reasonOf, Transient } from '../persistently.ts';
import { watchPace, type Pace, type PaceWatch } from '../pace.ts';
import type { FileSource, Source } from '../remote.ts';

const CONNECT_MS = 5000;
/** No more than the slowest connection moves in the time that it is given: larger pieces would look like silence. */
const CHUNK = 32 << 10;

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
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /** May be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the request without reading the body. */
  close(): Promise<void>;
}

export interface Ask {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent; the server may take its time before it answers to that. */
  readonly body?: Source;
}

export interface RequestOptions {
  /** Headers that are for the server of the URL alone. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly pace: Pace;
}

const MOST_REDIRECTS = 5;

/** Follows redirects; the secret headers go to no other server than that of the URL. @throws Transient, NoConnection */
export async function request(url: URL, ask: Ask, { secrets, pace }: RequestOptions): Promise<Answer> {
  let target = url;
  let headers = secrets;
  for (let hops = 0; ; hops += 1) {
    const answer = await requestOnce(target, ask, headers, pace);
    const next = redirection(answer, target, ask);
    if (next === undefined) return answer;
    await answer.close();
    if (hops === MOST_REDIRECTS) throw new NoConnection('it redirects without end', 'correct the URL');
    if (next.origin !== target.origin) headers = {};
    target = next;
  }
}

/** Where the answer sends us; undefined where it is to be taken as it is. */
function redirection({ status, headers }: Answer, from: URL, { method }: Ask): URL | undefined {
  const location = headers.get('location');
  if (location === null || !REDIRECTS.has(status)) return undefined;
  // A body is sent again only where the server asks for the same request: others would turn it into a question.
  if (method !== 'GET' && method !== 'HEAD' && status !== 307 && status !== 308) return undefined;
  if (!URL.canParse(location, from.href)) return undefined;
  const next = new URL(location, from);
  if (next.protocol !== 'http:' && next.protocol !== 'https:') return undefined;
  // Whoever redirects has no names and passwords of ours to give.
  next.username = '';
  next.password = '';
  return next;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

async function requestOnce(
  url: URL,
  { method, headers, body }: Ask,
  secrets: Readonly<Record<string, string>>,
  pace: Pace,
): Promise<Answer> {
  const control = new AbortController();
  const watch = watchPace(pace, (reason) => control.abort(new Error(reason)));
  watch.wait();
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: control.signal,
      // A body that is not what the object is would only have to be undone.
      headers: { 'accept-encoding': 'identity', ...headers, ...lengthOf(body), ...secrets },
      ...(body !== undefined && { body: 'text' in body ? body.text : sent(body, watch), duplex: 'half' }),
    });
    return {
      url,
      status: response.status,
      headers: response.headers,
      body: received(response, watch),
      async close() {
        watch.end();
        await response.body?.cancel();
      },
    };
  } catch (error) {
    watch.end();
    throw connectionFailure(error);
  }
}

/** The server needs the length, which a stream does not have. */
const lengthOf = (body: Source | undefined): Readonly<Record<string, string>> =>
  body !== undefined && 'path' in body ? { 'content-length': String(body.size) } : {};

async function* sent({ path, onSent }: FileSource, watch: PaceWatch): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    watch.wait();
    yield chunk;
    // It is asked for more: the last piece is on its way.
    watch.moved(chunk.length);
    onSent?.(chunk.length);
  }
  // What a server does with a large file before it answers takes its time.
  watch.end();
}

async function* received({ body }: Response, watch: PaceWatch): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  let whole = false;
  try {
    for (;;) {
      watch.wait();
      const next = await reader?.read().catch((error: unknown) => {
        throw new Transient(`the answer was cut off (${reasonOf(error)})`);
      });
      // While the taker works, the silence is ours.
      watch.moved(next?.value?.length ?? 0);
      if (!next || next.done) {
        whole = true;
        return;
      }
      yield next.value;
    }
  } finally {
    watch.end();
    if (!whole) await reader?.cancel().catch(() => undefined);
  }
}
