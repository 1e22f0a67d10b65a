// What happens when our output cannot be written any more: `| head` closed it, the terminal was closed, or the disk is full.
import { errno } from '../base/problem.ts';

let continues = false;

/** From now on the work continues without a reader, and the exit code reports the result. */
export function outliveReader(): void {
  continues = true;
}

/** Ends a command that only prints when its reader ends, which is no failure. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!continues) process.exit(errno(error) === 'EPIPE' ? 0 : 1);
    });
  }
}
