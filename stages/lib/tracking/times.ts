// When a training happened, from its timings file.
import { StageError } from '../stage/fail.ts';
import { readJson } from '../stage/files.ts';
import type { SystemSample } from '../training/system-metrics.ts';

export interface Times {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended: number;
  /** End of each epoch. */
  readonly epoch_ends: readonly number[];
  readonly seconds: number;
  /** At the end of each epoch. */
  readonly system: readonly SystemSample[];
}

/** @throws StageError where the file does not say when */
export function readTimes(path: string): Times {
  const { started, ended, epoch_ends, seconds, system = [] } = readJson(path) as Partial<Times>;
  if (started === undefined || ended === undefined || epoch_ends === undefined || seconds === undefined)
    throw new StageError(`${path} does not say when the training happened; train again`);
  return { started, ended, epoch_ends, seconds, system };
}
