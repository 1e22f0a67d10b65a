// Timings files: when the training of a model ran, and how long it took. The only outputs that may differ between two equal runs; no
// result depends on them.
import { writeJson } from '../stage/files.ts';
import { startSystemMetrics, type SystemSample } from './system-metrics.ts';

/** Times are milliseconds since 1970. */
export type Timings = {
  readonly started: number;
  readonly ended: number;
  readonly epoch_ends: readonly number[];
  readonly seconds: number;
  readonly seconds_per_epoch: readonly number[];
  /** Training images per second, validation included. */
  readonly images_per_second: number;
  /** At the end of each epoch. */
  readonly system: readonly SystemSample[];
};

export interface Stopwatch {
  readonly started: number;
  /** An epoch is over. @returns the time */
  lap(): number;
  /** @param images trained on per epoch */
  write(path: string, images: number): void;
}

/** Starts counting now. @param backend that trains */
export function startStopwatch(backend: string): Stopwatch {
  const started = Date.now();
  const ends: number[] = [];
  const measure = startSystemMetrics(backend.includes('gpu'));
  const system: SystemSample[] = [];
  return {
    started,
    lap: () => {
      const now = Date.now();
      ends.push(now);
      system.push(measure());
      return now;
    },
    write: (path, images) => {
      const lengths = ends.map((end, at) => (end - (ends[at - 1] ?? started)) / 1000);
      const seconds = lengths.reduce((a, b) => a + b, 0);
      const timings = {
        started,
        ended: ends.at(-1) ?? started,
        epoch_ends: ends,
        seconds: Math.round(seconds * 1000) / 1000,
        seconds_per_epoch: lengths,
        images_per_second: Math.round((images * ends.length) / seconds),
        system,
      } satisfies Timings;
      writeJson(path, timings);
    },
  };
}
