// The jobs of batch systems that a run has submitted, for those who end the run or write its history.
import type { BatchExecutor } from '../batch/batch-executor.ts';
import type { Emit } from '../event.ts';

export class SubmittedJobs {
  readonly #executors: BatchExecutor[] = [];

  add(executor: BatchExecutor): void {
    this.#executors.push(executor);
  }

  /** The ids of those that were cancelled, and are gone. */
  cancelled(): readonly string[] {
    return this.#executors.flatMap((executor) => executor.cancelled());
  }

  /** The ids of those that are queued or run now. */
  inFlight(): readonly string[] {
    return this.#executors.flatMap((executor) => executor.inFlight());
  }
}

/** Ids in a message; `pipe history` and the batch system have all. */
const MOST_IDS = 50;

export const listOf = (ids: readonly string[]): string =>
  ids.slice(0, MOST_IDS).join(', ') + (ids.length > MOST_IDS ? `, and ${ids.length - MOST_IDS} more` : '');

/** Says which jobs a run that was ended has cancelled. */
export function reportCancelled(jobs: SubmittedJobs, emit: Emit): void {
  const ids = jobs.cancelled();
  if (ids.length === 0) return;
  emit({
    type: 'warning',
    problem: {
      code: 'jobs-cancelled',
      title: `${ids.length} ${ids.length === 1 ? 'job was' : 'jobs were'} cancelled: ${listOf(ids)}`,
    },
  });
}
