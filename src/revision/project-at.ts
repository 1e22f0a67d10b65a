// A project as it is at a git revision, or in the workspace: what it declares, what its lock files record, and its files. Types only.
import type { Dialect } from '../dialect.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import type { RecordedStage } from '../lock/locks.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Content } from '../hash/digest.ts';
import type { Project } from '../pipeline/project.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import type { Commit } from './choose-revisions.ts';

export interface Revision {
  /** As it was asked for; the names of one commit are joined by commas. `workspace` for the workspace. */
  readonly name: string;
  /** Undefined for the workspace; of an experiment the one that it was made from. */
  readonly commit: Commit | undefined;
  /** An experiment: commands and parameters are those that its lock files record. */
  readonly isExperiment?: true;
  readonly dialect: Dialect;
  readonly project: Project;
  /** @throws PipeError where the stages make no graph. */
  readonly graph: StageGraph;
  /** What is recorded of a stage, or of a file of data. @throws PipeError for a damaged lock file. */
  entry(stage: Stage): LockEntry | undefined;
  /** All that the lock files record, stages included that are no longer declared. */
  recorded(): readonly RecordedStage[];
  /** What git, or the workspace, has at a path. */
  kind(at: WorkspacePath): 'file' | 'directory' | undefined;
  /** Names in a folder that git, or the workspace, has; sorted. */
  names(at: WorkspacePath): Promise<readonly string[]>;
  /** The bytes of a file that git, or the workspace, has. */
  bytes(at: WorkspacePath): Promise<Buffer | undefined>;
  /** The recorded output that is at a path, or contains it. */
  output(at: WorkspacePath): RecordedOutput | undefined;
}

export interface RecordedOutput {
  readonly stage: Stage;
  readonly out: Out;
  readonly content: Content;
  /** Remotes do not have it under its digest. */
  readonly cloud: boolean;
}
