// Sends one request over HTTP and takes the answer: connections that are kept, time-outs, and the pace of both bodies. Built on
// Node's own modules, which take a third of the processor time of its fetch.
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { errno } from '../../../base/problem.ts';
import type { Environment } from '../credentials.ts';
import type { Body as ReceivedBody } from '../body.ts';
import { watchPace, type Pace, type PaceWatch } from '../pace.ts';
import { connectionFailure, NoConnection, reasonOf, Transient } from '../persistently.ts';

export interface TransportOptions {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number | undefined;
  /** The certificates of authorities, in place of the system's. */
  readonly ca: string | undefined;
  /** Whether the certificate of the server is checked. */
  readonly verify: boolean;
  readonly pace: Pace;
  readonly connectSeconds: number;
  /** Names proxies. */
  readonly env: Environment;
}

export interface WireRequest {
  readonly hostname?: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
}

export type Body = Buffer | SentBytes;

export interface SentBytes {
  readonly bytes: Buffer;
  /** Called with bytes as they are sent. */
  readonly onSent?: (bytes: number) => void;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** May be read once. */
  readonly body: ReceivedBody;
  /** Ends the request without the rest of the body. */
  readonly close: () => void;
}

export interface Transport {
  /** @throws Transient, NoConnection */
  send(request: WireRequest): Promise<WireAnswer>;
  close(): void;
}

/** At first no more than the slowest connection moves in the time that it is given: larger pieces would look like silence. */
const CHUNK = 64 << 10;
/** Pieces of a connection that takes each in this time become larger, up to so many bytes: each costs a call. */
const FAST_MS = 50;
const MOST_CHUNK = 1 << 20;
/** A server that will refuse a longer body is asked first. */
const LONG_BODY = 1 << 20;
/** Servers that do not know the question stay silent. */
const CONTINUE_MS = 1000;
/** What a server does with a large file before it answers takes its time. */
const ANSWER_MS = 300_000;
/** A rest of this length is read, so that the connection can be used again. */
const SHORT_REST = 64 << 10;

export function openTransport(options: TransportOptions): Transport {
  const { secure, ca, verify, env } = options;
  const settings = { keepAlive: true, scheduling: 'lifo', ...proxiesOf(env) } as const;
  const agent = secure
    ? new HttpsAgent({ ...settings, rejectUnauthorized: verify, ...(ca !== undefined && { ca }) })
    : new HttpAgent(settings);
  let connected = false;

  return {
    send: (request) => {
      const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
      const { body } = request;
      const message = (secure ? httpsRequest : httpRequest)({
        agent,
        hostname: request.hostname ?? options.hostname,
        ...(options.port !== undefined && { port: options.port }),
        method: request.method,
        path: request.path,
        headers: { ...request.headers, ...lengthOf(body) },
      });
      const watch = watchPace(options.pace, (reason) => message.destroy(new Transient(reason)));
      const late = setTimeout(
        () => message.destroy(new Transient(`no answer within ${ANSWER_MS / 1000} s`)),
        ANSWER_MS,
      );
      limitConnecting(message, options.connectSeconds, () => (connected = true));
      message.once('error', (error) => {
        watch.end();
        clearTimeout(late);
        reject(
          connected || !isUnreachable(error) ? connectionFailure(error) : new NoConnection(reasonOf(error)),
        );
      });
      // Later errors are of the body, which reports them.
      message.on('error', () => undefined);
      message.once('response', (answer) => {
        watch.end();
        clearTimeout(late);
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          body: bodyOf(
            answer,
            watchPace(options.pace, (reason) => answer.destroy(new Transient(reason))),
          ),
          close: () => endBody(answer),
        });
      });
      void sendBody(message, body, watch).catch((error: unknown) => message.destroy(error as Error));
      return promise;
    },
    close: () => agent.destroy(),
  };
}

/** An agent that is given an environment reads it for every request. */
const proxiesOf = (env: Environment): { readonly proxyEnv?: NodeJS.ProcessEnv } =>
  Object.keys(env).some((name) => /^https?_proxy$/i.test(name)) ? { proxyEnv: env } : {};

const lengthOf = (body: Body | undefined): Readonly<Record<string, string>> =>
  body === undefined
    ? {}
    : {
        'content-length': String(bytesOf(body).length),
        ...(bytesOf(body).length >= LONG_BODY && { expect: '100-continue' }),
      };

