// A whole run, under the run lock of its caller: removes outputs that are no longer declared, walks the stages, and folds
// what they recorded into the lock files.
import { randomUUID } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crashPoint } from '../disk/crash-point.ts';
import { removeEmptyFolder } from '../disk/remove-empty-folder.ts';
import { removeEntries } from '../cache/restore-directory.ts';
import { PipeError } from '../base/problem.ts';
import type { Stage, StageAddress } from '../pipeline/stage.ts';
import { findVanished, type Vanished } from '../plan/vanished.ts';
import { walk, type Outcome, type Visit } from '../plan/walk.ts';
import type { Workspace } from '../plan/workspace.ts';
import { priorities } from './schedule/critical-path.ts';
import { announced } from './announced.ts';
import type { BesideRun } from './beside-run.ts';
import type { Emit, RunCounts } from './event.ts';
import { lastDurations, recallHistory } from './history.ts';
import type { Pull } from './remote/pull.ts';
import { makeSlots, type Capacity } from './schedule/slots.ts';
import type { Clock, StopControl } from './schedule/stop.ts';
import type { Executor } from './process/executor.ts';
import { reportCancelled, type SubmittedJobs } from './process/submitted-jobs.ts';
import { ExecutorStarter, type LoadExecutor } from './process/executor-starter.ts';
import { reproduceStage } from './reproduce-stage.ts';
import { ScratchFolders } from './scratch-folders.ts';
import type { StageContext } from './stage-context.ts';

export interface ReproOptions {
  readonly capacity: Capacity;
  readonly force: boolean;
  readonly keepGoing: boolean;
  readonly failFast: boolean;
  /** Run what depends on a stage that ran, even if its inputs came out as before. */
  readonly forceDownstream: boolean;
  /** Continue as if failed stages had ended well. */
  readonly ignoreErrors: boolean;
}

export interface ReproContext {
  readonly workspace: Workspace;
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Absolute path of the history. */
  readonly history: string;
  /** Called when the first stage is to run. */
  readonly loadExecutor: LoadExecutor;
  readonly run: string;
  /** Learns of the jobs that the run submits. */
  readonly jobs: SubmittedJobs;
  /** Fetches what the cache lacks from a remote; undefined without `--pull`. */
  readonly pull: Pull | undefined;
  /** Undefined where no other program works in the repository. */
  readonly beside: BesideRun | undefined;
}

export const newRunId = (): string => randomUUID();

/**
 * @param stages those selected, in dependency order.
 * @returns the counts of outcomes. @throws PipeError before anything runs; failures of stages are outcomes.
 */
export async function repro(
  stages: readonly Stage[],
  options: ReproOptions,
  context: ReproContext,
): Promise<RunCounts> {
  const { workspace, emit } = context;
  return announced(stages.length, jobsOf(options.capacity), context, async () => {
    const vanished = await findVanished(workspace);
    if (vanished.problems.length > 0) throw new PipeError(vanished.problems);
    await removeVanished(vanished, workspace, emit);
    const outcomes = await walkStages(stages, options, context);
    await foldLocks(context);
    workspace.freshMemory?.keep(
      stages.filter(({ address }) => outcomes.get(address) === 'fresh'),
      vanished.allDeclared,
    );
    return outcomes;
  });
}

async function walkStages(
  stages: readonly Stage[],
  options: ReproOptions,
  context: ReproContext,
): Promise<ReadonlyMap<StageAddress, Outcome>> {
  const { workspace, stop } = context;
  const { keepGoing, failFast, ignoreErrors } = options;
  const { batchJobs = 0 } = options.capacity;
  const starter = new ExecutorStarter({ ...context, batchJobs }, stages);
  const scratch = new ScratchFolders(workspace.folders.scratch);
  let failed = false;
  let refused: unknown;
  const executor = async (stage: Stage): Promise<Executor> => {
    try {
      return await starter.start(stage);
    } catch (error) {
      refused ??= error;
      throw error;
    }
  };
  const stageContext: StageContext = {
    ...context,
    slots: makeSlots(options.capacity),
    scratch,
    executor,
    settleJobs: (stage, inputs) => starter.settle(stage, inputs),
    env: { ...process.env },
    force: options.force,
    forceDownstream: options.forceDownstream,
    ignoreErrors,
    stdin: options.capacity.jobs === 1,
    priority: priorityOf(stages, context),
    halted: () =>
      refused !== undefined || stop.signal !== undefined || (failed && !keepGoing && !ignoreErrors),
  };
  const visit: Visit = async (stage, before, decided) => {
    const outcome = await reproduceStage(stage, before, decided, stageContext);
    if (outcome === 'failed') {
      failed = true;
      if (failFast) stop.cancelRunning();
    }
    return outcome;
  };
  const outcomes = await walk(stages, workspace.graph, visit);
  await starter.close();
  scratch.close();
  reportCancelled(context.jobs, context.emit);
  if (refused !== undefined) throw refused;
  return outcomes;
}

/** How many stages run at a time, on this machine or elsewhere. */
const jobsOf = ({ jobs, batchJobs = 0 }: Capacity): number => Math.max(jobs, batchJobs);

/** Reads the history only when two stages wait for one slot. */
function priorityOf(
  stages: readonly Stage[],
  { workspace, history }: ReproContext,
): (stage: Stage) => number {
  let known: ReadonlyMap<StageAddress, number> | undefined;
  return ({ address }) => {
    known ??= priorities(stages, workspace.graph, lastDurations(recallHistory(history)));
    return known.get(address) ?? 0;
  };
}

/** Moves what this run recorded into the lock files. */
async function foldLocks({ workspace, beside }: ReproContext): Promise<void> {
  const { locks, project, rules } = workspace;
  const fold = (): void => locks.fold(project.overlay, !rules.keepsVanished);
  if (beside) await beside.exclusive(async () => fold());
  else fold();
  beside?.addToGit();
}

async function removeVanished(
  vanished: Vanished,
  { project, contents, hasher }: Workspace,
  emit: Emit,
): Promise<void> {
  for (const { stage, at } of vanished.outs) {
    const path = join(project.root, at);
    crashPoint('remove vanished');
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory())
      removeEntries(path, (await hasher.tree(path, await contents.get(at))).entries, crashPoint);
    else rmSync(path, { force: true });
    for (
      let folder = dirname(path);
      folder.startsWith(`${project.root}/`) && removeEmptyFolder(folder);
      folder = dirname(folder)
    );
    contents.written(at);
    emit({ type: 'vanished', stage, path: at });
  }
}
