// A command that the forker started, as its reports describe it.
import { constants } from 'node:os';
import type { Exit, Usage } from '../event.ts';
import { DRAIN_MS, type Printed, type StreamName } from './printed.ts';
import type { StartedCommand } from './start-command.ts';

export class RunningCommand implements StartedCommand, Printed {
  readonly printed = this;
  readonly started: Promise<void>;
  readonly exit: Promise<Exit | undefined>;
  pid: number | undefined;
  /** It has ended, and so has its output. */
  isClosed = false;
  readonly #closed: Promise<readonly string[]>;
  readonly #onStarted: () => void;
  readonly #onEnded: (exit: Exit | undefined) => void;
  readonly #onClosed: (held: readonly string[]) => void;
  readonly #askToClose: () => void;
  #isRefused = false;
  #used: Usage | undefined;
  #hasGroup = true;
  /** What came before somebody listened. */
  readonly #early: (readonly [StreamName, Buffer])[] = [];
  #listener: ((stream: StreamName, chunk: Buffer) => void) | undefined;

  /** @param askToClose asks the forker to close the output. */
  constructor(askToClose: () => void) {
    this.#askToClose = askToClose;
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Exit | undefined>();
    const closed = Promise.withResolvers<readonly string[]>();
    [this.started, this.exit, this.#closed] = [started.promise, ended.promise, closed.promise];
    [this.#onStarted, this.#onEnded, this.#onClosed] = [started.resolve, ended.resolve, closed.resolve];
  }

  used(): Usage | undefined {
    return this.#used;
  }

  hasGroup(): boolean {
    return this.#hasGroup;
  }

  listen(take: (stream: StreamName, chunk: Buffer) => void): void {
    this.#listener = take;
    for (const [stream, chunk] of this.#early.splice(0)) take(stream, chunk);
  }

  async close(): Promise<readonly string[]> {
    if (this.isClosed) return this.#closed;
    const timer = setTimeout(this.#askToClose, DRAIN_MS);
    const held = await this.#closed;
    clearTimeout(timer);
    return held;
  }

  takeStart(pid: number): void {
    this.pid = pid;
    this.#onStarted();
  }

  takeText(stream: StreamName, chunk: Buffer): void {
    if (this.#listener) this.#listener(stream, chunk);
    else this.#early.push([stream, chunk]);
  }

  takeRefusal(): void {
    this.#isRefused = true;
    if (this.pid !== undefined) return;
    this.#onEnded(undefined);
    this.takeClosing([]);
    this.#onStarted();
  }

  takeEnd([status, microseconds, kilobytes, group, open]: readonly number[]): void {
    this.#used = { cpu: microseconds! / 1e6, memory: kilobytes! * 1024 };
    this.#hasGroup = group !== 0;
    if (open === 0) this.takeClosing([]);
    this.#onEnded(this.#isRefused ? undefined : exitOf(status!));
  }

  /** @param held what other processes hold open. */
  takeClosing(held: readonly string[]): void {
    this.isClosed = true;
    this.#onClosed(held);
  }

  /** The forker ended. */
  lose(): void {
    this.#onEnded({
      kind: 'lost',
      message: 'the process that had started it, which something outside of pipe ended',
    });
    this.takeClosing([]);
    this.#onStarted();
  }
}

// Some have two names, of which the first is the usual one.
const signals = new Map(
  Object.entries(constants.signals)
    .map(([name, number]) => [number, name] as const)
    .toReversed(),
);

/** @param status as wait(2) gives it. */
function exitOf(status: number): Exit {
  const signal = status & 0x7f;
  if (signal === 0) return { kind: 'code', code: status >> 8 };
  return { kind: 'signal', signal: signals.get(signal) ?? `signal ${signal}` };
}
