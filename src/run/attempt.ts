// Runs a stage's job until it ends well, has failed as often as `retry` allows, or is cancelled.
import type { Retry, Stage } from '../pipeline/stage.ts';
import type { Exit, JobRecord, Usage } from './event.ts';
import type { Execution, Executor, Job, JobListener } from './process/executor.ts';
import type { Clock, Stop } from './schedule/stop.ts';

export interface Attempted {
  readonly exit: Exit;
  readonly tail: readonly string[];
  /** The run cancelled it, so a failure is not the stage's own. */
  readonly cancelled: boolean;
  /** Of a job of a batch system: who ran it, and for how many seconds. */
  readonly ran?: { readonly job: JobRecord; readonly seconds?: number };
  /** Of a job on this machine, where the system says it. */
  readonly used?: Usage;
  /** To be called once what became of the attempt is recorded. */
  readonly forget?: () => void;
}

export interface AttemptContext {
  readonly executor: Executor;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly grace: number;
  /** Called before each attempt, counted from 1. */
  readonly onStart: (attempt: number) => void;
  /** Called after each attempt that did not end well. */
  readonly onFailed: () => void;
}

/** @param prepare makes the workspace ready for an attempt. */
export async function attempt(
  stage: Stage,
  job: Job,
  listener: JobListener,
  prepare: () => Promise<void>,
  context: AttemptContext,
): Promise<Attempted> {
  const retry: Retry = stage.retry ?? { times: 0, delay: 0, backoff: 1 };
  let lost = 0;
  for (let count = 1; ; count += 1) {
    const execution = (count === 1 && context.executor.attach?.(job, listener)) || undefined;
    if (!execution) await prepare();
    context.onStart(count);
    const result = await runOnce(stage, execution ?? context.executor.submit(job, listener), context);
    const failed = result.exit.kind !== 'code' || result.exit.code !== 0;
    if (!failed && !result.cancelled) return result;
    context.onFailed();
    if (result.cancelled) return result;
    if (isLost(result.exit) && lost < MOST_LOST) lost += 1;
    else if (count - lost > retry.times) return result;
    result.forget?.();
    if (!(await pause(retry.delay * retry.backoff ** (count - 1), context)))
      return { ...result, cancelled: true };
  }
}

/** So often a stage runs again whose machine was lost: it is no failure of the stage, so `retry` does not count it. */
const MOST_LOST = 3;

const isLost = (exit: Exit): boolean =>
  exit.kind === 'batch' && (exit.cause === 'node-failure' || exit.cause === 'preempted');

async function runOnce(
  stage: Stage,
  execution: Execution,
  { executor, clock, stop, grace }: AttemptContext,
): Promise<Attempted> {
  let cancelled = false;
  let timedOut = false;
  const forget = stop.onCancel((signal) => {
    cancelled = true;
    execution.cancel(signal);
  });
  const callOff: (() => void)[] = [];
  if (stage.timeout !== null && !executor.keepsTime) {
    callOff.push(
      clock.after(stage.timeout, () => {
        timedOut = true;
        execution.cancel('SIGTERM');
        callOff.push(clock.after(grace, () => execution.cancel('SIGKILL')));
      }),
    );
  }
  const exit = await execution.exit;
  forget();
  for (const off of callOff) off();
  return {
    exit: timedOut ? { kind: 'timeout', seconds: stage.timeout! } : exit,
    tail: execution.tail(),
    cancelled,
    ...ranOf(execution),
  };
}

function ranOf(execution: Execution): Pick<Attempted, 'ran' | 'used' | 'forget'> {
  const ran = execution.ran?.();
  const used = execution.used?.();
  return {
    ...(ran && { ran }),
    ...(used && { used }),
    ...(execution.forget && { forget: () => execution.forget!() }),
  };
}

/** @returns false when the run was cancelled meanwhile. */
function pause(seconds: number, { clock, stop }: AttemptContext): Promise<boolean> {
  return new Promise((resolve) => {
    let off = (): void => {};
    let forget = (): void => {};
    let over = false;
    const end = (whole: boolean): void => {
      over = true;
      off();
      forget();
      resolve(whole);
    };
    forget = stop.onCancel(() => end(false));
    if (over) forget();
    else off = clock.after(seconds, () => end(true));
  });
}
