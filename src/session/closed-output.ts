// What happens when our output cannot be written any more: `| head` has seen enough, the terminal was closed, the disk that
// it goes to is full.
import { errno } from '../base/problem.ts';

let goOn = false;

/** From now on the work goes on without a reader, and the exit code tells how it ended. */
export function outliveReader(): void {
  goOn = true;
}

/** A command that only prints is done when nobody reads; that is no failure. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!goOn) process.exit(errno(error) === 'EPIPE' ? 0 : 1);
    });
  }
}
