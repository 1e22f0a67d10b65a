// The events of a run, as one closed union. The terminal display, the plain log and the JSON lines are folds over them;
// nothing else prints.
import { constants } from 'node:os';
import type { Decision, Reason } from '../plan/decision.ts';
import type { Problem } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { StageAddress } from '../pipeline/stage.ts';

/** How a stage's command ended. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  | { readonly kind: 'not-started'; readonly message: string }
  /** How its command ended cannot be known. */
  | { readonly kind: 'lost'; readonly message: string }
  /** A batch system ended the job, or did not take it. */
  | { readonly kind: 'batch'; readonly cause: BatchCause; readonly message: string };

export type BatchCause =
  | 'out-of-memory'
  | 'time-limit'
  | 'node-failure'
  | 'preempted'
  /** By a person or another program. */
  | 'cancelled'
  | 'refused'
  /** Its batch system does not know it any more, and it left no result. */
  | 'lost';

/** A job of a batch system that ran a stage. */
export interface JobRecord {
  readonly id: string;
  readonly node?: string;
  /** The most memory that it used, in bytes, as far as that was seen. */
  readonly memory?: number;
}

/** What the processes of a stage used that ran on this machine. */
export interface Usage {
  /** Seconds on processors, of all of them. */
  readonly cpu: number;
  /** Bytes: the most that one of them had at a time. */
  readonly memory: number;
}

/** In a few words. */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${exit.code}${ofSignal(exit.code)}`;
    case 'signal':
      return describeSignal(exit.signal);
    case 'timeout':
      return `not done after its timeout of ${exit.seconds} s`;
    case 'not-started':
      return `could not be started: ${exit.message}`;
    case 'batch':
      return exit.message;
    case 'lost':
      return `ended with ${exit.message}`;
  }
}

/** Some shells exit with 128 + n after signal n ended their last command; others are replaced by that command. */
function ofSignal(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return signal ? `, of a command ${describeSignal(signal[0])}` : '';
}

function describeSignal(signal: string): string {
  return signal === 'SIGKILL' ? 'killed by SIGKILL (out of memory?)' : `ended by ${signal}`;
}

/** A line of JSON that a stage wrote to the descriptor named by PIPE_PROGRESS_FD. */
export interface StageProgress {
  readonly done: number;
  readonly total?: number;
  readonly unit?: string;
  readonly note?: string;
}

/** What was saved before an output was replaced. */
export interface SavedOf {
  readonly path: WorkspacePath;
  readonly id: string;
  /** Of a folder: only so many of its files, the cache has the others. */
  readonly files?: number;
}

export type RunEvent =
  | {
      readonly type: 'run-start';
      readonly time: number;
      readonly stages: number;
      readonly jobs: number;
      readonly dry: boolean;
    }
  | { readonly type: 'waiting'; readonly owner: string }
  | { readonly type: 'hash'; readonly bytes: number; readonly files: number }
  /** A remote is asked for the result of a stage, which comes. */
  | {
      readonly type: 'fetch';
      readonly stage: StageAddress;
      readonly objects: { readonly done: number; readonly total: number };
      /** The total is missing where the sizes of objects are not known. */
      readonly bytes: { readonly done: number; readonly total?: number };
    }
  /** The outputs of a stage that is no longer declared were removed. */
  | { readonly type: 'vanished'; readonly stage: string; readonly path: string }
  /** What no stage made and no cache has was saved before it was replaced. */
  | ({ readonly type: 'saved'; readonly stage: StageAddress } & SavedOf)
  | {
      readonly type: 'decided';
      readonly time: number;
      readonly stage: StageAddress;
      readonly decision: Decision;
    }
  | {
      readonly type: 'start';
      readonly time: number;
      readonly stage: StageAddress;
      readonly cmd: string;
      readonly reasons: readonly Reason[];
      /** The file of what it prints, which does not exist while that is nothing. */
      readonly log: string;
      readonly attempt: number;
    }
  | {
      readonly type: 'output';
      readonly stage: StageAddress;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
      /** A part of a long line: the rest follows in the next event of the same stream. */
      readonly more?: true;
    }
  /** What a batch system says of the job of a stage; sent when it changes. */
  | {
      readonly type: 'job';
      readonly time: number;
      readonly stage: StageAddress;
      /** `Slurm`. */
      readonly system: string;
      readonly id: string;
      readonly state: 'queued' | 'running';
      /** Why it waits, in the words of the batch system. */
      readonly reason?: string;
      readonly node?: string;
    }
  | { readonly type: 'progress'; readonly stage: StageAddress; readonly progress: StageProgress }
  | { readonly type: 'fresh'; readonly time: number; readonly stage: StageAddress }
  | {
      readonly type: 'restored';
      readonly time: number;
      readonly stage: StageAddress;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
    }
  | {
      readonly type: 'ran';
      readonly time: number;
      readonly stage: StageAddress;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
      readonly unchanged: boolean;
      /** Where it ran as the job of a batch system. */
      readonly job?: JobRecord;
      /** Of its last attempt on this machine, where the system says it. */
      readonly used?: Usage;
    }
  | {
      readonly type: 'failed';
      readonly time: number;
      readonly stage: StageAddress;
      readonly problem: Problem;
      readonly exit?: Exit;
      readonly tail: readonly string[];
      readonly log?: string;
      readonly seconds: number;
      readonly job?: JobRecord;
      readonly used?: Usage;
    }
  | { readonly type: 'skipped'; readonly stage: StageAddress; readonly because: readonly StageAddress[] }
  /** Work of the engine for a stage that took a millisecond or more; part of the profile. */
  | {
      readonly type: 'work';
      readonly time: number;
      readonly stage: StageAddress;
      readonly what: 'hash inputs' | 'hash outputs' | 'store outputs';
      readonly seconds: number;
    }
  /** A signal asked for the end; running stages have `grace` seconds to end. */
  | { readonly type: 'stopping'; readonly signal: string; readonly grace: number }
  /** Outputs were entered in these `.gitignore` files; paths from the root. */
  | { readonly type: 'ignored'; readonly files: readonly string[] }
  | { readonly type: 'warning'; readonly problem: Problem }
  | {
      readonly type: 'run-end';
      readonly time: number;
      readonly seconds: number;
      readonly counts: RunCounts;
      readonly interrupted?: string;
    };

export interface RunCounts {
  readonly fresh: number;
  readonly restored: number;
  readonly ran: number;
  readonly failed: number;
  readonly skipped: number;
}

export type Emit = (event: RunEvent) => void;
