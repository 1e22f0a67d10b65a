// What each stage of a run needs, and how it reports work and failures. Decides nothing.
import { type Problem } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import type { Outcome } from '../plan/walk.ts';
import type { Workspace } from '../plan/workspace.ts';
import type { BesideRun } from './beside-run.ts';
import type { Emit, Exit, JobRecord, RunEvent, Usage } from './event.ts';
import type { Executor } from './process/executor.ts';
import type { Pull } from './remote/pull.ts';
import { savedOf, type Replaced } from './save-unmade.ts';
import type { ScratchFolders } from './scratch-folders.ts';
import type { Slots } from './schedule/slots.ts';
import type { Clock, StopControl } from './schedule/stop.ts';

export interface StageContext {
  readonly workspace: Workspace;
  /** @throws PipeError, or ends the run, where stages ask for what can never be. */
  readonly executor: (stage: Stage) => Promise<Executor>;
  /** Ends jobs that an earlier run submitted for the stage and that are of no use to it now. @param inputs if it is to run. */
  readonly settleJobs: (stage: Stage, inputs: Inputs | undefined) => Promise<void>;
  readonly slots: Slots;
  readonly scratch: ScratchFolders;
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Identifies the run. */
  readonly run: string;
  /** What stages inherit. */
  readonly env: NodeJS.ProcessEnv;
  readonly force: boolean;
  readonly forceDownstream: boolean;
  readonly ignoreErrors: boolean;
  readonly stdin: boolean;
  /** Of the scheduler: the higher, the sooner. */
  readonly priority: (stage: Stage) => number;
  /** No further stage starts, because one failed or the run was asked to end. */
  readonly halted: () => boolean;
  /** Fetches what the cache lacks from a remote; undefined without `--pull`. */
  readonly pull: Pull | undefined;
  /** Undefined where no other program works in the repository. */
  readonly beside: BesideRun | undefined;
  /** Prepares the folder in which a stage runs, once it has a slot; absent: the workspace. */
  readonly enter?: (stage: Stage) => Promise<StagePlace>;
  /** Called when a command ended well, before its outputs are looked at. */
  readonly ended?: () => void;
  /** Called when its outputs are stored and only wait to be flushed. @returns whether other stages end in a moment. */
  readonly stored?: () => boolean;
}

/** A folder in which one stage runs. */
export interface StagePlace {
  readonly workspace: Workspace;
  readonly ended: () => void;
  /** The stage is recorded, or failed. */
  leave(): void;
}

/** Seconds. Shorter work is not reported: a run in which everything is fresh has thousands of such pieces. */
const SHORTEST_REPORTED = 0.001;

/** Works for a stage, and reports how long that took. */
export async function timed<T>(
  what: Extract<RunEvent, { type: 'work' }>['what'],
  stage: Stage,
  { clock, emit }: StageContext,
  work: () => Promise<T>,
): Promise<T> {
  const started = clock.now();
  const result = await work();
  const seconds = clock.now() - started;
  if (seconds >= SHORTEST_REPORTED)
    emit({ type: 'work', time: Date.now(), stage: stage.address, what, seconds });
  return result;
}

/** Works while no other program writes. */
export const alone = <T>({ beside }: StageContext, work: () => Promise<T>): Promise<T> =>
  beside ? beside.exclusive(work) : work();

/** Reports what was saved before the stage replaced it. */
export const savedBy =
  (stage: Stage, { emit }: StageContext) =>
  (replaced: Replaced): void =>
    emit({ type: 'saved', stage: stage.address, ...savedOf(replaced) });

/** Reports a failure. @returns the outcome. */
export function fail(
  stage: Stage,
  problems: readonly Problem[],
  context: StageContext,
  about: {
    seconds: number;
    exit?: Exit;
    tail?: readonly string[];
    log?: string;
    job?: JobRecord;
    used?: Usage;
  },
): Outcome {
  for (const problem of problems.slice(1)) context.emit({ type: 'warning', problem });
  context.emit({
    type: 'failed',
    time: Date.now(),
    stage: stage.address,
    problem: problems[0]!,
    seconds: about.seconds,
    tail: about.tail ?? [],
    ...(about.exit && { exit: about.exit }),
    ...(about.log !== undefined && { log: about.log }),
    ...(about.job && { job: about.job }),
    ...(about.used && { used: about.used }),
  });
  return 'failed';
}
