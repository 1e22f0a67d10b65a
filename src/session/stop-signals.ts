// The signals that ask a command to stop, and the exit code after each.
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
