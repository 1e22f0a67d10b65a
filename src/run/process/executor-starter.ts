// Starts executors when the first stage runs: the one of this machine, and those of batch systems. Handles the processes and jobs that
// stages and earlier runs left behind.
import { join } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { fingerprintOf, type Inputs } from '../../plan/fingerprint.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { BatchExecutor, WantedJob } from '../batch/batch-executor.ts';
import type { BatchKind } from '../batch/open-batch.ts';
import type { Emit } from '../event.ts';
import type { Clock, Stop } from '../schedule/stop.ts';
import type { Executor } from './executor.ts';
import { executorOf, jobRequest } from './job.ts';
import { hasJobs } from './left-jobs.ts';
import { endOrphans, findEscaped, type HeldOutput } from './orphans.ts';
import type { SubmittedJobs } from './submitted-jobs.ts';

/** Loads the module of an executor. @returns how to make one. */
export type LoadExecutor = () => Promise<
  (run: string, state: string, onHeld: (held: HeldOutput) => void) => Executor
>;

export interface StarterContext {
  readonly loadExecutor: LoadExecutor;
  /** Identifies the run. */
  readonly run: string;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly workspace: Pick<Workspace, 'project' | 'folders'>;
  /** How many jobs of a batch system are queued or run at a time. */
  readonly batchJobs: number;
  /** Learns of executors of batch systems. */
  readonly jobs: SubmittedJobs;
}

const KINDS: readonly BatchKind[] = ['slurm', 'command'];

export class ExecutorStarter {
  readonly #context: StarterContext;
  /** Those of the run. */
  readonly #stages: readonly Stage[];
  readonly #held: HeldOutput[] = [];
  #executor: Promise<Executor> | undefined;
  readonly #batches = new Map<BatchKind, Promise<BatchExecutor>>();
  #checked: Promise<void> | undefined;
  readonly #left: readonly BatchKind[];

  constructor(context: StarterContext, stages: readonly Stage[]) {
    this.#context = context;
    this.#stages = stages;
    this.#left = KINDS.filter((kind) => hasJobs(this.#area(kind)));
  }

  /** @throws PipeError where a batch system can never run one of the stages, before any stage starts. */
  async start(stage: Stage): Promise<Executor> {
    this.#checked ??= this.#check();
    await this.#checked;
    const kind = executorOf(stage, this.#context.workspace.project);
    if (kind !== 'local') return this.#batch(kind);
    this.#executor ??= this.#load();
    return this.#executor;
  }

  /** Ends jobs of earlier runs that are of no use to a stage. @param inputs if it is to run now. */
  async settle(stage: Stage, inputs: Inputs | undefined): Promise<void> {
    const own = executorOf(stage, this.#context.workspace.project);
    for (const kind of this.#left) {
      const batch = await this.#batch(kind);
      const wanted = inputs && kind === own ? this.#wanted(stage, inputs) : undefined;
      await batch.settle(stage.address, wanted);
    }
  }

  #wanted(stage: Stage, inputs: Inputs): WantedJob {
    const { project } = this.#context.workspace;
    return jobRequest(stage, project, { fingerprint: fingerprintOf(inputs), env: {}, temporary: false });
  }

  #batch(kind: BatchKind): Promise<BatchExecutor> {
    const known = this.#batches.get(kind) ?? this.#openBatch(kind);
    this.#batches.set(kind, known);
    return known;
  }

  async #openBatch(kind: BatchKind): Promise<BatchExecutor> {
    const { openBatch } = await import('../batch/open-batch.ts');
    const { workspace, emit, jobs } = this.#context;
    const { project, folders } = workspace;
    const batch = openBatch(kind, {
      ...this.#context,
      project,
      state: folders.state,
      warn: (problem) => emit({ type: 'warning', problem }),
    });
    jobs.add(batch);
    await batch.settleOthers(new Set(project.stages.map(({ address }) => address)));
    return batch;
  }

  async #check(): Promise<void> {
    const { project } = this.#context.workspace;
    const byKind = Map.groupBy(this.#stages, (stage) => executorOf(stage, project));
    for (const [kind, stages] of byKind) {
      if (kind === 'local') continue;
      const running = stages.filter(({ cmd, frozen }) => cmd !== null && !frozen);
      if (running.length === 0) continue;
      const batch = await this.#batch(kind);
      const asked = running.map((stage) =>
        jobRequest(stage, project, { fingerprint: '', env: {}, temporary: false }),
      );
      const problems = await batch.check(asked);
      if (problems.length > 0) throw new PipeError(problems);
    }
  }

  #area(kind: BatchKind): string {
    return join(this.#context.workspace.folders.state, 'jobs', kind);
  }

  /** Called once all stages have ended. */
  async close(): Promise<void> {
    for (const batch of this.#batches.values()) await (await batch.catch(() => undefined))?.close();
    const executor = await this.#executor;
    if (!executor) return;
    // Jobs of batch systems may have begun before.
    await endLeftovers(this.#context, () =>
      this.#batches.size === 0 ? (executor.lowestProcess?.() ?? 0) : 0,
    );
    reportEscaped(this.#held, this.#context);
    await executor.close?.();
  }

  async #load(): Promise<Executor> {
    const make = await this.#context.loadExecutor();
    const { run, workspace } = this.#context;
    return make(run, workspace.folders.state, (held) => this.#held.push(held));
  }
}

/** Processes that stages left running, in groups of their own, could write into results that are recorded already. */
async function endLeftovers({ run, emit }: StarterContext, lowest: () => number): Promise<void> {
  const ended = await endOrphans(run, lowest);
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

/** Reports processes that hide, and does not end them: that they hide can be intended. */
function reportEscaped(held: readonly HeldOutput[], { emit }: StarterContext): void {
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
