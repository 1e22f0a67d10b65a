// How much V8 optimises. The command starts with flags for short runs (bin/engine-flags.js); long work on many things is faster, by a
// fifth of its processor time, with those that V8 has by itself. Only its last compiler stays rare: in work of some seconds, what that
// compiler takes is more than what its code saves.
import { setV8Flag } from './v8-flags.ts';

/** By name: the value for short runs, and V8's own. */
const FLAGS: readonly (readonly [name: string, short: number, own: number])[] = [
  ['invocation-count-for-maglev', 5000, 400],
  ['invocation-count-for-maglev-osr', 5000, 100],
  ['invocation-count-for-osr', 5000, 500],
  ['heap-growing-percent', 100, 0],
];

let running = 0;

/** Runs long work. Afterwards the flags are as before: code is kept for the flags that it was compiled with. */
export async function optimised<T>(work: () => Promise<T>): Promise<T> {
  running += 1;
  if (running === 1) set((_short, own) => own);
  try {
    return await work();
  } finally {
    running -= 1;
    if (running === 0) set((short) => short);
  }
}

function set(choose: (short: number, own: number) => number): void {
  for (const [name, short, own] of FLAGS) setV8Flag(name, choose(short, own));
}
