// What a command prints, as it comes.

export type StreamName = 'stdout' | 'stderr' | 'progress';

export interface Printed {
  /** Called once, as soon as the command has started. */
  listen(take: (stream: StreamName, chunk: Buffer) => void): void;
  /**
   * Reads what is left once the command has ended. Where other processes go on with its output, this waits for them a moment.
   * @returns what they hold open, as /proc names it.
   */
  close(): Promise<readonly string[]>;
}

/** Milliseconds to wait for other processes that hold the output of a command open after its end. */
export const DRAIN_MS = 500;
