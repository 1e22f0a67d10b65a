// The shapes of what commands print with `--json`: `repro`, `watch`: the events of a run.
import type { Problem, Reason, SavedAside } from './shared.ts';

// # pipe repro, pipe watch

/** `pipe repro --json` prints one event per line, as it happens. `time` is in milliseconds since 1970. */
export type Event =
  | {
      readonly type: 'run-start';
      readonly time: number;
      readonly stages: number;
      readonly jobs: number;
      readonly dry: boolean;
    }
  /** Another run is in progress. */
  | { readonly type: 'waiting'; readonly owner: string }
  | { readonly type: 'hash'; readonly bytes: number; readonly files: number }
  /** With `--pull`: how much of the result of a stage has come from the remote. */
  | {
      readonly type: 'fetch';
      readonly stage: string;
      readonly objects: { readonly done: number; readonly total: number };
      /** The total is missing where the sizes of objects are not known. */
      readonly bytes: { readonly done: number; readonly total?: number };
    }
  /** An output of a stage that is no longer declared was removed. */
  | { readonly type: 'vanished'; readonly stage: string; readonly path: string }
  /** What no stage made was saved before an output replaced it: `pipe cache restore ID`. */
  | ({ readonly type: 'saved'; readonly stage: string } & SavedAside)
  /** `.gitignore` files that received lines for outputs. */
  | { readonly type: 'ignored'; readonly files: readonly string[] }
  | { readonly type: 'decided'; readonly time: number; readonly stage: string; readonly decision: Decision }
  | {
      readonly type: 'start';
      readonly time: number;
      readonly stage: string;
      readonly cmd: string;
      readonly reasons: readonly Reason[];
      /** The file of what it prints, which does not exist while that is nothing. */
      readonly log: string;
      /** From 1; more after a retry. */
      readonly attempt: number;
    }
  /** A line that a stage printed; `more`: it continues in the next event of the stream. */
  | {
      readonly type: 'output';
      readonly stage: string;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
      readonly more?: true;
    }
  /** What a batch system says of the job of a stage; sent when it changes. */
  | {
      readonly type: 'job';
      readonly time: number;
      readonly stage: string;
      readonly system: string;
      readonly id: string;
      readonly state: 'queued' | 'running';
      /** Why it waits, in the words of the batch system. */
      readonly reason?: string;
      readonly node?: string;
    }
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly progress: {
        readonly done: number;
        readonly total?: number;
        readonly unit?: string;
        readonly note?: string;
      };
    }
  | { readonly type: 'fresh'; readonly time: number; readonly stage: string }
  | {
      readonly type: 'restored';
      readonly time: number;
      readonly stage: string;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
    }
  | {
      readonly type: 'ran';
      readonly time: number;
      readonly stage: string;
      readonly reasons: readonly Reason[];
      readonly seconds: number;
      /** The outputs are the same as before. */
      readonly unchanged: boolean;
      /** Where it ran as the job of a batch system. */
      readonly job?: Job;
      readonly used?: Usage;
    }
  | {
      readonly type: 'failed';
      readonly time: number;
      readonly stage: string;
      readonly problem: Problem;
      readonly exit?: Exit;
      /** The last lines that it printed. */
      readonly tail: readonly string[];
      readonly log?: string;
      readonly seconds: number;
      readonly job?: Job;
      readonly used?: Usage;
    }
  | { readonly type: 'skipped'; readonly stage: string; readonly because: readonly string[] }
  | {
      readonly type: 'work';
      readonly time: number;
      readonly stage: string;
      readonly what: 'hash inputs' | 'hash outputs' | 'store outputs';
      readonly seconds: number;
    }
  /** Running stages have `grace` seconds to end. */
  | { readonly type: 'stopping'; readonly signal: string; readonly grace: number }
  | { readonly type: 'warning'; readonly problem: Problem }
  | {
      readonly type: 'run-end';
      readonly time: number;
      readonly seconds: number;
      readonly counts: {
        readonly fresh: number;
        readonly restored: number;
        readonly ran: number;
        readonly failed: number;
        readonly skipped: number;
      };
      /** The signal that ended the run. */
      readonly interrupted?: string;
    };

export type Decision =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'run' | 'frozen'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'blocked'; readonly on: readonly string[]; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'restore';
      readonly reasons: readonly Reason[];
      readonly outs: readonly { readonly path: string; readonly content: Content; readonly cloud?: true }[];
      readonly from: 'lock' | 'run cache';
    };

/** A file, or a folder, whose digest ends in `.dir`. */
export interface Content {
  /** sha256; in a DVC repository md5. */
  readonly digest: string;
  readonly size: number;
  /** Files in a folder. */
  readonly nfiles?: number;
  readonly isexec?: true;
  readonly links?: string;
  readonly legacy?: true;
}

export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  | { readonly kind: 'not-started'; readonly message: string }
  /** The process that had started the command was ended from outside: how it ended is not known. */
  | { readonly kind: 'lost'; readonly message: string }
  /** A batch system ended the job, or did not take it. */
  | {
      readonly kind: 'batch';
      readonly cause:
        | 'out-of-memory'
        | 'time-limit'
        | 'node-failure'
        | 'preempted'
        | 'cancelled'
        | 'refused'
        | 'lost';
      readonly message: string;
    };

/** A job of a batch system that ran a stage. */
export interface Job {
  readonly id: string;
  readonly node?: string;
  /** The most memory that it used, in bytes, as far as that was seen. */
  readonly memory?: number;
}

/** What the processes of a stage used that ran on this machine, in its last attempt; on Linux, where there is a Perl. */
export interface Usage {
  /** Seconds on processors, of all of them. */
  readonly cpu: number;
  /** Bytes: the most that one of them had at a time. */
  readonly memory: number;
}
