// What a run does about one stage: decide, then nothing, restore, or run and publish. Everything it does is an event.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../cache/fault.ts';
import { storeError } from '../cache/store-problem.ts';
import { PipeError, type Problem } from '../pipeline/problem.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { decide } from '../plan/decide.ts';
import type { Decision, Reason } from '../plan/decision.ts';
import { changesBetween, fieldsOf, type Inputs } from '../plan/field.ts';
import { keepFolders } from '../plan/folder-memory.ts';
import { gatherInputs } from '../plan/inputs.ts';
import { lookupFor } from '../plan/lookup.ts';
import type { Outcome } from '../plan/walk.ts';
import type { Workspace } from '../plan/workspace.ts';
import { attempt } from './attempt.ts';
import type { DvcSide } from './dvc-side.ts';
import type { Emit, Exit, RunEvent } from './event.ts';
import type { Executor } from './executor.ts';
import { commandsOf, folderName, makeJob } from './job.ts';
import {
  changedInputsProblem,
  exitProblem,
  frozenMissingProblem,
  lostProblem,
  missingDepProblem,
  missingParamProblems,
} from './stage-problems.ts';
import { recordFrozen } from './frozen.ts';
import { clearOuts, lookAtOuts, publish, record, restoreOuts } from './publish.ts';
import type { Slots } from './slots.ts';
import type { Clock, StopControl } from './stop.ts';

export interface Visitor {
  readonly workspace: Workspace;
  readonly executor: () => Promise<Executor>;
  readonly slots: Slots;
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Identifies the run. */
  readonly run: string;
  readonly force: boolean;
  readonly stdin: boolean;
  /** Of the scheduler: the higher, the sooner. */
  readonly priority: (stage: Stage) => number;
  /** No further stage is to be started, because one failed or the end was asked for. */
  readonly halted: () => boolean;
  /** In a DVC repository. */
  readonly dvc: DvcSide | undefined;
}

export async function visitStage(
  stage: Stage,
  before: ReadonlyMap<StageAddress, Outcome>,
  visitor: Visitor,
): Promise<Outcome> {
  const { workspace, emit } = visitor;
  const because = [...before]
    .filter(([, outcome]) => outcome === 'failed' || outcome === 'skipped')
    .map(([address]) => address);
  if (because.length > 0 || visitor.halted()) {
    emit({ type: 'skipped', stage: stage.address, because });
    return 'skipped';
  }
  const started = visitor.clock.now();
  try {
    const inputs = await timed('hash inputs', stage, visitor, () => gatherInputs(stage, workspace));
    const asDvc = workspace.project.kind === 'dvc';
    const lookup = lookupFor(stage, workspace);
    const decision = await decide(stage, workspace.locks.entry(stage), inputs, lookup, {
      force: visitor.force,
      asDvc,
    });
    emit({ type: 'decided', time: Date.now(), stage: stage.address, decision });
    return await act(stage, decision, inputs, visitor);
  } catch (thrown) {
    const error = storeError(thrown, `run the stage '${stage.address}'`, workspace.project.root);
    if (!(error instanceof PipeError)) throw error;
    return fail(stage, error.problems, visitor, { seconds: visitor.clock.now() - started });
  }
}

async function act(stage: Stage, decision: Decision, inputs: Inputs, visitor: Visitor): Promise<Outcome> {
  const { workspace, emit } = visitor;
  const time = Date.now();
  switch (decision.kind) {
    case 'fresh':
      emit({ type: 'fresh', time, stage: stage.address });
      return 'fresh';
    case 'frozen':
      return actOnFrozen(stage, decision.reasons, inputs, visitor);
    case 'restore': {
      const started = visitor.clock.now();
      const restored = await alone(visitor, async () => {
        visitor.dvc?.refuseTracked(stage);
        if (!(await restoreOuts(stage, decision.outs, workspace))) return false;
        record(stage, inputs, decision.outs, true, workspace, (problem) =>
          emit({ type: 'warning', problem }),
        );
        visitor.dvc?.ignore(stage);
        return true;
      });
      if (!restored) {
        emit({ type: 'warning', problem: lostProblem(stage) });
        return run(stage, decision.reasons, inputs, visitor);
      }
      emit({
        type: 'restored',
        time: Date.now(),
        stage: stage.address,
        reasons: decision.reasons,
        seconds: visitor.clock.now() - started,
      });
      return 'restored';
    }
    case 'run':
      return run(stage, decision.reasons, inputs, visitor);
    case 'blocked':
      throw new Error(`'${stage.address}' was visited before what it depends on`);
  }
}

