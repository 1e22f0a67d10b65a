// The differences between dialects when a project is loaded: which files it has, and what they may declare. Types only.
import type { Problem } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { ProjectConfig } from './config/project-config.ts';
import type { Stage } from './stage.ts';
import type { FlagStyle } from './template/flags.ts';

export interface LoadingRules {
  /** Name of the file that lists paths which the engine ignores. */
  readonly ignoreFile: string;
  /** Whether a folder of this name contains no files of the project. */
  isForeignFolder(name: string): boolean;
  /** Whether a git pattern for everything in a folder (`data/*`) ignores the folder itself. */
  readonly ignoresEmptied: boolean;
  /** Whether a file of this name declares data without a command. */
  isDataFile(name: string): boolean;
  /** @param text in place of what the file holds. @throws PipeError with the problems of the file. */
  loadDataFile(root: string, file: WorkspacePath, text?: string): Stage;
  /** @throws PipeError if the lock file beside a pipeline file cannot be used. */
  checkLock(root: string, pipelineFile: WorkspacePath): void;
  /** Whether a path cannot be a dependency because it has the name of a stage file. */
  refusesAsDep(path: string): boolean;
  /** Whether an output cannot have this name. @param owner name of the pipeline file that declares it. */
  refusesAsOut(name: string, owner: string): boolean;
  /** Outputs may be outside of the project. */
  readonly outsAnywhere: boolean;
  /** Outputs that cannot be written safely, once all stages are known. */
  refusedOuts(root: string, stages: readonly Stage[]): readonly Problem[];
  /** The settings of the repository besides `config:`. */
  settings(root: string): Settings;
}

export interface Settings {
  readonly flags: FlagStyle;
  /** Absolute path of the user's own configuration; undefined where another program's holds. */
  readonly userConfig?: string;
  /** @param declared `config:`, overridden by the configuration of this machine. */
  config(declared: ProjectConfig): ProjectConfig;
}
