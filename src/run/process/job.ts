// Makes the job of a stage: its commands, folder, environment and log file.
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { commandsOf } from '../../pipeline/commands/commands.ts';
import { absolutePath, isUrl, type WorkspacePath } from '../../base/workspace-path.ts';
import type { Project } from '../../pipeline/project.ts';
import type { EngineVariable } from '../../pipeline/format/stage-env.ts';
import type { ExecutorKind, Stage, StageAddress } from '../../pipeline/stage.ts';
import { fingerprintOf, type Inputs } from '../../plan/fingerprint.ts';
import type { Folders } from '../../plan/workspace.ts';
import type { Job, JobRequest } from './executor.ts';
import { asVariable, stageParams } from './stage-params.ts';

export interface JobContext {
  readonly project: Project;
  readonly folders: Folders;
  /** Identifies the run: processes that a crash left are found by it. */
  readonly run: string;
  /** What stages inherit: a copy, since each access to our own environment asks the system for every variable. */
  readonly env: NodeJS.ProcessEnv;
  readonly gpus: readonly string[];
  readonly stdin: boolean;
  /** The stage runs as a job of a batch system. */
  readonly batch: boolean;
  /** The folder is removed at the end of the run. */
  readonly temporary: boolean;
  /** Of the start, as a file name. */
  readonly time: string;
}

export function makeJob(stage: Stage, inputs: Inputs, context: JobContext): Job {
  const { project, folders } = context;
  const folder = folderName(stage.address);
  const params = stageParams(inputs);
  // The executor adds the others.
  const own: Record<Exclude<EngineVariable, 'PIPE_PROGRESS_FD' | 'PIPE_PARAMS_FILE'>, string | undefined> = {
    PIPE_STAGE: stage.address,
    PIPE_ROOT: project.root,
    PIPE_RUN_ID: context.run,
    PIPE_TMP: join(folders.scratch, folder),
    PIPE_FINGERPRINT: fingerprintOf(inputs),
    PIPE_PARAMS: asVariable(params),
    PIPE_RESOURCES: JSON.stringify({ ...stage.resources, gpus: context.gpus }),
  };
  const declared = {
    DVC_ROOT: context.env['DVC_ROOT'] ?? project.root,
    DVC_STAGE: stage.address,
    ...threadLimits(stage.resources.cpus),
    ...(context.gpus.length > 0 && { CUDA_VISIBLE_DEVICES: context.gpus.join(',') }),
    ...stage.env,
    ...own,
  };
  return {
    commands: commandsOf(stage),
    cwd: absolutePath(project.root, stage.wdir),
    env: { inherited: context.env, own: declared },
    params,
    log: join(folders.logs, folder, `${context.time}.log`),
    stdin: context.stdin,
    ...(context.batch && {
      request: jobRequest(stage, project, {
        fingerprint: own.PIPE_FINGERPRINT!,
        env: declared,
        temporary: context.temporary,
      }),
    }),
  };
}

export const executorOf = (stage: Stage, { config }: Pick<Project, 'config'>): ExecutorKind =>
  stage.executor ?? config.executor;

/** What a stage takes of the jobs of a batch system, where several stages may share one; 0 where it runs on this machine. */
export function jobShare(stage: Stage, project: Pick<Project, 'config'>): number {
  const executor = executorOf(stage, project);
  if (executor === 'local') return 0;
  return executor === 'slurm' ? 1 / (stage.slurm?.batch ?? project.config.slurm.batch ?? 1) : 1;
}

/** What a batch system has to know of a stage. */
export function jobRequest(
  stage: Stage,
  { root, config }: Project,
  more: Pick<JobRequest, 'fingerprint' | 'env' | 'temporary'>,
): JobRequest {
  const isInside = (at: WorkspacePath): boolean => !isAbsolute(at) && !at.startsWith('..') && !isUrl(at);
  const kept = stage.outs.filter(({ persist }) => persist);
  return {
    stage: stage.address,
    root,
    wdir: stage.wdir,
    inputs: [...stage.deps, ...stage.params, ...kept].map(({ at }) => at).filter(isInside),
    outputs: stage.outs.map(({ at }) => at).filter(isInside),
    resources: stage.resources,
    timeout: stage.timeout,
    grace: config.grace,
    scratch: stage.scratch,
    slurm: { ...config.slurm, ...stage.slurm },
    ...more,
  };
}

/** The variables that limit the threads of numeric libraries. */
function threadLimits(cpus: number | undefined): { readonly [name: string]: string } {
  if (cpus === undefined) return {};
  const threads = String(Math.max(1, Math.floor(cpus)));
  const variables = [
    'OMP_NUM_THREADS',
    'OPENBLAS_NUM_THREADS',
    'MKL_NUM_THREADS',
    'VECLIB_MAXIMUM_THREADS',
    'NUMEXPR_NUM_THREADS',
  ];
  return Object.fromEntries(
    [...variables, 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'].map((name) => [name, threads]),
  );
}

const MOST_CHARACTERS = 200;

/** A stage's address as the name of a folder. */
export function folderName(address: StageAddress): string {
  // encodeURIComponent keeps `.`: an address of dots only would be the folder itself or its parent.
  const name = encodeURIComponent(address).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));
  if (name.length <= MOST_CHARACTERS) return name;
  // Long names of a grid differ only at their end.
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 32);
  return `${name.slice(0, MOST_CHARACTERS - digest.length - 1)}%${digest}`;
}