/** A frozen stage or a data file never runs; lost outputs come back from the cache, if it has them. */
async function actOnFrozen(
  stage: Stage,
  reasons: readonly Reason[],
  inputs: Inputs,
  visitor: Visitor,
): Promise<Outcome> {
  const { workspace, emit } = visitor;
  const entry = workspace.locks.entry(stage);
  const lost = reasons.every(({ kind }) => kind === 'out-missing' || kind === 'out-not-in-cache');
  if (reasons.length > 0 && entry && lost) {
    if (await alone(visitor, () => restoreOuts(stage, entry.outs, workspace))) {
      emit({ type: 'restored', time: Date.now(), stage: stage.address, reasons, seconds: 0 });
      return 'restored';
    }
  }
  for (const out of stage.outs) {
    if ((await workspace.contents.get(out.at)) === undefined)
      throw new PipeError(frozenMissingProblem(stage, out.path));
  }
  const { dvc } = visitor;
  if (dvc && reasons.length > 0)
    emit({
      type: 'warning',
      problem: await dvc.exclusive(() =>
        recordFrozen(stage, inputs, workspace, dvc, (problem) => emit({ type: 'warning', problem })),
      ),
    });
  emit({ type: 'fresh', time: Date.now(), stage: stage.address });
  return 'fresh';
}

async function run(
  stage: Stage,
  reasons: readonly Reason[],
  inputs: Inputs,
  visitor: Visitor,
): Promise<Outcome> {
  const { workspace, emit, slots, stop, clock } = visitor;
  const missing = stage.deps.filter((_, index) => inputs.deps[index]!.content === undefined);
  const problems = [
    ...missing.map((dep) => missingDepProblem(stage, dep.path)),
    ...missingParamProblems(stage, inputs),
  ];
  if (problems.length > 0) throw new PipeError(problems);
  const slot = await slots.acquire(stage.resources, visitor.priority(stage));
  const started = clock.now();
  let claimed: (() => Promise<void>) | undefined;
  try {
    const executor = await visitor.executor();
    if (visitor.halted()) {
      emit({ type: 'skipped', stage: stage.address, because: [] });
      return 'skipped';
    }
    const job = makeJob(stage, inputs, {
      project: workspace.project,
      folders: workspace.folders,
      run: visitor.run,
      gpus: slot.gpus,
      stdin: visitor.stdin,
      time: new Date().toISOString().replaceAll(':', '-'),
    });
    const before = workspace.locks.entry(stage)?.outs;
    claimed = await visitor.dvc?.claim(stage);
    // DVC leaves such files where they are.
    if (!visitor.dvc) workspace.locks.begin(stage);
    const { exit, tail, cancelled } = await attempt(
      stage,
      job,
      {
        line: (stream, line) => emit({ type: 'output', stage: stage.address, stream, line }),
        progress: (progress) => emit({ type: 'progress', stage: stage.address, progress }),
      },
      () => clearOuts(stage, workspace),
      {
        executor,
        clock,
        stop,
        grace: workspace.project.config.grace,
        onStart: (attempt) =>
          emit({
            type: 'start',
            time: Date.now(),
            stage: stage.address,
            cmd: commandsOf(stage).join(' && '),
            reasons,
            log: job.log,
            attempt,
          }),
      },
    );
    const seconds = clock.now() - started;
    if (cancelled) {
      for (const out of stage.outs) workspace.contents.written(out.at);
      emit({ type: 'skipped', stage: stage.address, because: [] });
      return 'skipped';
    }
    if (exit.kind !== 'code' || exit.code !== 0) {
      for (const out of stage.outs) workspace.contents.written(out.at);
      return fail(stage, [exitProblem(stage, exit)], visitor, { seconds, exit, tail, log: job.log });
    }
    const outs = await timed('hash outputs', stage, visitor, () => lookAtOuts(stage, workspace));
    const settled = await settleInputs(stage, inputs, visitor);
    if (settled) {
      await timed('store outputs', stage, visitor, () =>
        alone(visitor, async () => {
          visitor.dvc?.refuseTracked(stage);
          await publish(stage, settled.inputs, outs, settled.unchanged, workspace, (problem) =>
            emit({ type: 'warning', problem }),
          );
          visitor.dvc?.ignore(stage);
        }),
      );
      await keepFolders(
        [
          ...outs.map(({ out, content }) => ({ at: out.at, content })),
          ...stage.deps.map((dep, index) => ({ at: dep.at, content: settled.inputs.deps[index]?.content })),
        ],
        workspace,
      );
    }
    crashPoint('clear scratch');
    rmSync(join(workspace.folders.scratch, folderName(stage.address)), { recursive: true, force: true });
    const unchanged = outs.every(({ out, content }) =>
      before?.some((old) => old.path === out.path && old.content.digest === content.digest),
    );
    emit({
      type: 'ran',
      time: Date.now(),
      stage: stage.address,
      reasons,
      seconds: clock.now() - started,
      unchanged,
    });
    return 'ran';
  } finally {
    await claimed?.();
    slot.release();
  }
}

