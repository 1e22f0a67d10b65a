// A project once it is loaded: every stage of every pipeline file in it. Data only.
import type { Overlay } from './params/overlay.ts';
import type { OverlaidKey } from './params/declared-params.ts';
import type { RemotesConfig } from './config/remote-config.ts';
import type { Problem } from '../base/problem.ts';
import type { ParamsDep, Stage } from './stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import type { Value } from '../base/value.ts';

/** Where a project lies, and whose format it has. */
export interface ProjectRoot {
  /** Absolute. */
  readonly root: string;
  /** `dvc` where a `.dvc/` folder stands: dvc.yaml, dvc.lock, md5 and DVC's cache layout. */
  readonly kind: 'pipe' | 'dvc';
  /** Name of the pipeline files: `pipeline.yaml`, or `dvc.yaml`. */
  readonly pipelineFile: 'pipeline.yaml' | 'dvc.yaml';
}

/** `config:` of the root's pipeline file (extension), as declared. */
export interface ProjectConfig {
  readonly cache?: {
    readonly dir?: string;
    readonly links?: readonly ('reflink' | 'hardlink' | 'symlink' | 'copy')[];
    /** A group shares it: all members may write to its folders. */
    readonly shared?: true;
  };
  readonly remotes?: RemotesConfig;
  /** Named pools of `resources:` and their sizes. */
  readonly pools: { readonly [pool: string]: number };
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Seconds that an output which a network file system does not show is waited for. */
  readonly latencyWait: number;
}

export interface Project extends ProjectRoot {
  readonly config: ProjectConfig;
  /** In collection order: the root's pipeline file first, in file order; `.dvc` data files among them (`cmd: null`). */
  readonly stages: readonly Stage[];
  /** Pipeline files that were read, in collection order. */
  readonly files: readonly WorkspacePath[];
  readonly overlay: Overlay;
  /** What is worth knowing about the pipeline files, but stops nothing. */
  readonly warnings: readonly Problem[];
  /**
   * The values of a stage's parameters as the file has them, whatever the overlay: the stage reads the file. A key that
   * the file lacks is undefined, a file that is missing gives every key undefined. No keys means every top-level key of
   * the file. Read again at each call.
   * @throws PipeError when the file cannot be parsed.
   */
  params(dep: ParamsDep): ReadonlyMap<string, Value | undefined>;
  /**
   * The keys of a stage's parameters for which the overlay gives another value than the file has.
   * @throws PipeError when the file cannot be parsed.
   */
  overlaid(dep: ParamsDep): readonly OverlaidKey[];
}
