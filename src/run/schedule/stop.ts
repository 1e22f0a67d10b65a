// How a run is asked to end early, and how its parts learn of the request.

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Stop {
  /** What asked for the end; undefined while the run goes on. */
  readonly signal: StopSignal | undefined;
  /** Jobs of a batch system go on: the next run continues them. */
  readonly leavesJobs: boolean;
  /** Calls back with `SIGTERM` at the request and with `SIGKILL` after the grace time; at once if that has passed. */
  onCancel(cancel: (signal: 'SIGTERM' | 'SIGKILL') => void): () => void;
}

export interface StopControl extends Stop {
  /** Asks for the end; a second request ends everything at once. */
  request(signal: StopSignal, leavesJobs?: boolean): void;
  /** Ends what runs now without a request: another stage failed and `--fail-fast` was given. */
  cancelRunning(): void;
}

export interface Clock {
  /** Seconds; never goes back. */
  now(): number;
  /** Calls back once after that many seconds. @returns how to cancel that. */
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
  let leaves = false;
  let sent: 'SIGTERM' | 'SIGKILL' | undefined;
  let endGrace: (() => void) | undefined;
  const send = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (sent === 'SIGKILL' || sent === signal) return;
    sent = signal;
    for (const cancel of cancels) cancel(signal);
  };
  const settleGrace = (): void => {
    // A timer without anything to cancel would only keep the process alive.
    if (sent === 'SIGTERM' && cancels.size > 0) endGrace ??= clock.after(grace, () => send('SIGKILL'));
    else {
      endGrace?.();
      endGrace = undefined;
    }
  };
  const cancelRunning = (): void => {
    send('SIGTERM');
    settleGrace();
  };
  return {
    get signal() {
      return asked;
    },
    get leavesJobs() {
      return leaves;
    },
    onCancel(cancel) {
      cancels.add(cancel);
      if (sent) cancel(sent);
      settleGrace();
      return () => {
        cancels.delete(cancel);
        settleGrace();
      };
    },
    request(signal, leavesJobs = false) {
      if (asked) return send('SIGKILL');
      asked = signal;
      leaves = leavesJobs;
      cancelRunning();
    },
    cancelRunning,
  };
}
