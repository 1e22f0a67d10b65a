// Runs one stage: waits for a slot, runs its command, and publishes what the command wrote.
import { existsSync } from 'node:fs';
import { commandsOf } from '../pipeline/commands/commands.ts';
import { PipeError } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { lockedPath, type LockedPath } from '../lock/lock-entry.ts';
import type { Reason } from '../plan/decision.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import { keepsBytes } from '../plan/reusable.ts';
import type { Outcome } from '../plan/walk.ts';
import { attempt, type Attempted } from './attempt.ts';
import { executorOf, jobShare, makeJob } from './process/job.ts';
import { exitProblem, missingDepProblems, missingParamProblems } from './stage-problems.ts';
import type { Executor, Job, JobListener } from './process/executor.ts';
import { clearOuts } from './publish.ts';
import { notePartialOuts } from './partial-outs.ts';
import { publishResult } from './publish-result.ts';
import type { Slot } from './schedule/slots.ts';
import { fail, savedBy, type StageContext } from './stage-context.ts';

/** What is to be run, and why. */
interface StageRun {
  readonly stage: Stage;
  readonly reasons: readonly Reason[];
  readonly inputs: Inputs;
  readonly context: StageContext;
}

/** @throws PipeError for missing inputs, and where the outputs cannot be published. */
export async function runStage(
  stage: Stage,
  reasons: readonly Reason[],
  inputs: Inputs,
  context: StageContext,
): Promise<Outcome> {
  refuseMissingInputs(stage, inputs, context);
  const share = jobShare(stage, context.workspace.project);
  const slot = await context.slots.acquire(stage.resources, () => context.priority(stage), share);
  // Another stage may run while this one waits for its flush, and be flushed with it. Not with one job, where stages follow each other.
  const keepsSlot = context.slots.isOne || share > 0;
  const stored = (): boolean => {
    slot.release();
    return context.slots.hasWaiting;
  };
  try {
    return await runInSlot(
      { stage, reasons, inputs, context: keepsSlot ? context : { ...context, stored } },
      slot,
    );
  } finally {
    slot.release();
  }
}

function refuseMissingInputs(stage: Stage, inputs: Inputs, { workspace }: StageContext): void {
  const { project, graph } = workspace;
  const missing = stage.deps.filter((_, index) => inputs.deps[index]!.content === undefined);
  const problems = [
    ...missingDepProblems(stage, missing, project.root, graph),
    ...missingParamProblems(stage, inputs),
  ];
  if (problems.length > 0) throw new PipeError(problems);
}

async function runInSlot(run: StageRun, slot: Slot): Promise<Outcome> {
  const { stage, context } = run;
  let executor: Executor;
  try {
    executor = await context.executor(stage);
  } catch (error) {
    // The whole run is refused, and says so.
    if (context.halted()) return skip(run);
    throw error;
  }
  if (context.halted()) return skip(run);
  const place = await context.enter?.(stage);
  if (!place) return runInPlace(run, slot, executor);
  try {
    const { workspace, ended } = place;
    return await runInPlace({ ...run, context: { ...context, workspace, ended } }, slot, executor);
  } finally {
    place.leave();
  }
}

async function runInPlace(run: StageRun, slot: Slot, executor: Executor): Promise<Outcome> {
  const { stage, context } = run;
  const { workspace } = context;
  const started = context.clock.now();
  const job = jobOf(run, slot);
  let release: (() => Promise<void>) | undefined;
  try {
    const before = workspace.locks.entry(stage)?.outs;
    release = await context.beside?.claim(stage);
    // DVC leaves such files where they are.
    if (!workspace.rules.keepsVanished) workspace.locks.begin(stage);
    const attempted = await runCommand(run, job, executor);
    try {
      return await settle(run, attempted, { job, before, started });
    } finally {
      // Recorded, or reported: the next run does not have to find the job.
      attempted.forget?.();
    }
  } finally {
    await release?.();
  }
}

function jobOf({ stage, inputs, context }: StageRun, slot: Slot): Job {
  const { workspace, run, env, stdin } = context;
  return makeJob(stage, inputs, {
    project: workspace.project,
    folders: workspace.folders,
    run,
    env,
    gpus: slot.gpus,
    stdin,
    batch: executorOf(stage, workspace.project) !== 'local',
    temporary: workspace.isTemporary === true,
    time: new Date().toISOString().replaceAll(':', '-'),
  });
}

function runCommand(run: StageRun, job: Job, executor: Executor): Promise<Attempted> {
  const { stage, reasons, context } = run;
  const { workspace, clock, stop, emit, scratch } = context;
  const cmd = commandsOf(stage).join(' && ');
  return attempt(
    stage,
    job,
    outputListener(stage, context),
    async () => {
      if (stage.outs.some(keepsBytes)) workspace.store.requireWritable();
      await clearOuts(stage, workspace, savedBy(stage, context));
      scratch.make(job.env.own['PIPE_TMP']!);
    },
    {
      executor,
      clock,
      stop,
      grace: workspace.project.config.grace,
      onFailed: () => notePartialOuts(stage, workspace),
      onStart: (attempt) =>
        emit({ type: 'start', time: Date.now(), stage: stage.address, cmd, reasons, log: job.log, attempt }),
    },
  );
}

function outputListener({ address }: Stage, { emit }: StageContext): JobListener {
  return {
    line: (stream, line, more) =>
      emit({ type: 'output', stage: address, stream, line, ...(more && { more }) }),
    progress: (progress) => emit({ type: 'progress', stage: address, progress }),
    state: (state) => emit({ type: 'job', time: Date.now(), stage: address, ...state }),
  };
}

interface Ended {
  readonly job: Job;
  /** The outputs as they were recorded before. */
  readonly before: readonly LockedPath[] | undefined;
  /** Seconds, of the clock. */
  readonly started: number;
}

/** What follows from the end of the command. */
async function settle(
  run: StageRun,
  { exit, tail, cancelled, ran, used }: Attempted,
  { job, before, started }: Ended,
): Promise<Outcome> {
  const { stage, reasons, inputs, context } = run;
  const { workspace, clock, emit } = context;
  // The wait in a queue says nothing about how long the stage takes.
  const spent = (): number => ran?.seconds ?? clock.now() - started;
  const seconds = spent();
  const by = { ...(ran && { job: ran.job }), ...(used && { used }) };
  const failed = exit.kind !== 'code' || exit.code !== 0;
  if (cancelled || failed) for (const out of stage.outs) workspace.contents.written(out.at);
  if (cancelled) return skip(run);
  if (failed) {
    const problem = exitProblem(stage, exit, tail, workspace.project.stages);
    const log = existsSync(job.log) && { log: job.log };
    return fail(stage, [problem], context, { seconds, exit, tail, ...log, ...by });
  }
  context.ended?.();
  const outs = await publishResult(stage, inputs, context);
  context.scratch.clear(job.env.own['PIPE_TMP']!, job.request === undefined);
  const unchanged = outs.every(
    ({ out, content }) => lockedPath(before, out.path)?.content.digest === content.digest,
  );
  emit({
    type: 'ran',
    time: Date.now(),
    stage: stage.address,
    reasons,
    seconds: spent(),
    unchanged,
    ...by,
  });
  return 'ran';
}

function skip({ stage, context }: StageRun): Outcome {
  context.emit({ type: 'skipped', stage: stage.address, because: [] });
  return 'skipped';
}
