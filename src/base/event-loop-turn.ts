// Lets the event loop run during long sequences of short synchronous work.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds: short enough to go unnoticed, and long compared with the cost of a turn. */
const TURN = 12;
// The clock of the process: `performance` is loaded when it is first named, which takes longer than a turn.
const now = (): number => process.uptime() * 1000;
let since = now();

/** Call between two pieces of work, and await the result if there is one. */
export function giveTurn(): Promise<void> | undefined {
  if (now() - since < TURN) return undefined;
  return nextTurn().then(() => {
    since = now();
  });
}
