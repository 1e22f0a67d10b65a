// A walk over stages as people and programs see it: from the event of its start to that of its end, with what became of the stages.
import type { StageAddress } from '../pipeline/stage.ts';
import type { Outcome } from '../plan/walk.ts';
import type { BesideRun } from './beside-run.ts';
import type { Emit, RunCounts } from './event.ts';
import type { Clock, StopControl } from './schedule/stop.ts';

export interface AnnouncedContext {
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Undefined where no other program works in the repository. */
  readonly beside: BesideRun | undefined;
}

/** @param stages how many the walk has; @param jobs how many may run at once. @returns the counts of outcomes. */
export async function announced(
  stages: number,
  jobs: number,
  { stop, clock, emit, beside }: AnnouncedContext,
  work: () => Promise<ReadonlyMap<StageAddress, Outcome>>,
): Promise<RunCounts> {
  const started = clock.now();
  emit({ type: 'run-start', time: Date.now(), stages, jobs, dry: false });
  // No stage starts while another program writes.
  await beside?.exclusive(() => Promise.resolve());
  const counts = countOutcomes(await work());
  emit({
    type: 'run-end',
    time: Date.now(),
    seconds: clock.now() - started,
    counts,
    ...(stop.signal && { interrupted: stop.signal }),
  });
  return counts;
}

function countOutcomes(outcomes: ReadonlyMap<StageAddress, Outcome>): RunCounts {
  const counts = { fresh: 0, restored: 0, ran: 0, failed: 0, skipped: 0 };
  for (const outcome of outcomes.values()) if (outcome in counts) counts[outcome as keyof typeof counts] += 1;
  return counts;
}
