// The speed of a transfer, and how long it has been idle.

export interface TransferRate {
  /** @param bytes in all, until now; @param objects that are done. */
  note(bytes: number, objects: number): void;
  /** Bytes per second, over the last seconds. */
  rate(): number;
  /** Objects per second, over the last seconds. */
  objectRate(): number;
  /** Seconds since either of them last changed. */
  idle(): number;
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
  readonly objects: number;
}

/** Seconds that the rate is taken over. */
const SPAN = 5;

/** @param now seconds on any clock that only goes forward. */
export function makeTransferRate(now: () => number): TransferRate {
  let samples: Sample[] = [{ time: now(), bytes: 0, objects: 0 }];
  let moved = now();
  let done = 0;
  return {
    note(bytes, objects) {
      const time = now();
      if (bytes !== samples.at(-1)!.bytes || objects !== done) moved = time;
      done = objects;
      // The last one before the span stays, to measure from.
      const first = samples.findLastIndex((sample) => sample.time <= time - SPAN);
      samples = [...samples.slice(Math.max(0, first)), { time, bytes, objects }];
    },
    rate: () => perSecond('bytes'),
    objectRate: () => perSecond('objects'),
    idle: () => now() - moved,
  };

  function perSecond(what: 'bytes' | 'objects'): number {
    const first = samples[0]!;
    const seconds = now() - first.time;
    return seconds > 0 ? Math.max(0, samples.at(-1)![what] - first[what]) / seconds : 0;
  }
}