/** Shorter work is not worth telling: a run in which everything is fresh has thousands of such pieces. */
const WORTH_TELLING = 0.001;

/** Works for a stage, and tells how long that took. */
async function timed<T>(
  what: Extract<RunEvent, { type: 'work' }>['what'],
  stage: Stage,
  { clock, emit }: Visitor,
  work: () => Promise<T>,
): Promise<T> {
  const started = clock.now();
  const result = await work();
  const seconds = clock.now() - started;
  if (seconds >= WORTH_TELLING) emit({ type: 'work', time: Date.now(), stage: stage.address, what, seconds });
  return result;
}

/** In a DVC repository DVC is kept away meanwhile. */
const alone = <T>({ dvc }: Visitor, work: () => Promise<T>): Promise<T> =>
  dvc ? dvc.exclusive(work) : work();

/**
 * Looks once more at what the stage read. Where it changed meanwhile nobody knows which of the two it saw: its result is
 * recorded for neither, so that the next run takes the stage up again. (DVC records what is there afterwards.)
 * @returns undefined where nothing is to be recorded.
 */
async function settleInputs(
  stage: Stage,
  inputs: Inputs,
  { workspace, emit }: Visitor,
): Promise<{ inputs: Inputs; unchanged: boolean } | undefined> {
  for (const dep of stage.deps) workspace.contents.written(dep.at);
  const after = await gatherInputs(stage, workspace);
  const changes = changesBetween(fieldsOf(inputs), fieldsOf(after));
  if (changes.length === 0) return { inputs, unchanged: true };
  if (workspace.project.kind === 'dvc') return { inputs: after, unchanged: false };
  emit({
    type: 'warning',
    problem: changedInputsProblem(
      stage,
      changes.map(({ key }) => key.join(': ')),
    ),
  });
  return undefined;
}

function fail(
  stage: Stage,
  problems: readonly Problem[],
  visitor: Visitor,
  about: { seconds: number; exit?: Exit; tail?: readonly string[]; log?: string },
): Outcome {
  for (const problem of problems.slice(1)) visitor.emit({ type: 'warning', problem });
  visitor.emit({
    type: 'failed',
    time: Date.now(),
    stage: stage.address,
    problem: problems[0]!,
    seconds: about.seconds,
    tail: about.tail ?? [],
    ...(about.exit && { exit: about.exit }),
    ...(about.log !== undefined && { log: about.log }),
  });
  return 'failed';
}
