// Runs one stage: prepare, attempt, look at what it wrote, publish.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../disk/crash-point.ts';
import { commandsOf } from '../pipeline/commands/commands.ts';
import { PipeError } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Reason } from '../plan/decision.ts';
import { changesBetween, fieldsOf, type Inputs } from '../plan/fingerprint.ts';
import { keepFolders } from '../plan/folder-memory.ts';
import { gatherInputs } from '../plan/inputs.ts';
import type { Outcome } from '../plan/walk.ts';
import { attempt } from './attempt.ts';
import { folderName, makeJob } from './process/job.ts';
import {
  changedInputsProblem,
  exitProblem,
  missingDepProblem,
  missingParamProblems,
} from './stage-problems.ts';
import { awaitLateOuts } from './late-outs.ts';
import { removeParams, type StageParams } from './process/stage-params.ts';
import { clearOuts, lookAtOuts, publish } from './publish.ts';
import { notePartialOuts } from './partial-outs.ts';
import { alone, fail, savedBy, timed, type StageContext } from './stage-context.ts';

export async function runStage(
  stage: Stage,
  reasons: readonly Reason[],
  inputs: Inputs,
  context: StageContext,
): Promise<Outcome> {
  const { workspace, emit, slots, stop, clock } = context;
  const missing = stage.deps.filter((_, index) => inputs.deps[index]!.content === undefined);
  const problems = [
    ...missing.map((dep) => missingDepProblem(stage, dep, workspace.project.root, workspace.graph)),
    ...missingParamProblems(stage, inputs),
  ];
  if (problems.length > 0) throw new PipeError(problems);
  const slot = await slots.acquire(stage.resources, () => context.priority(stage));
  const started = clock.now();
  let claimed: (() => Promise<void>) | undefined;
  let params: StageParams | undefined;
  /** The command ended well, and its outputs are not recorded. */
  let unrecorded = false;
  try {
    const executor = await context.executor();
    if (context.halted()) {
      emit({ type: 'skipped', stage: stage.address, because: [] });
      return 'skipped';
    }
    const job = makeJob(stage, inputs, {
      project: workspace.project,
      folders: workspace.folders,
      run: context.run,
      env: context.env,
      gpus: slot.gpus,
      stdin: context.stdin,
      time: new Date().toISOString().replaceAll(':', '-'),
    });
    ({ params } = job);
    const before = workspace.locks.entry(stage)?.outs;
    claimed = await context.beside?.claim(stage);
    // DVC leaves such files where they are.
    if (!workspace.rules.keepsVanished) workspace.locks.begin(stage);
    const { exit, tail, cancelled } = await attempt(
      stage,
      job,
      {
        line: (stream, line, more) =>
          emit({ type: 'output', stage: stage.address, stream, line, ...(more && { more }) }),
        progress: (progress) => emit({ type: 'progress', stage: stage.address, progress }),
      },
      () => clearOuts(stage, workspace, savedBy(stage, context)),
      {
        executor,
        clock,
        stop,
        grace: workspace.project.config.grace,
        onFailed: () => notePartialOuts(stage, workspace),
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
      return fail(stage, [exitProblem(stage, exit, tail, workspace.project.stages)], context, {
        seconds,
        exit,
        tail,
        log: job.log,
      });
    }
    unrecorded = true;
    await awaitLateOuts(stage, context);
    const outs = await timed('hash outputs', stage, context, () => lookAtOuts(stage, workspace));
    const settled = await settleInputs(stage, inputs, context);
    if (settled) {
      await timed('store outputs', stage, context, () =>
        alone(context, async () => {
          context.beside?.refuseTracked(stage);
          await publish(stage, settled.inputs, outs, settled.unchanged, workspace, (problem) =>
            emit({ type: 'warning', problem }),
          );
          context.beside?.ignore(stage);
        }),
      );
      unrecorded = false;
      await keepFolders(
        [
          ...outs.map(({ out, content }) => ({ at: out.at, content, as: 'output' as const })),
          ...stage.deps.map(({ at }, index) => ({
            at,
            content: settled.inputs.deps[index]?.content,
            as: 'input' as const,
          })),
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
    if (unrecorded) notePartialOuts(stage, workspace);
    await claimed?.();
    slot.release();
    if (params) removeParams(params);
  }
}

/**
 * Looks once more at what the stage read. Where it changed meanwhile nobody knows which of the two it saw: its result is
 * recorded for neither, so that the next run takes the stage up again. Where the
 * rules say so, dependencies are recorded as they are afterwards: Python writes bytecode into folders of sources.
 * @returns undefined where nothing is to be recorded.
 */
async function settleInputs(
  stage: Stage,
  inputs: Inputs,
  { workspace, emit }: StageContext,
): Promise<{ inputs: Inputs; unchanged: boolean } | undefined> {
  for (const dep of stage.deps) workspace.contents.written(dep.at);
  const after = await gatherInputs(stage, workspace);
  const changes = changesBetween(fieldsOf(inputs), fieldsOf(after));
  if (changes.length === 0) return { inputs, unchanged: true };
  if (workspace.rules.recordsChangedDeps && changes.every(({ kind }) => kind === 'dep'))
    return { inputs: after, unchanged: false };
  emit({
    type: 'warning',
    problem: changedInputsProblem(
      stage,
      changes.map(({ key }) => key.join(': ')),
    ),
  });
  return undefined;
}
