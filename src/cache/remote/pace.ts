// Watches how fast bytes come or go: a connection that moves next to nothing counts as lost, however alive it looks.

/** The least that a connection has to move. */
export interface Pace {
  /** Bytes per second, on average over a window; 0 asks only for a byte in each window. */
  readonly bytes: number;
  /** Length of a window in seconds. */
  readonly seconds: number;
}

/** What a question is given that can stay open: a server is asked once, and waited for as long as it says nothing. */
export const QUICK: Pace = { bytes: 0, seconds: 4 };

/** What git would call slow, too. */
const DEFAULT: Pace = { bytes: 1024, seconds: 30 };

/** @param rate as `PIPE_REMOTE_MIN_RATE` has it: bytes per second. */
export function paceFrom(rate: string | undefined): Pace {
  return rate !== undefined && /^\d+$/.test(rate) ? { ...DEFAULT, bytes: Number(rate) } : DEFAULT;
}

export interface PaceWatch {
  /** The other end is waited for from here on. */
  wait(): void;
  /** So many bytes moved. The time until the next `wait` is ours. */
  moved(bytes: number): void;
  end(): void;
}

/** @param onSlow called once, with the reason, when a whole window of waiting moved too little. */
export function watchPace({ bytes, seconds }: Pace, onSlow: (reason: string) => void): PaceWatch {
  const window = seconds * 1000;
  let left = window;
  let moved = 0;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;

  const stop = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left -= Math.min(left, performance.now() - since);
  };
  const start = (): void => {
    since = performance.now();
    timer = setTimeout(judge, left);
  };
  function judge(): void {
    timer = undefined;
    if (moved === 0) return onSlow(`silent for ${seconds} s`);
    if (moved < bytes * seconds) return onSlow(`only ${moved} bytes in ${seconds} s`);
    left = window;
    moved = 0;
    start();
  }
  return {
    wait() {
      stop();
      start();
    },
    moved(count) {
      stop();
      moved += count;
    },
    end: stop,
  };
}
