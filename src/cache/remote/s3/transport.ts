// Sends one request over HTTP and takes the answer: time-outs, and the pace of both bodies.
import { errno } from '../../../base/problem.ts';
import type { Body as ReceivedBody } from '../body.ts';
import type { Environment } from '../credentials.ts';
import { watchPace, type Pace, type PaceWatch } from '../pace.ts';
import { connectionFailure, NoConnection, reasonOf, Transient } from '../persistently.ts';
import { answerBody, type AnswerBody } from './answer-body.ts';
import { namesProxy, nodeWire } from './node-wire.ts';
import { undiciWire } from './undici-wire.ts';
import type { AnswerHead, AnswerHeaders, Sending, WireEvents, WireOptions, WireRequest } from './wire.ts';

export interface TransportOptions extends WireOptions {
  readonly hostname: string;
  readonly pace: Pace;
  /** Names proxies. */
  readonly env: Environment;
}

export interface Request extends Omit<WireRequest, 'hostname'> {
  readonly hostname?: string;
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
  readonly headers: AnswerHeaders;
  /** May be read once. */
  readonly body: ReceivedBody;
  /** Ends the request without the rest of the body. */
  readonly close: () => void;
}

export interface Transport {
  /** @throws Transient, NoConnection */
  send(request: Request): Promise<WireAnswer>;
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

export function openTransport(options: TransportOptions): Transport {
  const { env, hostname, pace } = options;
  const longBodies = nodeWire(options, env);
  const others = namesProxy(env) ? longBodies : undiciWire(options);
  let connected = false;
  const exchanging: ExchangeOptions = {
    pace,
    onConnected: () => (connected = true),
    failure: (error) =>
      connected || !isUnreachable(error) ? connectionFailure(error) : new NoConnection(reasonOf(error)),
  };
  return {
    async send(request) {
      const { body, method, path } = request;
      const exchange = new Exchange(exchanging);
      const headers = { ...request.headers, ...lengthOf(body, method) };
      const wire = body && isLong(body) ? longBodies : others;
      const sending = wire.begin({ hostname: request.hostname ?? hostname, method, path, headers }, exchange);
      return exchange.send(sending, body);
    },
    close() {
      longBodies.close();
      others.close();
    },
  };
}

function lengthOf(body: Body | undefined, method: string): Readonly<Record<string, string>> {
  // Servers may wait for one without it.
  if (body === undefined) return method === 'POST' || method === 'PUT' ? { 'content-length': '0' } : {};
  const { length } = bytesOf(body);
  return {
    'content-length': String(length),
    ...(length >= LONG_BODY && { expect: '100-continue' }),
  };
}

const bytesOf = (body: Body): Buffer => ('bytes' in body ? body.bytes : body);

const isLong = (body: Body): boolean => bytesOf(body).length > CHUNK;

/** Nothing of the request was sent. */
const isUnreachable = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(
    errno(error instanceof AggregateError ? error.errors[0] : error) ?? '',
  );

interface ExchangeOptions {
  readonly pace: Pace;
  readonly onConnected: () => void;
  /** What is said of an error. */
  readonly failure: (error: unknown) => unknown;
}

/** One request and its answer. */
class Exchange implements WireEvents {
  readonly #options: ExchangeOptions;
  readonly #answer = Promise.withResolvers<WireAnswer>();
  /** Of what is sent, and of the answer's beginning. */
  readonly #watch: PaceWatch;
  #sending!: Sending;
  #late: NodeJS.Timeout | undefined;
  #body: AnswerBody | undefined;
  /** Whether the body is to be sent: the server says so, or does not know the question. */
  #onWelcome: ((welcome: boolean) => void) | undefined;
  #isOver = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#watch = watchPace(options.pace, (reason) => this.#sending.destroy(new Transient(reason)));
  }

  send(sending: Sending, body: Body | undefined): Promise<WireAnswer> {
    this.#sending = sending;
    this.#watch.wait();
    if (body === undefined) sending.send(undefined, true, ignore);
    else if (isLong(body)) void this.#sendLong(body).catch((error: Error) => sending.destroy(error));
    else this.#sendShort(body);
    return this.#answer.promise;
  }

  onConnected(): void {
    this.#options.onConnected();
  }

  onContinue(): void {
    this.#onWelcome?.(true);
  }

  onHead({ status, headers, length }: AnswerHead): void {
    this.#stopWaiting();
    const body = answerBody(length, this.#options.pace, this.#sending);
    this.#body = body;
    this.#answer.resolve({ status, headers, body, close: () => body.close() });
  }

  onPiece(bytes: Buffer): void {
    this.#body!.add(bytes);
  }

  onEnd(): void {
    this.#body!.end();
  }

  onFailure(error: unknown): void {
    this.#stopWaiting();
    if (this.#body) this.#body.fail(error);
    else this.#answer.reject(this.#options.failure(error));
  }

  #stopWaiting(): void {
    this.#isOver = true;
    this.#watch.end();
    clearTimeout(this.#late);
    this.#onWelcome?.(false);
  }

  /** With the headers in one write. */
  #sendShort(body: Body): void {
    const bytes = bytesOf(body);
    this.#sending.send(bytes, true, (error) => {
      if (error || this.#isOver) return;
      this.#sent(body, bytes.length);
      this.#awaitAnswer();
    });
  }

  async #sendLong(body: Body): Promise<void> {
    const bytes = bytesOf(body);
    if (bytes.length >= LONG_BODY && !(await this.#isWelcome())) return;
    let length = CHUNK;
    for (let start = 0; start < bytes.length;) {
      const piece = bytes.subarray(start, start + length);
      start += piece.length;
      const began = performance.now();
      this.#watch.wait();
      await this.#write(piece, start === bytes.length);
      // An answer before the end is a refusal.
      if (this.#isOver) return;
      this.#sent(body, piece.length);
      length = performance.now() - began < FAST_MS ? Math.min(2 * length, MOST_CHUNK) : CHUNK;
    }
    this.#awaitAnswer();
  }

  #isWelcome(): Promise<boolean> {
    this.#watch.end();
    this.#sending.send(undefined, false, ignore);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), CONTINUE_MS);
      this.#onWelcome = (welcome) => {
        clearTimeout(timer);
        resolve(welcome);
      };
    });
  }

  #write(bytes: Buffer, isLast: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sending.send(bytes, isLast, (error) => (error ? reject(error) : resolve()));
    });
  }

  #sent(body: Body, bytes: number): void {
    this.#watch.moved(bytes);
    if ('bytes' in body) body.onSent?.(bytes);
  }

  #awaitAnswer(): void {
    this.#watch.end();
    const late = (): void => this.#sending.destroy(new Transient(`no answer within ${ANSWER_MS / 1000} s`));
    this.#late = setTimeout(late, ANSWER_MS);
  }
}

const ignore = (): void => undefined;
