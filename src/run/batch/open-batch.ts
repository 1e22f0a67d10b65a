// Opens the executor for one kind of batch system.
import { join } from 'node:path';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { Project } from '../../pipeline/project.ts';
import type { ExecutorKind } from '../../pipeline/stage.ts';
import type { Clock, Stop } from '../schedule/stop.ts';
import { BatchExecutor } from './batch-executor.ts';
import type { BatchSystem } from './batch-system.ts';
import { makeCommandSystem } from './command/command-system.ts';
import { makeSlurmSystem } from './slurm/slurm-system.ts';

export type BatchKind = Exclude<ExecutorKind, 'local'>;

export interface OpenBatchOptions {
  readonly project: Project;
  /** Absolute folder of our state. */
  readonly state: string;
  readonly run: string;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly warn: (problem: Problem) => void;
  readonly batchJobs: number;
}

/** @throws PipeError where the project does not declare the batch system. */
export function openBatch(kind: BatchKind, options: OpenBatchOptions): BatchExecutor {
  const { project, state } = options;
  return new BatchExecutor({
    ...options,
    root: project.root,
    area: join(state, 'jobs', kind),
    latencyWait: project.config.latencyWait,
    system: systemOf(kind, project),
  });
}

function systemOf(kind: BatchKind, { root, config }: Project): BatchSystem {
  if (kind === 'slurm') return makeSlurmSystem(root);
  if (!config.command)
    throw new PipeError({
      code: 'batch-undeclared',
      title: 'a stage is to run by `executor: command`, and `config` does not say how jobs are submitted',
      hint: 'declare `config: {command: {submit: …, poll: …, cancel: …}}` in the pipeline file',
    });
  return makeCommandSystem(root, config.command);
}
