// A loaded project: every stage of every pipeline file in it. Types only.
import type { LoadingRules } from './loading-rules.ts';
import type { Overlay } from './params/overlay.ts';
import type { OverlaidKey } from './params/declared-params.ts';
import type { ProjectConfig } from './config/project-config.ts';
import type { Problem } from '../base/problem.ts';
import type { Reports } from './reports.ts';
import type { ParamsDep, Stage } from './stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';

/** The folder of a project, and the rules by which it is loaded. */
export interface ProjectRoot {
  /** Absolute. */
  readonly root: string;
  /** Name of the pipeline files: `pipeline.yaml`, or `dvc.yaml`. */
  readonly pipelineFile: 'pipeline.yaml' | 'dvc.yaml';
  readonly loading: LoadingRules;
}

export interface Project extends ProjectRoot {
  readonly config: ProjectConfig;
  /** In the order of loading: the root's pipeline file first, in file order; `.dvc` data files among them (`cmd: null`). */
  readonly stages: readonly Stage[];
  /** Pipeline files that were read, in this order. */
  readonly files: readonly WorkspacePath[];
  /** What the names of their templates come from: params.yaml and the files of `vars`. */
  readonly variableFiles: readonly WorkspacePath[];
  /** What pipeline files declare besides stages, in the order of the files. */
  readonly reports: readonly Reports[];
  readonly overlay: Overlay;
  /** Problems of the pipeline files that stop nothing. */
  readonly warnings: readonly Problem[];
  /** Identifies all that was loaded; absent where it is not remembered as it was loaded. */
  readonly remembered?: string;
  /**
   * The values of a stage's parameters in the file, without the overlay: the stage reads the file. The value is undefined
   * for a key that the file lacks, and for all keys of a missing file. No keys means every top-level key of the file.
   * Reads the file at each call.
   * @throws PipeError when the file cannot be parsed.
   */
  params(dep: ParamsDep): ReadonlyMap<string, Value | undefined>;
  /**
   * The keys of a stage's parameters whose value the overlay changes.
   * @throws PipeError when the file cannot be parsed.
   */
  overlaid(dep: ParamsDep): readonly OverlaidKey[];
}
