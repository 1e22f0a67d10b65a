// The record of an experiment: a name, what was laid over the parameters, and the results that followed. Data only.
import type { ProcessId } from '../base/process-id.ts';
import type { Value } from '../base/value.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';

/** `running` too where the process that ran it was killed; see `stateOf`. */
export type RecordedState = 'running' | 'done' | 'failed';

export type StageState = 'waiting' | 'running' | 'ran' | 'known' | 'failed' | 'skipped';

export interface StageResult {
  readonly state: StageState;
  /** Digest of everything that decides the result of the stage; undefined before that is known. */
  readonly key?: string;
  /** Of a stage that ran here. */
  readonly seconds?: number;
  /** Why it failed. */
  readonly problem?: string;
}

/** The process that runs an experiment. */
export interface Runner extends ProcessId {
  readonly host: string;
}

export interface ExperimentRecord {
  readonly name: string;
  /** The name that the members of a product share: NAME of NAME-3. */
  readonly group?: string;
  readonly state: RecordedState;
  /** The folder that files of the overlays and targets are relative to, where it is not the root. */
  readonly folder?: WorkspacePath;
  /** As given to `-S`, one value each: `lr=0.1`. */
  readonly overlays: readonly string[];
  /** The stages that were asked for; none: all. */
  readonly targets: readonly string[];
  /** The commit that the workspace was at; undefined outside of git. */
  readonly revision?: string;
  /** Code of the workspace differed from the commit. */
  readonly dirty?: true;
  /** Digest of what differed from the commit, parameters included. */
  readonly changes?: string;
  /** ISO 8601. */
  readonly started: string;
  readonly ended?: string;
  /** Undefined once the experiment has ended. */
  readonly runner?: Runner;
  /** By address, in the order of the pipeline. */
  readonly stages: ReadonlyMap<string, StageResult>;
  /** The values of whole parameter files, by path. */
  readonly params: ReadonlyMap<string, Value>;
  /** The values of metrics files, by path. */
  readonly metrics: ReadonlyMap<string, Value>;
  /** The texts of the lock files that record its stages, by path. */
  readonly locks: ReadonlyMap<string, string>;
}

/** As people see it: an experiment whose process has ended without a result was interrupted. */
export type ExperimentState = RecordedState | 'interrupted';
