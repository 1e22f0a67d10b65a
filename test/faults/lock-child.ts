// Takes and leaves the run lock again and again, and sometimes dies holding it. Usage: node lock-child.ts FOLDER ROUNDS.
// Prints a dot per round.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireRunLock } from '../../src/session/session.ts';

const [folder, rounds] = [process.argv[2]!, Number(process.argv[3])];
const log = (what: string): void => appendFileSync(join(folder, 'log'), `${what} ${process.pid}\n`);

for (let round = 0; round < rounds; round += 1) {
  const lock = await acquireRunLock({
    folder,
    run: `run-${process.pid}-${round}`,
    wait: true,
    breakLock: false,
    onWait: () => undefined,
    onTakeOver: () => undefined,
    stopped: () => false,
  });
  log('took');
  process.stdout.write('.');
  // What happens to the log happens under the lock too: a death is written before it.
  log('left');
  if (Math.random() < 0.02) process.kill(process.pid, 'SIGKILL');
  lock!.release();
}
