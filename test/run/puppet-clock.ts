// Time for tests: it passes when they say so.
import type { Clock } from '../../src/run/run.ts';

/** A clock that moves when the test says so. */
export function puppetClock(): Clock & { pass(seconds: number): void; readonly waiting: number } {
  let time = 0;
  const due: { at: number; callback: () => void }[] = [];
  return {
    now: () => time,
    after(seconds, callback) {
      const entry = { at: time + seconds, callback };
      due.push(entry);
      return () => void due.splice(due.indexOf(entry), 1);
    },
    get waiting() {
      return due.length;
    },
    pass(seconds) {
      time += seconds;
      for (const entry of due.filter(({ at }) => at <= time)) {
        due.splice(due.indexOf(entry), 1);
        entry.callback();
      }
    },
  };
}
