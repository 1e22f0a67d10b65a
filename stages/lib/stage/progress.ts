// Progress of a stage: JSON lines to the file descriptor in `PIPE_PROGRESS_FD`, plain lines without it.
import { writeSync } from 'node:fs';

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted: `epoch`, `MB`, `image`. */
  readonly unit: string;
  readonly note?: string;
}

/** Reports progress that is worth a line. */
export function report(progress: Progress): void {
  const descriptor = progressDescriptor();
  if (descriptor !== null) send(descriptor, progress);
  else {
    const note = progress.note === undefined ? '' : ` · ${progress.note}`;
    say(`${progress.unit} ${progress.done}/${progress.total}${note}`);
  }
}

/** Milliseconds between two reports that are not worth a line. */
const OFTEN = 1000;

/** @returns a function that reports progress in between: to the descriptor only, and not more often than is of use */
export function reportInBetween(): (progress: Progress) => void {
  const descriptor = progressDescriptor();
  // The first one at once: it says that the work has begun.
  let last = -Infinity;
  return (progress) => {
    if (descriptor === null || performance.now() - last < OFTEN) return;
    last = performance.now();
    send(descriptor, progress);
  };
}

function progressDescriptor(): number | null {
  const descriptor = process.env['PIPE_PROGRESS_FD'];
  return descriptor !== undefined && /^\d+$/.test(descriptor) ? Number(descriptor) : null;
}

/** Ignores that the reader of the descriptor is gone: the stage goes on. */
function send(descriptor: number, progress: Progress): void {
  try {
    writeSync(descriptor, `${JSON.stringify(progress)}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'EAGAIN' && code !== 'EBADF') throw error;
  }
}

/** One line for the log of the stage. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
