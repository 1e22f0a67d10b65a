// How a run is told to end early, and how everything in it learns of that.

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Stop {
  /** What asked for the end; undefined while the run goes on. */
  readonly signal: StopSignal | undefined;
  /** Called with `SIGTERM` when the end is asked for and with `SIGKILL` when patience is over; at once if that is past. */
  onCancel(cancel: (signal: 'SIGTERM' | 'SIGKILL') => void): () => void;
}

export interface StopControl extends Stop {
  /** Asks for the end; a second time ends everything at once. */
  request(signal: StopSignal): void;
  /** Ends what runs now, although nobody asked for it: another stage failed and `--fail-fast` was given. */
  cancelRunning(): void;
}

export interface Clock {
  /** Seconds; never goes back. */
  now(): number;
  /** Calls back once after that many seconds. @returns a function that calls it off. */
  after(seconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  after(seconds, callback) {
    const timer = setTimeout(callback, seconds * 1000);
    return () => clearTimeout(timer);
  },
};

/** @param grace seconds between SIGTERM and SIGKILL. */
export function makeStop(grace: number, clock: Clock): StopControl {
  const cancels = new Set<(signal: 'SIGTERM' | 'SIGKILL') => void>();
  let asked: StopSignal | undefined;
  let sent: 'SIGTERM' | 'SIGKILL' | undefined;
  let patience: (() => void) | undefined;
  const send = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (sent === 'SIGKILL' || sent === signal) return;
    sent = signal;
    for (const cancel of cancels) cancel(signal);
  };
  const settlePatience = (): void => {
    // With nobody left to wait for, a timer would only keep us from ending.
    if (sent === 'SIGTERM' && cancels.size > 0) patience ??= clock.after(grace, () => send('SIGKILL'));
    else {
      patience?.();
      patience = undefined;
    }
  };
  const cancelRunning = (): void => {
    send('SIGTERM');
    settlePatience();
  };
  return {
    get signal() {
      return asked;
    },
    onCancel(cancel) {
      cancels.add(cancel);
      if (sent) cancel(sent);
      settlePatience();
      return () => {
        cancels.delete(cancel);
        settlePatience();
      };
    },
    request(signal) {
      if (asked) return send('SIGKILL');
      asked = signal;
      cancelRunning();
    },
    cancelRunning,
  };
}
