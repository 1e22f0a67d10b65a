// How a stage says how far it is: JSON lines to the file descriptor that `PIPE_PROGRESS_FD` names, plain lines without it.
import { writeSync } from 'node:fs';

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted: `epoch`, `MB`, `image`. */
  readonly unit: string;
  readonly note?: string;
}

/** Reports progress; the reader of the descriptor may be gone, which is none of the stage's business. */
export function report(progress: Progress): void {
  const descriptor = process.env['PIPE_PROGRESS_FD'];
  if (descriptor === undefined || !/^\d+$/.test(descriptor)) {
    const note = progress.note === undefined ? '' : ` · ${progress.note}`;
    say(`${progress.unit} ${progress.done}/${progress.total}${note}`);
    return;
  }
  try {
    writeSync(Number(descriptor), `${JSON.stringify(progress)}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'EAGAIN' && code !== 'EBADF') throw error;
  }
}

/** One line for the log of the stage. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
