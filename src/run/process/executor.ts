// The interface of the place where stages run: this machine, or a batch system.
import type { WorkspacePath } from '../../base/workspace-path.ts';
import type { Resources, SlurmSettings, StageAddress } from '../../pipeline/stage.ts';
import type { Exit, JobRecord, RunEvent, StageProgress, Usage } from '../event.ts';
import type { Environment, Variables } from './environment.ts';

/** One attempt at one stage. */
export interface Job {
  /** Executed one after the other, each in a shell of its own; the first that fails ends the job. */
  readonly commands: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  /** The text of `PIPE_PARAMS_FILE`, which the executor makes. */
  readonly params: string;
  /** Absolute path of the file that keeps everything the stage prints. */
  readonly log: string;
  /** The stage inherits our standard input. */
  readonly stdin: boolean;
  /** What a batch system has to know; absent for a stage that runs on this machine. */
  readonly request?: JobRequest;
}

export interface JobRequest {
  readonly stage: StageAddress;
  /** Of the inputs: a job that an earlier run submitted is continued for the same only. */
  readonly fingerprint: string;
  /** Absolute. */
  readonly root: string;
  readonly wdir: WorkspacePath;
  /** What the stage reads, within the root. */
  readonly inputs: readonly WorkspacePath[];
  readonly outputs: readonly WorkspacePath[];
  /** The part of the environment that is not inherited. */
  readonly env: Variables;
  readonly resources: Resources;
  /** Seconds. */
  readonly timeout: number | null;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly scratch: boolean;
  readonly slurm: SlurmSettings;
  /** The folder is removed at the end of this run, so no later run can continue the job. */
  readonly temporary: boolean;
}

export interface JobListener {
  /** @param more only a part of the line, the rest follows. */
  line(stream: 'stdout' | 'stderr', line: string, more: boolean): void;
  progress(progress: StageProgress): void;
  /** What a batch system says of the job. */
  state?(state: JobState): void;
}

export type JobState = Pick<
  Extract<RunEvent, { type: 'job' }>,
  'system' | 'id' | 'state' | 'reason' | 'node'
>;

export interface Execution {
  /** Resolves when the job and everything it started has ended; never rejects. */
  readonly exit: Promise<Exit>;
  /** Sends a signal to the whole process group. */
  cancel(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** The last lines that the job printed, oldest first. */
  tail(): readonly string[];
  /** Of a job of a batch system, once it has ended. */
  ran?(): { readonly job: JobRecord; readonly seconds?: number } | undefined;
  /** What a job on this machine used, once it has ended, where the system says it. */
  used?(): Usage | undefined;
  /** What became of the job is recorded: no later run has to find it. */
  forget?(): void;
}

export interface Executor {
  /** It ends jobs at their time limit itself, counted from when they run and not from when they are submitted. */
  readonly keepsTime?: true;
  submit(job: Job, listener: JobListener): Execution;
  /** Continues the job that an earlier run submitted for the same stage and inputs; undefined where there is none. */
  attach?(job: Job, listener: JobListener): Execution | undefined;
  /** The lowest number that a process of its jobs can have now; 0 where that is unknown. */
  lowestProcess?(): number;
  /** Ends what the executor itself keeps running; called once all jobs have ended. */
  close?(): Promise<void>;
}
