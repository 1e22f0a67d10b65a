// A whole run: takes the lock, tidies up after what is no longer declared, walks the stages, and closes the books.
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
import type { BesideRun } from './beside-run.ts';
import type { Emit, RunCounts } from './event.ts';
import type { Executor } from './process/executor.ts';
import { lastDurations, recallHistory } from './history.ts';
import { endOrphans, findEscaped, type HeldOutput } from './process/orphans.ts';
import type { Pull } from './remote/pull.ts';
import { makeSlots, type Capacity } from './schedule/slots.ts';
import type { Clock, StopControl } from './schedule/stop.ts';
import { startSupervisor, type Supervisor } from './process/supervisor.ts';
import { reproduceStage } from './reproduce-stage.ts';

export interface ReproOptions {
  readonly capacity: Capacity;
  readonly force: boolean;
  readonly keepGoing: boolean;
  readonly failFast: boolean;
  /** Run what depends on a stage that ran, even if its inputs came out as before. */
  readonly forceDownstream: boolean;
  /** Go on as if failed stages had ended well. */
  readonly ignoreErrors: boolean;
}

export interface ReproContext {
  readonly workspace: Workspace;
  readonly stop: StopControl;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Absolute path of the history. */
  readonly history: string;
  /** Loads what makes the executor: called when the first stage is to run. */
  readonly loadExecutor: () => Promise<
    (supervisor: Supervisor, onHeld: (held: HeldOutput) => void) => Executor
  >;
  readonly run: string;
  /** Asks a remote for what the cache lacks; undefined where none is to be asked. */
  readonly pull: Pull | undefined;
  /** Undefined where no other program works in the repository. */
  readonly beside: BesideRun | undefined;
}

export const newRunId = (): string => randomUUID();

/**
 * @param stages those selected, in dependency order.
 * @returns what became of each stage. @throws PipeError before anything runs; failures of stages are outcomes.
 */
export async function repro(
  stages: readonly Stage[],
  options: ReproOptions,
  context: ReproContext,
): Promise<RunCounts> {
  const { workspace, stop, clock, emit } = context;
  const started = clock.now();
  emit({
    type: 'run-start',
    time: Date.now(),
    stages: stages.length,
    jobs: options.capacity.jobs,
    dry: false,
  });
  // No stage starts while another program writes.
  await context.beside?.exclusive(() => Promise.resolve());
  const vanished = await findVanished(workspace);
  if (vanished.problems.length > 0) throw new PipeError(vanished.problems);
  await removeVanished(vanished, workspace, emit);

  let failed = false;
  let supervisor: Supervisor | undefined;
  const held: HeldOutput[] = [];
  let executor: Promise<Executor> | undefined;
  let urgency: ReadonlyMap<StageAddress, number> | undefined;
  const start = (): Promise<Executor> =>
    (executor ??= context
      .loadExecutor()
      .then((make) => make((supervisor = startSupervisor(context.run)), (one) => held.push(one))));
  const stageContext = {
    ...context,
    slots: makeSlots(options.capacity),
    executor: start,
    env: { ...process.env },
    force: options.force,
    forceDownstream: options.forceDownstream,
    ignoreErrors: options.ignoreErrors,
    stdin: options.capacity.jobs === 1,
    priority: (stage: Stage) =>
      (urgency ??= priorities(stages, workspace.graph, lastDurations(recallHistory(context.history)))).get(
        stage.address,
      ) ?? 0,
    halted: () => stop.signal !== undefined || (failed && !options.keepGoing && !options.ignoreErrors),
  };
  const visit: Visit = async (stage, before, decided) => {
    const outcome = await reproduceStage(stage, before, decided, stageContext);
    if (outcome === 'failed') {
      failed = true;
      if (options.failFast) stop.cancelRunning();
    }
    return outcome;
  };
  const outcomes = await walk(stages, workspace.graph, visit);
  if (supervisor) {
    await endLeftovers(context);
    reportEscaped(held, context);
  }
  supervisor?.close();

  const { beside } = context;
  const fold = (): void => workspace.locks.fold(workspace.project.overlay, !workspace.rules.keepsVanished);
  if (beside) await beside.exclusive(async () => fold());
  else fold();
  beside?.addToGit();
  const counts = count(outcomes);
  emit({
    type: 'run-end',
    time: Date.now(),
    seconds: clock.now() - started,
    counts,
    ...(stop.signal && { interrupted: stop.signal }),
  });
  return counts;
}

/** What stages started and left running, in groups of their own, would write into results that are recorded by now. */
async function endLeftovers({ run, emit }: ReproContext): Promise<void> {
  const ended = await endOrphans(run);
  if (ended === 0) return;
  emit({
    type: 'warning',
    problem: {
      code: 'processes-left',
      title: `${ended} ${ended === 1 ? 'process' : 'processes'} that stages left running ${ended === 1 ? 'was' : 'were'} ended`,
      hint: 'start what is to outlive a run by itself, outside of the pipeline',
    },
  });
}

/** What hides is not ended: who takes such pains may mean it. */
function reportEscaped(held: readonly HeldOutput[], { emit }: ReproContext): void {
  for (const [stage, found] of Map.groupBy(findEscaped(held), (one) => one.stage)) {
    const one = found.length === 1;
    emit({
      type: 'warning',
      problem: {
        code: 'process-escaped',
        title: `'${stage}' started ${one ? 'a process' : 'processes'} that left its group and environment and still ${one ? 'runs' : 'run'}`,
        facts: found.map(({ pid, command }) => [`process ${pid}`, command]),
        hint: `it may write into results that are recorded already; to end it: kill ${found.map(({ pid }) => pid).join(' ')}`,
      },
    });
  }
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

function count(outcomes: ReadonlyMap<StageAddress, Outcome>): RunCounts {
  const counts = { fresh: 0, restored: 0, ran: 0, failed: 0, skipped: 0 };
  for (const outcome of outcomes.values()) if (outcome in counts) counts[outcome as keyof typeof counts] += 1;
  return counts;
}
