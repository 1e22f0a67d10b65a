// Writes a large file whose bytes come in any order. Another thread hashes it as far as it has no gaps, and it is flushed a part at a
// time, so that little is left to do after the last byte.
import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import type { Algorithm } from '../../hash/digest.ts';
import { readFile } from '../../hash/file-pool.ts';
import { advance, endAt, nothingWritten } from '../../hash/written-up-to.ts';
import type { Range, TakeAt } from './remote.ts';

export interface FilledFile {
  /** Absolute. What is there is replaced, but for what `received` names. */
  readonly path: string;
  readonly size: number;
  readonly algorithm: Algorithm;
  /** Bytes that it has already. */
  readonly received?: readonly Range[];
  /** Called now and then, and at the end, with all that it has. */
  readonly onReceived?: (received: readonly Range[]) => void;
}

export interface Filled {
  readonly length: number;
  readonly digest: string;
}

const FLUSH_EVERY = 64 << 20;
const REPORT_EVERY = 4 << 20;

/** @param work hands over every byte that it lacks once; @returns what it made of the file, undefined where `work` returned false. */
export async function fillFile(
  { path, size, algorithm, received = [], onReceived }: FilledFile,
  work: (take: TakeAt) => Promise<boolean>,
): Promise<Filled | undefined> {
  const file = openSync(path, received.length > 0 ? 'r+' : 'w', 0o644);
  const written = nothingWritten();
  const whole = new Frontier();
  for (const { start, end } of received) advance(written, whole.add(start, end - start));
  let unreported = 0;
  const flushing = new Flushing(file);
  // It is asked for its failure below.
  const hashing = readFile({ path, size, algorithm, written }).catch(() => undefined);
  try {
    const done = await work((start, bytes) => {
      for (let sent = 0; sent < bytes.length;)
        sent += writeSync(file, bytes, sent, bytes.length - sent, start + sent);
      advance(written, whole.add(start, bytes.length));
      flushing.moved(bytes.length);
      unreported += bytes.length;
      if (unreported < REPORT_EVERY) return;
      unreported = 0;
      onReceived?.(whole.ranges());
    });
    if (!done) return undefined;
    endAt(written, whole.length);
    const { digest } = (await hashing) ?? (await readFile({ path, size, algorithm }));
    return { length: whole.length, digest };
  } finally {
    endAt(written, 0);
    onReceived?.(whole.ranges());
    await flushing.end().finally(() => closeSync(file));
  }
}

/** How far a file has no gaps. */
class Frontier {
  /** Bytes from the start on. */
  length = 0;
  /** What came beyond a gap: its start by its end, and the other way round. */
  readonly #starts = new Map<number, number>();
  readonly #ends = new Map<number, number>();

  /** @returns how far it has no gaps now. */
  add(at: number, length: number): number {
    const end = at + length;
    if (at === this.length) {
      this.length = end;
      for (let next = this.#ends.get(end); next !== undefined; next = this.#ends.get(next)) this.#join(next);
      return this.length;
    }
    const start = this.#starts.get(at) ?? at;
    this.#starts.delete(at);
    this.#starts.set(end, start);
    this.#ends.set(start, end);
    return this.length;
  }

  ranges(): readonly Range[] {
    const beyond = [...this.#ends].map(([start, end]) => ({ start, end }));
    const first = this.length > 0 ? [{ start: 0, end: this.length }] : [];
    return [...first, ...beyond.sort((a, b) => a.start - b.start)];
  }

  #join(end: number): void {
    this.#ends.delete(this.length);
    this.#starts.delete(end);
    this.length = end;
  }
}

/** Flushes beside the transfer, one call at a time. Whoever gives the file its name flushes what is left. */
class Flushing {
  readonly #file: number;
  #unsafe = 0;
  #running: Promise<void> | undefined;
  /** The system reports a failure once. */
  #failure: Error | null = null;

  constructor(file: number) {
    this.#file = file;
  }

  moved(bytes: number): void {
    this.#unsafe += bytes;
    if (this.#unsafe < FLUSH_EVERY || this.#running) return;
    this.#unsafe = 0;
    this.#running = new Promise((resolve) => {
      fdatasync(this.#file, (error) => {
        this.#failure ??= error;
        this.#running = undefined;
        resolve();
      });
    });
  }

  async end(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure;
  }
}
