// The differences between dialects in where data that no stage makes is declared. Types only.
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Plain } from '../yaml/write-entry.ts';
import type { Project, ProjectRoot } from './project.ts';
import type { Stage } from './stage.ts';

/** What an entry says besides its path. */
export interface DataOptions {
  readonly desc?: string;
  /** The only remote that it is sent to. */
  readonly remote?: string;
  readonly push?: boolean;
  /** Where it was imported from, as it is written; of projects of our own. */
  readonly from?: Plain;
}

export interface NewData extends DataOptions {
  readonly at: WorkspacePath;
  /** The file that is to declare it, in place of the default. */
  readonly file?: WorkspacePath;
}

/** New texts of files, by their path; undefined for a file that is to be removed. */
export type FileEdits = ReadonlyMap<WorkspacePath, string | undefined>;

export interface DataDeclarations {
  /**
   * The texts of the files that declare the entries. A file of its own, which is written with the record, is among them.
   * @param folder in which the user is. @param changed new texts of files that replace those on disk.
   * @throws PipeError for a file that cannot be edited so.
   */
  declare(
    at: Pick<ProjectRoot, 'root' | 'pipelineFile'>,
    folder: WorkspacePath,
    entries: readonly NewData[],
    changed?: ReadonlyMap<WorkspacePath, string>,
  ): ReadonlyMap<WorkspacePath, string>;
  /** The files with other options of these entries. */
  change(
    project: Project,
    stages: readonly Stage[],
    options: DataOptions,
  ): ReadonlyMap<WorkspacePath, string>;
  /** The files without these entries. */
  remove(project: Project, stages: readonly Stage[]): FileEdits;
  /** The files with another path of an entry. */
  move(project: Project, stage: Stage, to: WorkspacePath): FileEdits;
  /** The text of a file that declares one entry, frozen or not, with its name for messages; where entries have no files of their own they cannot be frozen. */
  setFrozen?(text: string, frozen: boolean, file: string): string;
}
