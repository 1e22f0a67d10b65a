// Lets the event loop run during long sequences of short synchronous work.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds: short enough to go unnoticed, and long compared with the cost of a turn. */
const TURN = 12;
let since = performance.now();

/** Call between two pieces of work, and await the result if there is one. */
export function giveTurn(): Promise<void> | undefined {
  if (performance.now() - since < TURN) return undefined;
  return nextTurn().then(() => {
    since = performance.now();
  });
}
