// Takes what one command prints: into the log of its stage, and line by line to a listener.
import type { StageProgress } from '../event.ts';
import type { JobListener } from './executor.ts';
import { splitLines, type LineSplitter } from './line-splitter.ts';
import type { Printed, StreamName } from './printed.ts';
import type { StageLog } from './stage-logs.ts';

export class CommandOutput {
  readonly #printed: Printed;
  readonly #listener: JobListener;
  /** Most commands print nothing. */
  readonly #lines: { [stream in StreamName]?: LineSplitter } = {};

  constructor(printed: Printed, log: StageLog, listener: JobListener) {
    this.#printed = printed;
    this.#listener = listener;
    printed.listen((stream, chunk) => {
      if (stream !== 'progress') log.write(chunk);
      (this.#lines[stream] ??= this.#splitter(stream)).push(chunk);
    });
  }

  /** Reads what is left once the command has ended. @returns what another process holds open, as /proc names it. */
  async end(): Promise<readonly string[]> {
    const held = await this.#printed.close();
    for (const stream of ['stdout', 'stderr', 'progress'] as const) this.#lines[stream]?.end();
    return held;
  }

  #splitter(stream: StreamName): LineSplitter {
    if (stream !== 'progress') return splitLines((line, more) => this.#listener.line(stream, line, more));
    return splitLines((line) => {
      const parsed = parseProgress(line);
      if (parsed) this.#listener.progress(parsed);
    });
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
