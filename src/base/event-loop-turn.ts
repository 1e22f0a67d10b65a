// Lets others have a turn of the event loop during long stretches of short synchronous work.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds: shorter than anybody notices, long against the price of a turn. */
const TURN = 12;
let since = performance.now();

/** To be awaited between two pieces of work, where it returns something. */
export function giveTurn(): Promise<void> | undefined {
  if (performance.now() - since < TURN) return undefined;
  return nextTurn().then(() => {
    since = performance.now();
  });
}
