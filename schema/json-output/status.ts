// The shapes of what commands print with `--json`: `status`, `why`.
import type { HistoryEntry } from './reports.ts';
import type { JsonValue, Reason } from './shared.ts';

// # pipe status

/** `pipe status --json` prints one object. */
export interface Status {
  readonly counts: {
    readonly fresh: number;
    readonly stale: number;
    readonly blocked: number;
    readonly vanished: number;
  };
  readonly stages: readonly StageStatus[];
  /** Stages that are recorded and no longer declared, with the outputs that `repro` removes. */
  readonly vanished: readonly { readonly name: string; readonly paths: readonly string[] }[];
  /** The overlay of the last run, of this command, and the flags that differ. */
  readonly overlay: {
    readonly last: { readonly files: readonly string[]; readonly set: readonly string[] };
    readonly now: { readonly files: readonly string[]; readonly set: readonly string[] };
    readonly missing_flags: readonly string[];
  };
  /** Imports whose source is not as it was, or could not be asked. */
  readonly updates: readonly {
    readonly name: string;
    readonly from: string;
    readonly what: 'changed' | 'gone' | 'unknown';
    /** Why it is not known. */
    readonly reason?: string;
  }[];
  /** The run that goes on, with the stages that it has started; null while there is none. */
  readonly run: {
    readonly host: string;
    readonly pid: number;
    readonly since: string;
    readonly stages: readonly RunningStage[];
  } | null;
}

export interface RunningStage {
  readonly name: string;
  readonly state: 'queued' | 'running';
  /** The id of its job, where a batch system runs it. */
  readonly job?: string;
  readonly node?: string;
  /** Why it waits, in the words of the batch system. */
  readonly reason?: string;
}

export interface StageStatus {
  readonly name: string;
  readonly group: string | null;
  readonly state: 'fresh' | 'stale' | 'blocked';
  /** What `repro` will do; `blocked`: known when the stages of `waits_for` have run. */
  readonly decision: 'fresh' | 'restore' | 'run' | 'blocked' | 'frozen';
  readonly reasons: readonly Reason[];
  readonly waits_for?: readonly string[];
  /** Of a `restore`: where the result comes from. */
  readonly from?: 'lock' | 'run cache';
}

// # pipe why

/** `pipe why --json` prints one object: the status of the stage, with everything that its result depends on. */
export interface Why extends StageStatus {
  /** Whether the lock file has an entry of the stage. */
  readonly recorded: boolean;
  readonly fields: readonly {
    readonly kind: 'cmd' | 'wdir' | 'env' | 'dep' | 'mode' | 'links' | 'param' | 'out';
    readonly key: readonly string[];
    /** As it is now; a digest for a dependency. Absent where it does not exist. */
    readonly value?: JsonValue;
    /** Differs from what is recorded. */
    readonly changed: boolean;
    /** Of a dependency: the stale stages that write it. */
    readonly made_by?: readonly string[];
  }[];
  /** The stages that it depends on, directly or not. */
  readonly upstream: readonly StageStatus[];
  /** When it last ran here. */
  readonly last?: Omit<HistoryEntry, 'stage'>;
}
