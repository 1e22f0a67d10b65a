// Reads what one command prints: into the log of its stage, and line by line to a listener.
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errno } from '../../base/problem.ts';
import type { StageProgress } from '../event.ts';
import type { JobListener } from './executor.ts';
import type { OutputStreams } from './start-command.ts';
import { splitLines, type LineSplitter } from './line-splitter.ts';

/** How long after a command's end we wait for other processes that hold its output open. */
const DRAIN_MS = 500;
/** Turns of the event loop: in so many, all that a pipe or socket holds is read. */
const MOST_TURNS = 16;

export class CommandOutput {
  readonly #log: number;
  readonly #lines: readonly LineSplitter[];
  readonly #progress: LineSplitter;
  readonly #streams: readonly Readable[];
  readonly #drained: Promise<unknown>;
  /** Bytes. */
  #received = 0;

  /** @param log descriptor of an open file. */
  constructor({ stdout, stderr, progress }: OutputStreams, log: number, listener: JobListener) {
    this.#log = log;
    const outputs = [
      { stream: stdout, lines: splitLines((line, more) => listener.line('stdout', line, more)) },
      { stream: stderr, lines: splitLines((line, more) => listener.line('stderr', line, more)) },
    ];
    this.#lines = outputs.map(({ lines }) => lines);
    this.#drained = Promise.all(
      outputs.map(({ stream, lines }) => consume(stream, (chunk) => this.#take(chunk, lines))),
    );
    this.#progress = splitLines((line) => {
      const parsed = parseProgress(line);
      if (parsed) listener.progress(parsed);
    });
    void consume(progress, this.#progress.push);
    this.#streams = [stdout, stderr, progress].filter((stream) => stream !== undefined);
  }

  /**
   * Reads what is left once the command has ended. @param held the open ends as /proc names them.
   * @returns those that another process holds open.
   */
  async end(held: () => readonly string[]): Promise<readonly string[]> {
    // A daemon may hold the pipes open for ever: what it prints later belongs to no stage.
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, DRAIN_MS);
    await Promise.race([this.#drained, timeout.promise]);
    clearTimeout(timer);
    await this.#readBacklog();
    const open = this.#streams.some((stream) => !stream.readableEnded) ? held() : [];
    for (const stream of this.#streams) stream.destroy();
    for (const lines of this.#lines) lines.end();
    this.#progress.end();
    return open;
  }

  /** After a time in which this process was busy, the timeout comes before what was printed has been read. */
  async #readBacklog(): Promise<void> {
    for (let before = -1, turn = 0; before !== this.#received && turn < MOST_TURNS; turn += 1) {
      before = this.#received;
      await nextTurn();
    }
  }

  #take(chunk: Buffer, lines: LineSplitter): void {
    this.#received += chunk.length;
    writeLog(this.#log, chunk);
    lines.push(chunk);
  }
}

function consume(stream: Readable | undefined, push: (chunk: Buffer) => void): Promise<void> {
  if (!stream) return Promise.resolve();
  return new Promise((resolve) => {
    stream.on('data', push);
    for (const event of ['end', 'close', 'error']) stream.once(event, resolve);
  });
}

function writeLog(log: number, chunk: Buffer): void {
  try {
    writeSync(log, chunk);
  } catch (error) {
    // A full disk, a file that may not grow, or a late chunk after the end must not take the stage down with it.
    if (errno(error) === undefined) throw error;
  }
}

export function parseProgress(line: string): StageProgress | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('done' in value) || typeof value.done !== 'number')
      return undefined;
    return value as StageProgress;
  } catch {
    return undefined;
  }
}
