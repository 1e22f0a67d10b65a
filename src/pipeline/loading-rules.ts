// What differs between dialects when a project is loaded: which files it has, and what may stand in them.
import type { Problem } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { ProjectConfig } from './config/project-config.ts';
import type { Stage } from './stage.ts';
import type { FlagStyle } from './template/template.ts';

export interface LoadingRules {
  /** Name of the file that lists paths which the engine ignores. */
  readonly ignoreFile: string;
  /** A folder that holds no files of the project, by its name. */
  isForeignFolder(name: string): boolean;
  /** A git pattern for everything in a folder (`data/*`) ignores the folder itself. */
  readonly ignoresEmptied: boolean;
  /** A file that declares data without a command, by its name. */
  isDataFile(name: string): boolean;
  /** @throws PipeError with the problems of the file. */
  loadDataFile(root: string, file: WorkspacePath): Stage;
  /** @throws PipeError where the lock file beside a pipeline file cannot be used. */
  checkLock(root: string, pipelineFile: WorkspacePath): void;
  /** A path that has the name of a stage file cannot be a dependency. */
  refusesAsDep(path: string): boolean;
  /** @param name of the output; @param owner name of the pipeline file that declares it. */
  refusesAsOut(name: string, owner: string): boolean;
  /** Outputs may lie outside of the project. */
  readonly outsAnywhere: boolean;
  /** Outputs that cannot be written safely, once all stages are known. */
  refusedOuts(root: string, stages: readonly Stage[]): readonly Problem[];
  /** Settings that the repository has besides `config:`. */
  settings(root: string): Settings;
}

export interface Settings {
  readonly flags: FlagStyle;
  /** @param declared `config:` and what is laid over it on this machine. */
  config(declared: ProjectConfig): ProjectConfig;
}
