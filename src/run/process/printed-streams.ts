// What a child of this process prints.
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DRAIN_MS, type Printed, type StreamName } from './printed.ts';

/** Turns of the event loop: in so many, all that a pipe or socket holds is read. */
const MOST_TURNS = 16;

export class PrintedStreams implements Printed {
  readonly #streams: readonly (readonly [StreamName, Readable])[];
  readonly #held: readonly string[];
  #drained: Promise<unknown> = Promise.resolve();
  /** Bytes. */
  #received = 0;

  /** @param streams undefined where no descriptor was free. @param held their other ends, as /proc names them. */
  constructor(streams: { readonly [name in StreamName]: Readable | undefined }, held: readonly string[]) {
    this.#streams = (['stdout', 'stderr', 'progress'] as const).flatMap((name) => {
      const stream = streams[name];
      return stream ? [[name, stream] as const] : [];
    });
    this.#held = held;
  }

  listen(take: (stream: StreamName, chunk: Buffer) => void): void {
    for (const [name, stream] of this.#streams) {
      stream.on('data', (chunk: Buffer) => {
        if (name !== 'progress') this.#received += chunk.length;
        take(name, chunk);
      });
    }
    // Progress is of no use after the end.
    const printing = this.#streams.filter(([name]) => name !== 'progress');
    this.#drained = Promise.all(printing.map(([, stream]) => endOf(stream)));
  }

  async close(): Promise<readonly string[]> {
    // A daemon may hold the pipes open for ever: what it prints later belongs to no stage.
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, DRAIN_MS);
    await Promise.race([this.#drained, timeout.promise]);
    clearTimeout(timer);
    await this.#readBacklog();
    const held = this.#streams.some(([, stream]) => !stream.readableEnded) ? this.#held : [];
    for (const [, stream] of this.#streams) stream.destroy();
    return held;
  }

  /** After a time in which this process was busy, the timeout comes before what was printed has been read. */
  async #readBacklog(): Promise<void> {
    for (let before = -1, turn = 0; before !== this.#received && turn < MOST_TURNS; turn += 1) {
      before = this.#received;
      await nextTurn();
    }
  }
}

function endOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) stream.once(event, resolve);
  });
}
