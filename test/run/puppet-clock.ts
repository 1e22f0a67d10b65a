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
      return () => {
        if (due.includes(entry)) due.splice(due.indexOf(entry), 1);
      };
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

/** Half a second after the other, and after each what became due goes as far as it can. */
export async function passInTurns(
  clock: Pick<ReturnType<typeof puppetClock>, 'pass'>,
  seconds: number,
): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 0.5) {
    clock.pass(0.5);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  }
}
