// The body of an answer: a short one is had as a whole, a longer one in pieces, and no faster than they are taken.
import type { Body } from '../body.ts';
import { watchPace, type Pace, type PaceWatch } from '../pace.ts';
import { reasonOf, Transient } from '../persistently.ts';
import type { Sending } from './wire.ts';

/** An answer of so many bytes comes in one piece: each step of an iterator takes as long as the bytes themselves. */
const SHORT = 256 << 10;
/** A rest of this length is read, so that the connection can be used again. */
const SHORT_REST = 64 << 10;
/** Pieces that wait to be taken. */
const MOST_WAITING = 4;

export interface AnswerBody extends Body {
  add(bytes: Buffer): void;
  end(): void;
  fail(error: unknown): void;
  /** The rest is not wanted. */
  close(): void;
}

/** @param length undefined where it is not known. @param sending what the body comes with. */
export function answerBody(length: number | undefined, pace: Pace, sending: Sending): AnswerBody {
  const watch = watchPace(pace, (reason) => sending.destroy(new Transient(reason)));
  return length !== undefined && length <= SHORT
    ? new ShortBody(length, watch, sending)
    : new LongBody(length, watch, sending);
}

const cutOff = (error: unknown): Transient => new Transient(`the answer was cut off (${reasonOf(error)})`);

class ShortBody implements AnswerBody {
  readonly #bytes: Buffer;
  readonly #watch: PaceWatch;
  readonly #sending: Sending;
  #length = 0;
  #isOver = false;
  #failure: Transient | undefined;
  #settle: (() => void) | undefined;

  constructor(length: number, watch: PaceWatch, sending: Sending) {
    this.#bytes = Buffer.allocUnsafe(length);
    this.#watch = watch;
    this.#sending = sending;
  }

  add(bytes: Buffer): void {
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
    if (this.#settle && !this.#isOver) {
      this.#watch.moved(bytes.length);
      this.#watch.wait();
    }
  }

  end(): void {
    this.#isOver = true;
    this.#watch.end();
    this.#settle?.();
  }

  fail(error: unknown): void {
    this.#failure = cutOff(error);
    this.end();
  }

  close(): void {
    if (this.#bytes.length > SHORT_REST) this.#sending.destroy(new Error('the rest is not wanted'));
  }

  async whole(): Promise<Buffer> {
    if (!this.#isOver) {
      this.#watch.wait();
      await new Promise<void>((settle) => (this.#settle = settle));
    }
    if (this.#failure) throw this.#failure;
    return this.#bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const bytes = await this.whole();
    if (bytes.length > 0) yield bytes;
  }
}

type Step = IteratorResult<Uint8Array, undefined>;

class LongBody implements AnswerBody, AsyncIterator<Uint8Array, undefined> {
  readonly #length: number | undefined;
  readonly #watch: PaceWatch;
  readonly #sending: Sending;
  readonly #waiting: Buffer[] = [];
  /** Pieces that were handed over, and are done with when the next one is asked for. */
  #lent: Buffer[] = [];
  #isOver = false;
  #isUnwanted = false;
  #failure: Transient | undefined;
  #asked: PromiseWithResolvers<Step> | undefined;

  constructor(length: number | undefined, watch: PaceWatch, sending: Sending) {
    this.#length = length;
    this.#watch = watch;
    this.#sending = sending;
  }

  add(bytes: Buffer): void {
    if (this.#isUnwanted) return;
    const asked = this.#asked;
    if (asked) {
      this.#asked = undefined;
      // While the taker works, the silence is ours.
      this.#watch.moved(bytes.length);
      asked.resolve(this.#lend(bytes));
    } else if (this.#waiting.push(bytes) >= MOST_WAITING) this.#sending.flow(false);
  }

  end(): void {
    this.#isOver = true;
    this.#watch.end();
    const asked = this.#asked;
    this.#asked = undefined;
    if (this.#failure) asked?.reject(this.#failure);
    else asked?.resolve({ done: true, value: undefined });
  }

  fail(error: unknown): void {
    this.#failure = cutOff(error);
    this.end();
  }

  close(): void {
    if ((this.#length ?? 0) > SHORT_REST) return void this.return();
    this.#isUnwanted = true;
    this.#sending.flow(true);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<Step> {
    const waiting = this.#waiting.shift();
    if (waiting) return Promise.resolve(this.#lend(waiting));
    this.#giveBack();
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    const asked = Promise.withResolvers<Step>();
    this.#asked = asked;
    this.#watch.wait();
    // The next piece can come at once.
    this.#sending.flow(true);
    return asked.promise;
  }

  return(): Promise<Step> {
    this.#isUnwanted = true;
    this.#sending.destroy(new Error('the rest is not wanted'));
    return Promise.resolve({ done: true, value: undefined });
  }

  #lend(bytes: Buffer): Step {
    this.#lent.push(bytes);
    return { done: false, value: bytes };
  }

  #giveBack(): void {
    if (this.#lent.length === 0) return;
    freeMemory(this.#lent);
    this.#lent = [];
  }
}

/**
 * Frees pieces that have a memory of their own. Until V8 collects them, pieces of 64 KiB add up to many megabytes, and collecting them
 * takes a fifth of the processor time of a transfer.
 */
function freeMemory(pieces: readonly Buffer[]): void {
  for (const { buffer, byteLength } of pieces)
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
