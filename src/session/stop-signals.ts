// The signals that ask a command to stop, and the exit code after each.
import { isCopying, waitForCopies } from '../disk/unfinished.ts';
import type { StopSignal } from '../run/schedule/stop.ts';

export const EXIT_CODES: { readonly [signal in StopSignal]: number } = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** @returns a function that removes the listener. */
export function listenForSignals(listen: (signal: StopSignal) => void): () => void {
  const listeners = (Object.keys(EXIT_CODES) as StopSignal[]).map(
    (signal) => [signal, () => listen(signal)] as const,
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** A signal ends the program while `work` goes on, at the next turn of the event loop: locks are released, and unfinished files removed. */
export async function endedBySignals<T>(work: () => Promise<T>): Promise<T> {
  const ignoreSignals = listenForSignals(endBy);
  try {
    return await work();
  } finally {
    ignoreSignals();
  }
}

let uninterrupted = 0;

/** A signal during `work` changes nothing: for short work that is done as a whole, and after which the program ends. */
export async function withoutInterruption<T>(work: () => Promise<T>): Promise<T> {
  uninterrupted += 1;
  try {
    return await work();
  } finally {
    uninterrupted -= 1;
  }
}

function endBy(signal: StopSignal): void {
  if (uninterrupted > 0) return;
  if (isCopying()) {
    waitForCopies();
    process.once('exit', () => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  process.exit(EXIT_CODES[signal]);
}
