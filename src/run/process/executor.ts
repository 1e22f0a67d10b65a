// The interface of the place where stages run: this machine, or a cluster.
import type { Exit, StageProgress } from '../event.ts';
import type { StageParams } from './stage-params.ts';

/** One attempt at one stage. */
export interface Job {
  /** Executed one after the other, each in a shell of its own; the first that fails ends the job. */
  readonly commands: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: { readonly [name: string]: string | undefined };
  /** Written to its file before each attempt. */
  readonly params: StageParams;
  /** Absolute path of the file that keeps everything the stage prints. */
  readonly log: string;
  /** The stage inherits our standard input. */
  readonly stdin: boolean;
}

export interface JobListener {
  /** @param more only a part of the line, the rest follows. */
  line(stream: 'stdout' | 'stderr', line: string, more: boolean): void;
  progress(progress: StageProgress): void;
}

export interface Execution {
  /** Resolves when the job and everything it started has ended; never rejects. */
  readonly exit: Promise<Exit>;
  /** Sends a signal to the whole process group. */
  cancel(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** The last lines that the job printed, oldest first. */
  tail(): readonly string[];
}

export interface Executor {
  submit(job: Job, listener: JobListener): Execution;
  /** Ends what the executor itself keeps running; called once all jobs have ended. */
  close?(): Promise<void>;
}
