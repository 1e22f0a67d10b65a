// The interface of a system that runs jobs somewhere else: what it is asked, and what it says of jobs.
import type { Problem } from '../../base/problem.ts';
import type { BatchCause } from '../event.ts';
import type { JobRequest } from '../process/executor.ts';

/** One job of the batch system, for one stage or for several that it runs one after the other. */
export interface BatchTask {
  readonly parts: readonly BatchPart[];
}

export interface BatchPart {
  /** Unique for all runs. */
  readonly name: string;
  /** Absolute folder of its files. */
  readonly dir: string;
  readonly request: JobRequest;
}

export type Submitted =
  /** The ids of the tasks, in their order. */
  | { readonly kind: 'submitted'; readonly ids: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }
  /** It takes no job now. Whether it took this one is unknown: the same task may be submitted again. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** A job that was submitted. */
export interface JobReference {
  readonly id: string;
  /** Of its submission; undefined where that is unknown. A system that lost its state may give the same id to another job. */
  readonly key: string | undefined;
}

export interface JobStatus {
  /** Of the submission, where the system says it. */
  readonly key?: string;
  readonly state: 'queued' | 'running' | 'ended';
  /** In its own words. */
  readonly reason?: string;
  readonly node?: string;
  readonly end?: JobEnd;
}

/** How a job ended, where its own result does not say it. */
export interface JobEnd {
  /** Undefined: the job ended by itself. */
  readonly cause?: BatchCause;
  /** For people: what happened, in half a sentence. */
  readonly message: string;
  readonly node?: string;
  /** The last line of the job's own output at the batch system, else its word for the reason. */
  readonly detail?: string;
}

export type Polled =
  /** Jobs that it does not know are missing. */
  | { readonly kind: 'known'; readonly jobs: ReadonlyMap<string, JobStatus> }
  | { readonly kind: 'unavailable'; readonly message: string };

export interface BatchSystem {
  /** For people: `Slurm`. */
  readonly name: string;
  /** Its commands read the paths of inputs and outputs, and the parameters, from files of the job. */
  readonly readsLists?: true;
  /** How many tasks with the same `groupOf` it takes in one call. */
  readonly most: number;
  /** How many stages of this kind share a job. */
  partsOf(request: JobRequest): number;
  /** Tasks of the same group can be submitted in one call, and their parts in one job. */
  groupOf(request: JobRequest): string;
  /** Asks whether such jobs can ever run. @throws PipeError where the system cannot be used at all. */
  check(requests: readonly JobRequest[]): Promise<readonly Problem[]>;
  /** @param key names the submission, unique for all runs; @param area absolute folder for its files. */
  submit(tasks: readonly BatchTask[], key: string, area: string): Promise<Submitted>;
  /** The ids of tasks whose submission was not seen to end; undefined where it has none of this name. */
  find?(key: string, tasks: number): Promise<readonly string[] | undefined>;
  poll(ids: readonly string[]): Promise<Polled>;
  /** Asks for their end; whether they ended is seen by polling. @returns whether it was asked; false where it does not answer. */
  cancel(jobs: readonly JobReference[], signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean>;
  /** How a job ended; undefined while that is not known. */
  explain?(job: JobReference): Promise<JobEnd | undefined>;
  /** What a job printed after so many bytes; absent where its files are on a shared disk. */
  readonly log?: (id: string, offset: number) => Promise<Buffer>;
}