const bytesOf = (body: Body): Buffer => ('bytes' in body ? body.bytes : body);

/** A connection that does not come about ends the request. */
function limitConnecting(message: ClientRequest, seconds: number, onConnected: () => void): void {
  message.once('socket', (socket) => {
    if (!socket.connecting) return onConnected();
    const timer = setTimeout(
      () => message.destroy(new NoConnection(`no connection within ${seconds} s`)),
      seconds * 1000,
    );
    socket.once('connect', () => {
      clearTimeout(timer);
      onConnected();
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Nothing of the request was sent. */
const isUnreachable = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(
    errno(error instanceof AggregateError ? error.errors[0] : error) ?? '',
  );

async function sendBody(message: ClientRequest, body: Body | undefined, watch: PaceWatch): Promise<void> {
  if (body === undefined) {
    watch.wait();
    message.end();
    return;
  }
  const bytes = bytesOf(body);
  if (bytes.length <= CHUNK) {
    // With the headers in one write.
    watch.wait();
    message.end(bytes, () => {
      watch.moved(bytes.length);
      watch.end();
      if ('bytes' in body) body.onSent?.(bytes.length);
    });
    return;
  }
  let answered = false;
  message.once('response', () => (answered = true));
  if (bytes.length >= LONG_BODY && !(await isWelcome(message))) return;
  let length = CHUNK;
  for (let start = 0; start < bytes.length;) {
    const piece = bytes.subarray(start, start + length);
    const began = performance.now();
    watch.wait();
    await write(message, piece);
    // An answer before the end is a refusal.
    if (answered) return;
    watch.moved(piece.length);
    if ('bytes' in body) body.onSent?.(piece.length);
    start += piece.length;
    length = performance.now() - began < FAST_MS ? Math.min(2 * length, MOST_CHUNK) : CHUNK;
  }
  watch.end();
  message.end();
}

/** Whether the body is to be sent: the server says so, or does not know the question. */
function isWelcome(message: ClientRequest): Promise<boolean> {
  message.flushHeaders();
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), CONTINUE_MS);
    const settle = (welcome: boolean): void => {
      clearTimeout(timer);
      resolve(welcome);
    };
    message.once('continue', () => settle(true));
    message.once('response', () => settle(false));
    message.once('close', () => settle(false));
  });
}

function write(message: ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    message.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** A short answer is had in one piece: each step of an iterator takes as long as the bytes themselves. */
const SHORT = 256 << 10;

function bodyOf(answer: IncomingMessage, watch: PaceWatch): ReceivedBody {
  const length = Number(answer.headers['content-length'] ?? Infinity);
  return {
    [Symbol.asyncIterator]: () => received(answer, watch),
    ...(length <= SHORT && { whole: () => wholeOf(answer, watch) }),
  };
}

function wholeOf(answer: IncomingMessage, watch: PaceWatch): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let whole = false;
  const cutOff = (why = ''): void => {
    if (whole) return;
    watch.end();
    reject(new Transient(`the answer was cut off${why}`));
  };
  watch.wait();
  answer.on('data', (piece: Buffer) => {
    watch.moved(piece.length);
    pieces.push(piece);
    watch.wait();
  });
  answer.once('error', (error) => cutOff(` (${reasonOf(error)})`));
  answer.once('close', () => cutOff());
  answer.once('end', () => {
    watch.end();
    whole = answer.complete;
    if (whole) resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  });
  return promise;
}

async function* received(answer: IncomingMessage, watch: PaceWatch): AsyncGenerator<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let whole = false;
  try {
    for (;;) {
      watch.wait();
      const next = await chunks.next().catch((error: unknown) => {
        throw new Transient(`the answer was cut off (${reasonOf(error)})`);
      });
      // While the taker works, the silence is ours.
      watch.moved(next.done ? 0 : next.value.length);
      if (next.done) {
        if (!answer.complete) throw new Transient('the answer was cut off');
        whole = true;
        return;
      }
      yield next.value;
    }
  } finally {
    watch.end();
    if (!whole) answer.destroy();
  }
}

function endBody(answer: IncomingMessage): void {
  answer.on('error', () => undefined);
  if (Number(answer.headers['content-length'] ?? 0) <= SHORT_REST) answer.resume();
  else answer.destroy();
}
